/**
 * Brings a camera up through its boot ROM: power cycle, handshake, DDR steps, SPL, agent, and then a look whether anything
 * speaks. One BringUp is one such run.
 *
 * Claims the serial port for as long as it runs, puts it to 115200 and gives it back at the end. Success leaves the agent
 * running; failure and `cancel` leave the camera as it is, powered. Not for: who may start a run, or where the bytes come from.
 */
import type { OnDefect } from "base/guard";
import { Refusal } from "base/refusal";
import type { Alarm } from "base/time";
import type { AwaitsSupply } from "power/power";
import { wireTime } from "uart/baud";
import type { Line, LineUser } from "uart/line";
import { ConsoleWatch, type ConsoleOwner } from "./console";
import { FrameExchange, type FrameOutcome, type FrameSender } from "./exchange";
import { Frames } from "./frame";
import { Handshake, type HandshakeOwner } from "./handshake";
import { parseRequest, type FastbootRequest, type Part } from "./request";
import type { Phase, BringUpProgress, BringUpResult } from "./result";
import { BANNER_TIME, BRING_UP_LIMITS, MAX_LOG, PHASES, STEPS, STEP_TIME, hasStep, type BringUpLimits, type BringUpOptions } from "./run";
import { START, PartTransfer, type FrameKind, type TransferOwner } from "./transfer";
import { SerialLink, type Waiter, type SerialLinkOwner } from "./serial-link";

export type { BringUpLimits, BringUpOptions, BringUpOwner } from "./run";

export class BringUp implements LineUser, SerialLinkOwner, Waiter, FrameSender, HandshakeOwner, TransferOwner, ConsoleOwner, AwaitsSupply {
	readonly name = "fastboot";
	readonly request: FastbootRequest;
	/** Set as soon as the run is over. */
	result: BringUpResult | undefined;
	private readonly options: BringUpOptions;
	private readonly limits: BringUpLimits;
	private readonly line: Line;
	private readonly link: SerialLink;
	private readonly exchange: FrameExchange;
	private readonly handshake: Handshake;
	private readonly transfer: PartTransfer;
	private readonly frames = new Frames();
	/** Made when there is something to be watched. */
	private console: ConsoleWatch | undefined;
	private step = 0;
	private attempt = 1;
	private readonly started: number;
	/** When the first payload of this attempt was on its way; negative before. */
	private sending = -1;
	private readonly log: string[] = [];
	private prompt: boolean | undefined;
	private readonly limit: Alarm;

	/**
	 * Claims the port and starts. Throws, before anything has happened, Refusal `bad_blob` or `blob_too_large` (request.ts), or
	 * `uart_busy`.
	 */
	constructor(options: BringUpOptions) {
		const { uart, time, content, limits } = options;
		this.request = parseRequest(content);
		this.options = options;
		this.limits = { ...BRING_UP_LIMITS, ...limits };
		this.started = time.now();
		this.line = uart.claim(this);
		this.link = new SerialLink(this.line, time, this);
		this.exchange = new FrameExchange(this.link, time);
		this.handshake = new Handshake(this.link, time, this);
		this.transfer = new PartTransfer(this.exchange, this.frames, content, this.request.ddrStepAddress, this);
		this.limit = time.after(this.patience, expired, this);
		time.after(0, begin, this);
	}

	get phase(): Phase {
		return this.result ? this.result.last_phase : PHASES[STEPS[this.step]!];
	}

	get progress(): BringUpProgress {
		return {
			phase: this.phase,
			bytes_sent: this.transfer.sent,
			bytes_total: this.request.total,
			rate: this.rate,
			elapsed_ms: this.elapsedTime,
			attempt: this.attempt
		};
	}

	/** Stops now, gives the port back, and reports the failure `cancelled: reason`. Harmless when it is over. */
	cancel(reason: string): void {
		this.end(`cancelled: ${reason}`);
	}

	/** For the line. */
	onReceive(): void {
		try {
			if (!this.result)
				this.link.receive();
		}
		catch (error) {
			this.broke(error);
		}
	}

	/** For the line. */
	onWritable(): void {
		try {
			if (!this.result)
				this.link.writable();
		}
		catch (error) {
			this.broke(error);
		}
	}

	get onDefect(): OnDefect {
		return this.options.onDefect;
	}

	/** What is thrown ends the run. */
	broke(error: unknown): void {
		if (!(error instanceof Refusal))
			this.onDefect("fastboot", error);
		this.end(error instanceof Error ? error.message : "internal error");
	}

	/** For the alarm: begins. */
	begin(): void {
		if (!this.result)
			this.run();
	}

	/** For line and power: one of the two is as asked for. */
	ready(refusal: Refusal | undefined, next: "cycle" | "go on"): void {
		if (this.result)
			return;
		if (refusal)
			this.end(refusal.message);
		else if (next === "cycle")
			this.options.power.cycle(powered, this);
		else
			this.advance();
	}

	/** For the alarm: it has taken too long. */
	expire(): void {
		this.end(`not finished within ${Math.round(this.patience / 1_000)} s`);
	}

	/** For the alarm: tells the owner. */
	report(): void {
		this.options.owner.ended(this.result!);
	}

	/** For the power: what the camera said before is none of the boot ROM's. */
	supplyComes(): void {
		this.link.flush();
	}

	/** For the link: a pause is over. */
	elapsed(): void {
		this.advance();
	}

	met(markersSeen: boolean): void {
		if (markersSeen || STEPS[this.step] !== "flood")
			this.advance();
		else
			this.fail(`no boot ROM markers within ${this.limits.handshake / 1_000} s`);
	}

	answered(outcome: FrameOutcome): void {
		this.framed("START", 0);
		if (outcome === "acked")
			this.advance();
		else
			this.fail(`${this.phase.toUpperCase()} START`);
	}

	framed(kind: FrameKind, sequence: number): void {
		if (this.exchange.attempts > 1)
			this.note(`${this.phase.toUpperCase()} ${kind}${kind === "DATA" ? ` ${sequence}` : ""}: ${this.exchange.attempts}`);
		this.options.owner.progressed();
	}

	transferred(failure: string | undefined): void {
		if (failure)
			this.fail(`${this.phase.toUpperCase()} ${failure}`);
		else
			this.advance();
	}

	saw(seen: boolean): void {
		const step = STEPS[this.step];
		if (step === "output" && !seen)
			this.fail(`no console output within ${this.limits.output / 1_000} s`);
		else {
			if (step === "prompt")
				this.prompt = seen;
			this.advance();
		}
	}

	private run(): void {
		const { request, limits, link, handshake } = this;
		this.options.owner.progressed();
		switch (STEPS[this.step]!) {
			case "power":
				return this.line.resetBaud(refusal => baudReset(refusal, this));
			case "flood":
				return handshake.flood(limits.handshake);
			case "start prestep0":
				return this.start(request.prestep0!);
			case "send prestep0":
				return this.send(request.prestep0!, request.ddrStepAddress);
			case "pause after prestep0":
			case "pause after ddrstep0":
				return link.after(STEP_TIME, this);
			case "send ddrstep0":
				return this.send(request.ddrstep0, request.ddrStepAddress);
			case "send prestep1":
				return this.send(request.prestep1!, request.ddrStepAddress);
			case "resume":
				return handshake.resume();
			case "send spl":
				return this.send(request.spl, request.splAddress, false, !request.prestep0);
			case "train ddr":
				return link.after(limits.ddr, this);
			case "return":
				return request.prestep0 ? this.start(request.prestep0) : handshake.resume();
			case "send agent":
				return this.send(request.agent, request.ubootAddress, true);
			case "output":
				return this.watch().waitForOutput(limits.output);
			case "banner":
				return this.watch().readBanner(BANNER_TIME);
			case "prompt":
				return this.watch().stopAutoboot(limits.prompt);
			case "end":
				return this.end(undefined);
		}
	}

	private advance(): void {
		do
			this.step++;
		while (!hasStep(STEPS[this.step]!, this.request, this.limits));
		this.run();
	}

	/** frame_for_start: announces `step` until the ROM answers. */
	private start(step: Part): void {
		this.exchange.send(this.frames.start(step.length, this.request.ddrStepAddress), START, this);
	}

	private send(part: Part, address: number, isAgent = false, tailNeeded = false): void {
		if (this.sending < 0)
			this.sending = this.options.time.now();
		this.transfer.send(part, address, isAgent, tailNeeded);
	}

	private watch(): ConsoleWatch {
		return this.console ??= new ConsoleWatch(this.link, this.options.time, this);
	}

	/** Up to the DDR steps, a failure means one more try from the power cycle on. */
	private fail(error: string): void {
		const { phase } = this;
		const again = phase !== "power" && phase !== "spl" && phase !== "agent" && phase !== "done";
		if (!again || this.attempt >= this.limits.attempts) {
			this.end(error);
			return;
		}
		this.note(`attempt ${this.attempt}: ${error}`);
		this.attempt++;
		this.step = 0;
		this.sending = -1;
		this.transfer.restart();
		this.link.stop();
		this.run();
	}

	private note(line: string): void {
		if (this.log.length < MAX_LOG)
			this.log.push(line);
	}

	private end(error: string | undefined): void {
		if (this.result)
			return;
		const { phase, options: { time, power } } = this;
		this.result = {
			success: error === undefined,
			last_phase: phase,
			...(error === undefined ? {} : { failed_phase: phase, error }),
			elapsed_ms: this.elapsedTime,
			handshake_markers: this.handshake.markers,
			attempts: this.attempt,
			bytes_sent: this.transfer.sent,
			rate: this.rate,
			resent: this.exchange.resent,
			naks: this.exchange.naks,
			ff_runs_zeroed: this.transfer.runsZeroed,
			log: this.log,
			banner: this.console?.banner ?? null,
			...(this.prompt === undefined ? {} : { prompt: this.prompt })
		};
		time.cancel(this.limit);
		power.forget(this);
		// whatever else fails, it is over
		time.after(0, report, this);
		this.link.stop();
		this.line.release();
	}

	/** Milliseconds for everything. */
	private get patience(): number {
		return 2 * wireTime(this.options.content.size, this.line.baud) + this.limits.total;
	}

	private get elapsedTime(): number {
		return this.result ? this.result.elapsed_ms : Math.round(this.options.time.now() - this.started);
	}

	private get rate(): number {
		if (this.result)
			return this.result.rate;
		const elapsed = this.options.time.now() - this.sending;
		return this.sending < 0 || elapsed <= 0 ? 0 : Math.round((this.transfer.sent * 1_000) / elapsed);
	}
}

function begin(bringUp: BringUp): void {
	try {
		bringUp.begin();
	}
	catch (error) {
		bringUp.broke(error);
	}
}

function baudReset(refusal: Refusal | undefined, bringUp: BringUp): void {
	try {
		bringUp.ready(refusal, "cycle");
	}
	catch (error) {
		bringUp.broke(error);
	}
}

function powered(refusal: Refusal | undefined, bringUp: BringUp): void {
	try {
		bringUp.ready(refusal, "go on");
	}
	catch (error) {
		bringUp.broke(error);
	}
}

function expired(bringUp: BringUp): void {
	try {
		bringUp.expire();
	}
	catch (error) {
		bringUp.broke(error);
	}
}

function report(bringUp: BringUp): void {
	try {
		bringUp.report();
	}
	catch (error) {
		bringUp.onDefect("fastboot.done", error);
	}
}

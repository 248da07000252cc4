/**
 * Brings a camera up through its boot ROM: power cycle, handshake, DDR steps, SPL, agent, and then a look whether anything
 * speaks. One uploader is one such run.
 *
 * Claims the serial port for as long as it runs, puts it to 115200 and gives it back at the end. Success leaves the agent
 * running; failure and `cancel` leave the camera as it is, powered. Not for: who may start a run, or where the bytes come from.
 */
import { guarded, type Report } from "base/guard";
import { Fault } from "base/fault";
import type { Alarm, Time } from "base/time";
import type { CameraPower } from "power/power";
import type { Content } from "store/content";
import { wireTime } from "uart/baud";
import type { Line } from "uart/line";
import type { UART } from "uart/uart";
import { ConsoleWatch } from "./console";
import { Exchange, type Outcome } from "./exchange";
import { Frames } from "./frame";
import { Handshake } from "./handshake";
import { parseRequest, type FastbootRequest, type Part } from "./request";
import type { Phase, UploadProgress, UploadResult } from "./result";
import { START, Transfer, type FrameKind } from "./transfer";
import { Wire } from "./wire";

export interface UploaderLimits {
	/** Milliseconds to wait for the boot ROM's markers after power-on. */
	readonly handshake: number;
	/** Milliseconds after the SPL's TAIL in which it trains the DDR. */
	readonly ddr: number;
	/** Milliseconds in which the agent must say something; 0: its silence is no failure. */
	readonly output: number;
	/** Milliseconds to stop U-Boot's autoboot and have one clean prompt wait; 0: leave it alone. */
	readonly prompt: number;
	/** How often power cycle, handshake and DDR steps are tried. */
	readonly attempts: number;
	/** Milliseconds for everything, on top of twice the body's time on the wire. */
	readonly total: number;
}

export const UPLOADER_LIMITS: UploaderLimits = Object.freeze({ handshake: 20_000, ddr: 300, output: 5_000, prompt: 0, attempts: 2, total: 120_000 });

export interface UploaderOptions {
	uart: Pick<UART, "claim">;
	power: Pick<CameraPower, "cycle" | "forget">;
	time: Time;
	/** The request's body. It must stay until `onDone`. */
	content: Content;
	limits?: Partial<UploaderLimits>;
	onDone: (result: UploadResult) => void;
	/** Another phase, or another frame was answered. */
	onProgress?: () => void;
	onFault: Report;
}

const MAX_LOG = 32;

/** Milliseconds in which a step has run: what the ROM is sent meanwhile is lost, and a lost HEAD costs its whole timeout. */
const STEP_TIME = 10;

/**
 * Milliseconds from the camera's first word to the end of the line with U-Boot's version: nothing is said before it that takes long, and
 * who talks to a flash agent, which has no such line, waits for no longer.
 */
const BANNER_TIME = 1_000;

interface Step {
	readonly phase: Phase;
	readonly run: () => void;
}

export class Uploader {
	readonly request: FastbootRequest;
	/** Set as soon as the run is over. */
	result: UploadResult | undefined;
	#options: UploaderOptions;
	#limits: UploaderLimits;
	#time: Time;
	#line: Line | undefined;
	#wire: Wire;
	#exchange: Exchange;
	#handshake: Handshake;
	#transfer: Transfer;
	#frames = new Frames();
	#console: ConsoleWatch;
	#plan: Step[];
	#step = 0;
	#attempt = 1;
	#started: number;
	/** When the first payload of this attempt was on its way; negative before. */
	#sending = -1;
	#log: string[] = [];
	#prompt: boolean | undefined;
	#limit: Alarm;
	#next = (): void => this.#advance();

	/**
	 * Claims the port and starts. Throws, before anything has happened, Fault `bad_blob` or `blob_too_large` (request.ts), or
	 * `uart_busy`.
	 */
	constructor(options: UploaderOptions) {
		const { uart, time, content, limits, onFault } = options;
		this.request = parseRequest(content);
		this.#options = options;
		this.#limits = { ...UPLOADER_LIMITS, ...limits };
		this.#time = time;
		this.#started = time.now();
		const line = uart.claim({
			name: "fastboot",
			onReceive: this.#guard(() => this.#wire.receive()),
			onWritable: this.#guard(() => this.#wire.writable())
		});
		this.#line = line;
		this.#wire = new Wire({ line, time, guard: callback => this.#guard(callback) });
		this.#exchange = new Exchange(this.#wire, time);
		this.#handshake = new Handshake(this.#wire, time);
		this.#transfer = new Transfer(this.#exchange, this.#frames, content, this.request.ddrStepAddress, (kind, sequence) => this.#afterFrame(kind, sequence));
		this.#console = new ConsoleWatch(this.#wire, time);
		this.#plan = this.#makePlan();
		const total = 2 * wireTime(content.size, line.baud) + this.#limits.total;
		this.#limit = time.after(total, guarded("fastboot.limit", onFault, () => this.#end(`not finished within ${Math.round(total / 1_000)} s`)));
		time.after(0, this.#guard(() => this.#begin()));
	}

	get phase(): Phase {
		return this.result ? this.result.last_phase : this.#plan[this.#step]!.phase;
	}

	get progress(): UploadProgress {
		return {
			phase: this.phase,
			bytes_sent: this.#transfer.sent,
			bytes_total: this.request.total,
			rate: this.#rate,
			elapsed_ms: this.#elapsed,
			attempt: this.#attempt
		};
	}

	/** Stops now, gives the port back, and reports the failure `cancelled: reason`. Harmless when it is over. */
	cancel(reason: string): void {
		this.#end(`cancelled: ${reason}`);
	}

	#makePlan(): Step[] {
		const { prestep0, ddrstep0, prestep1, splAddress, ddrStepAddress, ubootAddress, spl, agent } = this.request;
		const step = (phase: Phase, part: Part): Step => ({
			phase,
			run: () => this.#send(part, ddrStepAddress, false, false)
		});
		const pause = (phase: Phase, milliseconds: number): Step => ({ phase, run: () => this.#wire.after(milliseconds, this.#next) });
		const resume = (phase: Phase): Step => ({ phase, run: () => this.#handshake.resume(this.#next) });
		const start = (phase: Phase): Step => ({
			phase,
			run: () => this.#exchange.send(this.#frames.start((prestep0 ?? ddrstep0).length, ddrStepAddress), START, outcome => this.#afterStart(outcome))
		});
		return [
			{ phase: "power", run: () => this.#power() },
			{ phase: "handshake", run: () => this.#handshake.flood(this.#limits.handshake, seen => this.#afterHandshake(seen)) },
			...(prestep0 ? [start("frame_for_start"), step("prestep0", prestep0), pause("ddrstep0", STEP_TIME)] : []),
			step("ddrstep0", ddrstep0),
			...(prestep1 ? [pause("prestep1", STEP_TIME), step("prestep1", prestep1)] : []),
			resume("spl"),
			{ phase: "spl", run: () => this.#send(spl, splAddress, false, !prestep0) },
			pause("spl", this.#limits.ddr),
			prestep0 ? start("agent") : resume("agent"),
			{ phase: "agent", run: () => this.#send(agent, ubootAddress, true, false) },
			{ phase: "agent", run: () => this.#waitForOutput() },
			{ phase: "done", run: () => this.#readBanner() },
			{ phase: "done", run: () => this.#stopAutoboot() }
		];
	}

	#begin(): void {
		if (!this.result)
			this.#run();
	}

	#run(): void {
		this.#options.onProgress?.();
		this.#plan[this.#step]!.run();
	}

	#advance(): void {
		this.#step++;
		this.#run();
	}

	#power(): void {
		this.#line!.resetBaud(this.#guardDone(() => this.#options.power.cycle(this.#guardDone(this.#next), this)));
	}

	#afterHandshake(seen: boolean): void {
		if (seen)
			this.#advance();
		else
			this.#fail(`no boot ROM markers within ${this.#limits.handshake / 1_000} s`);
	}

	#afterStart(outcome: Outcome): void {
		this.#afterFrame("START", 0);
		if (outcome === "acked")
			this.#advance();
		else
			this.#fail(`${this.phase.toUpperCase()} START`);
	}

	#send(part: Part, address: number, isAgent: boolean, tailNeeded: boolean): void {
		if (this.#sending < 0)
			this.#sending = this.#time.now();
		this.#transfer.send({ part, address, isAgent, tailNeeded }, failure => {
			if (failure)
				this.#fail(`${this.phase.toUpperCase()} ${failure}`);
			else
				this.#advance();
		});
	}

	#waitForOutput(): void {
		const { output } = this.#limits;
		if (output === 0)
			return this.#advance();
		this.#console.waitForOutput(output, seen => {
			if (seen)
				this.#advance();
			else
				this.#fail(`no console output within ${output / 1_000} s`);
		});
	}

	#readBanner(): void {
		if (this.#limits.output === 0)
			this.#advance();
		else
			this.#console.readBanner(BANNER_TIME, this.#next);
	}

	#stopAutoboot(): void {
		const { prompt } = this.#limits;
		if (prompt === 0)
			return this.#end(undefined);
		this.#console.stopAutoboot(prompt, seen => {
			this.#prompt = seen;
			this.#end(undefined);
		});
	}

	/** Up to the DDR steps, a failure means one more try from the power cycle on. */
	#fail(error: string): void {
		const { phase } = this;
		const again = phase !== "power" && phase !== "spl" && phase !== "agent" && phase !== "done";
		if (!again || this.#attempt >= this.#limits.attempts) {
			this.#end(error);
			return;
		}
		this.#note(`attempt ${this.#attempt}: ${error}`);
		this.#attempt++;
		this.#step = 0;
		this.#sending = -1;
		this.#transfer.restart();
		this.#wire.stop();
		this.#run();
	}

	#afterFrame(kind: FrameKind, sequence: number): void {
		if (this.#exchange.attempts > 1)
			this.#note(`${this.phase.toUpperCase()} ${kind}${kind === "DATA" ? ` ${sequence}` : ""}: ${this.#exchange.attempts}`);
		this.#options.onProgress?.();
	}

	#note(line: string): void {
		if (this.#log.length < MAX_LOG)
			this.#log.push(line);
	}

	#end(error: string | undefined): void {
		if (this.result)
			return;
		const { phase } = this;
		this.result = {
			success: error === undefined,
			last_phase: phase,
			...(error === undefined ? {} : { failed_phase: phase, error }),
			elapsed_ms: this.#elapsed,
			handshake_markers: this.#handshake.markers,
			attempts: this.#attempt,
			bytes_sent: this.#transfer.sent,
			rate: this.#rate,
			resent: this.#exchange.resent,
			naks: this.#exchange.naks,
			ff_runs_zeroed: this.#transfer.runsZeroed,
			log: this.#log,
			banner: this.#console.banner,
			...(this.#prompt === undefined ? {} : { prompt: this.#prompt })
		};
		const { result } = this;
		this.#time.cancel(this.#limit);
		this.#options.power.forget(this);
		// whatever else fails, it is over
		this.#time.after(0, guarded("fastboot.done", this.#options.onFault, () => this.#options.onDone(result)));
		this.#wire.stop();
		this.#line!.release();
	}

	get #elapsed(): number {
		return this.result ? this.result.elapsed_ms : Math.round(this.#time.now() - this.#started);
	}

	get #rate(): number {
		if (this.result)
			return this.result.rate;
		const elapsed = this.#time.now() - this.#sending;
		return this.#sending < 0 || elapsed <= 0 ? 0 : Math.round((this.#transfer.sent * 1_000) / elapsed);
	}

	/** Nothing is called back when the run is over, and what is thrown ends it. */
	#guard(callback: () => void): () => void {
		const { onFault } = this.#options;
		const caught: Report = (where, error) => {
			if (!(error instanceof Fault))
				onFault(where, error);
			this.#end(error instanceof Error ? error.message : "internal error");
		};
		return guarded("fastboot", caught, () => {
			if (!this.result)
				callback();
		});
	}

	#guardDone(next: () => void): (fault: Fault | undefined) => void {
		let fault: Fault | undefined;
		const proceed = this.#guard(() => {
			if (fault)
				this.#end(fault.message);
			else
				next();
		});
		return problem => {
			fault = problem;
			proceed();
		};
	}
}

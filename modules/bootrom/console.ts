/**
 * The camera's console right after the boot: does anything speak at all, and, if wanted, a U-Boot stopped at one clean prompt.
 */
import type { Time } from "base/time";
import { isForeign } from "./frame";
import type { Wire } from "./wire";

/** "autoboot": every U-Boot that can be stopped says it, a flash agent never does. */
const AUTOBOOT = Object.freeze([0x61, 0x75, 0x74, 0x6f, 0x62, 0x6f, 0x6f, 0x74]);
/** Ends of a prompt: "# " (OpenIPC, HiSilicon) and "=> " (generic U-Boot). */
const PROMPTS = Object.freeze([Object.freeze([0x23, 0x20]), Object.freeze([0x3d, 0x3e, 0x20])]);
const CTRL_C = 0x03;
/** Milliseconds between two Ctrl-Cs, and of silence behind a prompt after which no answer to an earlier one can come. */
const PERIOD = 100;
const SILENCE = 200;

export class ConsoleWatch {
	#wire: Wire;
	#time: Time;
	#state: "idle" | "listening" | "watching" | "interrupting" = "idle";
	#done: ((seen: boolean) => void) | undefined;
	#deadline = 0;
	#from = 0;
	#last = 0;
	#interrupt = new Uint8Array([CTRL_C]);
	#onLimit = (): void => this.#end(false);
	#onPeriod = (): void => this.#tick();

	constructor(wire: Wire, time: Time) {
		this.#wire = wire;
		this.#time = time;
	}

	/** `done(true)` at the first byte of output of any kind, `done(false)` after `limit` milliseconds. A boot ROM's own bytes are no output. */
	waitForOutput(limit: number, done: (seen: boolean) => void): void {
		this.#state = "listening";
		this.#done = done;
		this.#wire.listener = this;
		this.#wire.after(limit, this.#onLimit);
		this.receive();
	}

	/**
	 * Waits until U-Boot announces its autoboot, sends Ctrl-C until there is a prompt and it has been silent since: `done(true)`.
	 * `done(false)` after `limit` milliseconds; without the announcement nothing is ever sent.
	 */
	stopAutoboot(limit: number, done: (prompt: boolean) => void): void {
		this.#state = "watching";
		this.#done = done;
		this.#last = this.#time.now();
		this.#deadline = this.#last + limit;
		this.#from = this.#wire.received.position;
		this.#wire.listener = this;
		this.#wire.after(PERIOD, this.#onPeriod);
		this.receive();
	}

	receive(): void {
		const { received } = this.#wire;
		if (received.waiting === 0)
			return;
		if (this.#state === "listening")
			this.#listen(received.span(received.waiting));
		else {
			received.toEnd();
			this.#watch();
		}
	}

	/** What it looks at stays for stopAutoboot. */
	#listen(bytes: Uint8Array): void {
		for (let i = 0; i < bytes.length; i++) {
			if (isForeign(bytes[i]!))
				return this.#end(true);
		}
		this.#wire.received.skip(bytes.length);
	}

	#watch(): void {
		const { log } = this.#wire.line;
		this.#last = this.#time.now();
		if (this.#state !== "watching")
			return;
		if (log.indexOf(AUTOBOOT, this.#from) >= 0) {
			this.#state = "interrupting";
			this.#wire.send(this.#interrupt);
			this.#wire.after(PERIOD, this.#onPeriod);
		}
		else
			this.#from = Math.max(this.#from, log.end - AUTOBOOT.length + 1);
	}

	#tick(): void {
		const now = this.#time.now();
		const prompt = this.#atPrompt();
		if (prompt && now - this.#last >= SILENCE)
			return this.#end(true);
		if (now >= this.#deadline)
			return this.#end(false);
		if (!prompt && this.#state === "interrupting")
			this.#wire.send(this.#interrupt);
		this.#wire.after(PERIOD, this.#onPeriod);
	}

	#atPrompt(): boolean {
		const { log } = this.#wire.line;
		for (const prompt of PROMPTS) {
			if (log.endsWith(prompt))
				return true;
		}
		return false;
	}

	#end(seen: boolean): void {
		const done = this.#done!;
		this.#done = undefined;
		this.#state = "idle";
		this.#wire.rest();
		done(seen);
	}
}

/**
 * Getting into the boot ROM's download mode, and back into it between the stages.
 *
 * After power-on the ROM sends groups of five markers (20) and listens about 10 ms for one AA after each, for 50 to 60 ms in
 * all; other generations send markers until they get an AA. Surplus AAs do no harm, but one that comes early ends the markers of
 * the other generations before there were five.
 */
import type { Time } from "base/time";
import { ACK, MARKER } from "./frame";
import type { Wire } from "./wire";

/** AAs sent in one go: 5.6 ms at 115200 baud. */
const BURST = 64;
/** Milliseconds without a received byte after which the next burst goes out, counted from the end of the last one. */
const BURST_PAUSE = 50;
/** Consecutive markers that mean the boot ROM. */
const GROUP = 5;
/** Re-handshake: milliseconds of silence that mean the ROM waits already, and the longest time it may take. */
const RESUME_SILENCE = 200;
const RESUME_LIMIT = 5_000;

export class Handshake {
	/** Markers seen in the last handshake. */
	markers = 0;
	#wire: Wire;
	#time: Time;
	#burst = new Uint8Array(BURST).fill(ACK);
	#state: "idle" | "flooding" | "resuming" = "idle";
	#done: ((markersSeen: boolean) => void) | undefined;
	#deadline = 0;
	/** Markers in a row until now. */
	#run = 0;
	/** Nothing but markers and NULs came until now: no program runs on the camera. */
	#clean = true;
	#onPause = (): void => this.#paused();
	#onSilence = (): void => this.#resumed(this.#run > 0);

	constructor(wire: Wire, time: Time) {
		this.#wire = wire;
		this.#time = time;
	}

	/**
	 * Floods AA until the ROM's markers come, `done(true)`: five in a row, or fewer with silence behind them and nothing else
	 * before. `done(false)` after `limit` milliseconds without them.
	 */
	flood(limit: number, done: (markersSeen: boolean) => void): void {
		this.markers = 0;
		this.#begin("flooding", limit, done);
		this.#wire.flush();
		this.#sendBurst();
	}

	/**
	 * After the ROM ran what it got: it may wait for the next HEAD already, or ask with markers again. `done(true)` when it asked
	 * and was answered. Looks at what came since the last ACK, too.
	 */
	resume(done: (markersSeen: boolean) => void): void {
		this.#begin("resuming", RESUME_LIMIT, done);
		this.#wire.after(RESUME_SILENCE, this.#onSilence);
		this.receive();
	}

	receive(): void {
		const { received } = this.#wire;
		while (this.#state !== "idle" && received.waiting > 0) {
			const bytes = received.span(received.waiting);
			if (this.#state === "flooding")
				this.#whileFlooding(bytes);
			else
				this.#whileResuming(bytes);
		}
	}

	#begin(state: "flooding" | "resuming", limit: number, done: (markersSeen: boolean) => void): void {
		this.#state = state;
		this.#done = done;
		this.#deadline = this.#time.now() + limit;
		this.#run = 0;
		this.#clean = true;
		this.#wire.listener = this;
	}

	#whileFlooding(bytes: Uint8Array): void {
		this.#wire.received.skip(bytes.length);
		for (let i = 0; i < bytes.length; i++) {
			const byte = bytes[i]!;
			if (byte === MARKER) {
				this.markers++;
				// The ROM listens only from now on: a whole burst must follow the group.
				if (++this.#run === GROUP)
					return this.#answer();
			}
			else if (byte !== 0) {
				this.#run = 0;
				this.#clean = false;
			}
		}
		if (this.#time.now() >= this.#deadline)
			this.#end(false);
		else
			this.#wire.after(BURST_PAUSE, this.#onPause);
	}

	#whileResuming(bytes: Uint8Array): void {
		const { received } = this.#wire;
		for (let i = 0; i < bytes.length; i++) {
			const byte = bytes[i]!;
			if (byte === MARKER) {
				if (++this.#run === GROUP) {
					received.skip(i + 1);
					return this.#resumed(true);
				}
			}
			else if (byte !== 0x0a && byte !== 0x0d) {
				received.skip(i);
				return this.#resumed(false);
			}
		}
		received.skip(bytes.length);
		if (this.#time.now() >= this.#deadline)
			this.#resumed(this.#run > 0);
		else
			this.#wire.after(RESUME_SILENCE, this.#onSilence);
	}

	#resumed(asked: boolean): void {
		if (asked)
			this.#answer();
		else
			this.#end(false);
	}

	#answer(): void {
		this.#wire.send(this.#burst);
		this.#end(true);
	}

	#paused(): void {
		if (this.#run > 0 && this.#clean)
			this.#answer();
		else if (this.#time.now() >= this.#deadline)
			this.#end(false);
		else
			this.#sendBurst();
	}

	#sendBurst(): void {
		this.#wire.send(this.#burst);
		this.#wire.after(BURST_PAUSE, this.#onPause);
	}

	#end(markersSeen: boolean): void {
		const done = this.#done!;
		this.#done = undefined;
		this.#state = "idle";
		this.#wire.rest();
		done(markersSeen);
	}
}

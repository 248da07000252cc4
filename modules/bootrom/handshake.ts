/**
 * Getting into the boot ROM's download mode, and back into it between the stages.
 *
 * After power-on the ROM sends groups of five markers (20) and listens about 10 ms for one AA after each, for 50 to 60 ms in
 * all; other generations send markers until they get an AA. Surplus AAs do no harm, but one that comes early ends the markers of
 * the other generations before there were five.
 */
import type { Time } from "base/time";
import { ACK, MARKER } from "./frame";
import type { Waiter, SerialLink } from "./serial-link";

/** AAs sent in one go: 5.6 ms at 115200 baud. */
const BURST = 64;
/** Milliseconds without a received byte after which the next burst goes out, counted from the end of the last one. */
const BURST_PAUSE = 50;
/** Consecutive markers that mean the boot ROM. */
const GROUP = 5;
/** Re-handshake: milliseconds of silence that mean the ROM waits already, and the longest time it may take. */
const RESUME_SILENCE = 200;
const RESUME_LIMIT = 5_000;

/** Whose handshake it is. */
export interface HandshakeOwner {
	/** The boot ROM's markers were seen, and answered, or not. */
	met(markersSeen: boolean): void;
}

export class Handshake implements Waiter {
	/** Markers seen in the last handshake. */
	markers = 0;
	private link: SerialLink;
	private time: Time;
	private burst = new Uint8Array(BURST).fill(ACK);
	private state: "idle" | "flooding" | "resuming" = "idle";
	private owner: HandshakeOwner;
	private deadline = 0;
	/** Markers in a row until now. */
	private run = 0;
	/** Nothing but markers and NULs came until now: no program runs on the camera. */
	private clean = true;

	constructor(link: SerialLink, time: Time, owner: HandshakeOwner) {
		this.owner = owner;
		this.link = link;
		this.time = time;
	}

	/**
	 * Floods AA until the ROM's markers come, `met(true)`: five in a row, or fewer with silence behind them and nothing else
	 * before. `met(false)` after `limit` milliseconds without them. What has come since the supply did counts: some ROMs speak at once, and
	 * end their markers with the first AA.
	 */
	flood(limit: number): void {
		this.markers = 0;
		this.begin("flooding", limit);
		this.sendBurst();
		this.receive();
	}

	/**
	 * After the ROM ran what it got: it may wait for the next HEAD already, or ask with markers again. `met(true)` when it asked
	 * and was answered. Looks at what came since the last ACK, too.
	 */
	resume(): void {
		this.begin("resuming", RESUME_LIMIT);
		this.link.after(RESUME_SILENCE, this);
		this.receive();
	}

	receive(): void {
		const { received } = this.link;
		while (this.state !== "idle" && received.waiting > 0) {
			const bytes = received.span(received.waiting);
			if (this.state === "flooding")
				this.whileFlooding(bytes);
			else
				this.whileResuming(bytes);
		}
	}

	private begin(state: "flooding" | "resuming", limit: number): void {
		this.state = state;
		this.deadline = this.time.now() + limit;
		this.run = 0;
		this.clean = true;
		this.link.listener = this;
	}

	private whileFlooding(bytes: Uint8Array): void {
		this.link.received.skip(bytes.length);
		for (let i = 0; i < bytes.length; i++) {
			const byte = bytes[i]!;
			if (byte === MARKER) {
				this.markers++;
				// The ROM listens only from now on: a whole burst must follow the group.
				if (++this.run === GROUP)
					return this.answer();
			}
			else if (byte !== 0) {
				this.run = 0;
				this.clean = false;
			}
		}
		if (this.time.now() >= this.deadline)
			this.end(false);
		else
			this.link.after(BURST_PAUSE, this);
	}

	private whileResuming(bytes: Uint8Array): void {
		const { received } = this.link;
		for (let i = 0; i < bytes.length; i++) {
			const byte = bytes[i]!;
			if (byte === MARKER) {
				if (++this.run === GROUP) {
					received.skip(i + 1);
					return this.resumed(true);
				}
			}
			else if (byte !== 0x0a && byte !== 0x0d) {
				received.skip(i);
				return this.resumed(false);
			}
		}
		received.skip(bytes.length);
		if (this.time.now() >= this.deadline)
			this.resumed(this.run > 0);
		else
			this.link.after(RESUME_SILENCE, this);
	}

	private resumed(asked: boolean): void {
		if (asked)
			this.answer();
		else
			this.end(false);
	}

	private answer(): void {
		this.link.send(this.burst);
		this.end(true);
	}

	/** For the link. */
	elapsed(): void {
		if (this.state === "resuming")
			this.resumed(this.run > 0);
		else if (this.run > 0 && this.clean)
			this.answer();
		else if (this.time.now() >= this.deadline)
			this.end(false);
		else
			this.sendBurst();
	}

	private sendBurst(): void {
		this.link.send(this.burst);
		this.link.after(BURST_PAUSE, this);
	}

	private end(markersSeen: boolean): void {
		this.state = "idle";
		this.link.rest();
		this.owner.met(markersSeen);
	}
}

/**
 * The camera's console right after the boot: does anything speak at all, which U-Boot is it, and, if wanted, that U-Boot stopped
 * at one clean prompt.
 */
import type { Time } from "base/time";
import { isForeign } from "./frame";
import type { Log } from "uart/log";
import type { Waiter, SerialLink } from "./serial-link";

/** "U-Boot ": before a number it begins the line with the version. An SPL puts "SPL" between. */
const U_BOOT = Object.freeze([0x55, 0x2d, 0x42, 0x6f, 0x6f, 0x74, 0x20]);
/** Characters of the banner that are kept. */
const BANNER_LENGTH = 128;
/** "autoboot": every U-Boot that can be stopped says it, a flash agent never does. */
const AUTOBOOT = Object.freeze([0x61, 0x75, 0x74, 0x6f, 0x62, 0x6f, 0x6f, 0x74]);
/** Ends of a prompt: "# " (OpenIPC, HiSilicon) and "=> " (generic U-Boot). */
const PROMPTS = Object.freeze([Object.freeze([0x23, 0x20]), Object.freeze([0x3d, 0x3e, 0x20])]);
const CTRL_C = 0x03;
/** Milliseconds between two Ctrl-Cs, and of silence behind a prompt after which no answer to an earlier one can come. */
const PERIOD = 100;
const SILENCE = 200;

/** Whose watch it is. */
export interface ConsoleOwner {
	/** What was waited for was seen, or not. */
	saw(seen: boolean): void;
}

export class ConsoleWatch implements Waiter {
	private link: SerialLink;
	private time: Time;
	/** The line in which a U-Boot named its version, as printable ASCII; null while none was heard. */
	banner: string | null = null;
	private state: "idle" | "listening" | "reading" | "watching" | "interrupting" = "idle";
	private owner: ConsoleOwner;
	private deadline = 0;
	/** Where to look for the banner, and for the announcement. */
	private from = 0;
	private searched = 0;
	private last = 0;

	constructor(link: SerialLink, time: Time, owner: ConsoleOwner) {
		this.owner = owner;
		this.link = link;
		this.time = time;
	}

	/** `saw(true)` at the first byte of output of any kind, `saw(false)` after `limit` milliseconds. A boot ROM's own bytes are no output. */
	waitForOutput(limit: number): void {
		this.state = "listening";
		this.link.listener = this;
		this.link.after(limit, this);
		this.receive();
	}

	/**
	 * Reads `banner` from the output on: `saw(true)` when it is there, `saw(false)` after `limit` milliseconds, or when an autoboot
	 * is announced without one: whoever wants to stop it has no time to lose.
	 */
	readBanner(limit: number): void {
		this.state = "reading";
		this.from = this.searched = this.link.received.position;
		this.link.listener = this;
		this.link.after(limit, this);
		this.read();
	}

	/**
	 * Waits until U-Boot announces its autoboot, sends Ctrl-C until there is a prompt and it has been silent since: `saw(true)`.
	 * `saw(false)` after `limit` milliseconds; without the announcement nothing is ever sent.
	 */
	stopAutoboot(limit: number): void {
		this.state = "watching";
		this.last = this.time.now();
		this.deadline = this.last + limit;
		this.searched = this.link.received.position;
		this.link.listener = this;
		this.link.after(PERIOD, this);
		this.receive();
	}

	receive(): void {
		const { received } = this.link;
		if (received.waiting === 0)
			return;
		if (this.state === "listening")
			this.listen(received.span(received.waiting));
		else if (this.state === "reading")
			this.read();
		else {
			received.toEnd();
			this.watch();
		}
	}

	/** What it looks at stays for readBanner and stopAutoboot. */
	private listen(bytes: Uint8Array): void {
		for (let i = 0; i < bytes.length; i++) {
			if (isForeign(bytes[i]!))
				return this.end(true);
		}
		this.link.received.skip(bytes.length);
	}

	private read(): void {
		const { log } = this.link.line;
		for (let at; (at = log.indexOf(U_BOOT, this.from)) >= 0; this.from = at + 1) {
			const line = lineAt(log, this.from = at);
			if (line === undefined)
				break;
			if (/^U-Boot \d/.test(line)) {
				this.banner = line;
				return this.end(true);
			}
		}
		if (this.isAnnounced())
			this.end(false);
	}

	/** Whether there is an autoboot to be stopped. */
	private isAnnounced(): boolean {
		const { log } = this.link.line;
		if (log.indexOf(AUTOBOOT, this.searched) >= 0)
			return true;
		this.searched = Math.max(this.searched, log.end - AUTOBOOT.length + 1);
		return false;
	}

	private watch(): void {
		this.last = this.time.now();
		if (this.state !== "watching" || !this.isAnnounced())
			return;
		this.state = "interrupting";
		this.link.send(new Uint8Array([CTRL_C]));
		this.link.after(PERIOD, this);
	}

	/** For the link. */
	elapsed(): void {
		if (this.state === "listening" || this.state === "reading")
			this.end(false);
		else
			this.tick();
	}

	private tick(): void {
		const now = this.time.now();
		const prompt = this.atPrompt();
		if (prompt && now - this.last >= SILENCE)
			return this.end(true);
		if (now >= this.deadline)
			return this.end(false);
		if (!prompt && this.state === "interrupting")
			this.link.send(new Uint8Array([CTRL_C]));
		this.link.after(PERIOD, this);
	}

	private atPrompt(): boolean {
		const { log } = this.link.line;
		for (const prompt of PROMPTS) {
			if (log.endsWith(prompt))
				return true;
		}
		return false;
	}

	private end(seen: boolean): void {
		this.state = "idle";
		this.link.rest();
		this.owner.saw(seen);
	}
}

/** The line that begins at `offset`, cut to what is kept; undefined while its end is still to come. */
function lineAt(log: Log, offset: number): string | undefined {
	let line = "";
	while (line.length < BANNER_LENGTH && offset < log.end) {
		const byte = log.span(offset++, 1)[0]!;
		if (byte === 0x0a || byte === 0x0d)
			return line.trimEnd();
		line += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".";
	}
	return line.length < BANNER_LENGTH ? undefined : line;
}

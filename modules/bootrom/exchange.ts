/**
 * One frame and its ACK, with attempts.
 *
 * What tells an ACK from an echo: a running U-Boot echoes what we send, and our frames and flood contain AA. The ROM answers a
 * complete frame with one byte; an echo comes while the frame is still being sent, or starts with the frame's first byte. So an
 * AA counts only when the whole frame has left, and only when nothing but AA, NAK, markers, NUL and line ends came in this
 * attempt. Where an AA was sent right before (the flood, frame_for_start), silence must follow the ACK as well.
 */
import type { Time } from "base/time";
import { ACK, NAK, isForeign } from "./frame";
import type { Waiter, SerialLink } from "./serial-link";

export interface Rule {
	/** Attempts, the first included. */
	readonly attempts: number;
	/** Milliseconds for the ACK, counted from the end of transmission. */
	readonly timeout: number;
	/** Milliseconds for all attempts together. */
	readonly limit: number;
	/** Milliseconds of silence that must follow the ACK. 0: it counts at once. */
	readonly confirm: number;
	/** Output of a program ends the exchange: the camera runs what we sent. */
	readonly endsWithOutput: boolean;
}

/**
 * acked: the ROM took the frame; output: a program runs on the camera, and what it said is left unread (only with endsWithOutput); silent:
 * attempts used up.
 */
export type FrameOutcome = "acked" | "output" | "silent";

/** Whose frame it is. */
export interface FrameSender {
	answered(outcome: FrameOutcome): void;
}

export class FrameExchange implements Waiter {
	/** Attempts that the exchange under way, or the last one, has made. */
	attempts = 0;
	/** Attempts after a frame's first, and NAKs received, in all exchanges. */
	resent = 0;
	naks = 0;
	private link: SerialLink;
	private time: Time;
	private frame: Uint8Array | undefined;
	private rule: Rule | undefined;
	private sender: FrameSender | undefined;
	private deadline = 0;
	private tainted = false;
	/** The ACK has come and waits for the silence behind it. */
	private confirming = false;

	constructor(link: SerialLink, time: Time) {
		this.link = link;
		this.time = time;
	}

	send(frame: Uint8Array, rule: Rule, sender: FrameSender): void {
		this.frame = frame;
		this.rule = rule;
		this.sender = sender;
		this.deadline = this.time.now() + rule.limit;
		this.attempts = 0;
		this.link.listener = this;
		this.link.flush();
		this.attempt();
	}

	/** Looks at what came, up to the ACK; what is behind it stays for whoever comes next. */
	receive(): void {
		const { received } = this.link;
		while (this.sender && received.waiting > 0) {
			if (this.tainted)
				received.toEnd();
			else
				this.judge(received.span(received.waiting));
		}
	}

	private judge(bytes: Uint8Array): void {
		const { received } = this.link;
		const { confirm, endsWithOutput } = this.rule!;
		const complete = this.link.outstanding === 0;
		for (let i = 0; i < bytes.length; i++) {
			const byte = bytes[i]!;
			if (byte === ACK && complete) {
				received.skip(i + 1);
				if (confirm === 0)
					this.end("acked");
				else {
					this.confirming = true;
					this.link.after(confirm, this);
				}
				return;
			}
			if (byte === NAK)
				this.naks++;
			else if (isForeign(byte)) {
				if (endsWithOutput) {
					received.skip(i);
					this.end("output");
				}
				else {
					received.toEnd();
					this.taint();
				}
				return;
			}
		}
		received.skip(bytes.length);
	}

	/** Nothing in this attempt counts any more, an ACK that waits for its confirmation included. */
	private taint(): void {
		this.tainted = true;
		this.confirming = false;
		this.link.after(this.rule!.timeout, this);
	}

	private attempt(): void {
		this.attempts++;
		if (this.attempts > 1)
			this.resent++;
		this.tainted = this.confirming = false;
		this.link.send(this.frame!);
		this.link.after(this.rule!.timeout, this);
	}

	/** For the link. */
	elapsed(): void {
		if (this.confirming)
			this.end("acked");
		else if (this.attempts >= this.rule!.attempts || this.time.now() >= this.deadline)
			this.end("silent");
		else
			this.attempt();
	}

	private end(outcome: FrameOutcome): void {
		const sender = this.sender!;
		this.sender = undefined;
		this.confirming = false;
		this.link.rest();
		sender.answered(outcome);
	}
}

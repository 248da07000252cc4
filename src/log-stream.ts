/**
 * The camera's output as a live HTTP body: from an offset of the log on, straight out of its ring, without a line of its own. The bytes
 * have no gap: who falls a whole ring behind is cut off, and learns from the answer to its next request what is gone.
 */
import { LiveBody, type LiveOutlet } from "http/live-body";
import type { Follower } from "uart/followers";
import type { UART } from "uart/uart";

export class LogStream extends LiveBody implements Follower {
	private readonly uart: UART;
	/** Offset of the next byte. */
	private at: number;

	constructor(uart: UART, from: number) {
		super();
		this.uart = uart;
		this.at = from;
	}

	override begin(outlet: LiveOutlet): void {
		super.begin(outlet);
		this.uart.followers.add(this);
	}

	logGrew(): void {
		this.outlet?.wake();
	}

	span(limit: number): Uint8Array {
		return this.uart.log.span(this.at, limit);
	}

	advance(count: number): void {
		this.at += count;
	}

	override ended(reason: string): void {
		super.ended(reason);
		this.uart.followers.remove(this);
	}
}

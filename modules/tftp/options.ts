/**
 * What client and server agree on before a transfer (RFC 2347, 2348, 2349, 7440).
 *
 * An option that is unknown, or has a value its RFC forbids, is left out of the answer, as RFC 2347 allows: error 8 would be
 * the other way, and makes old U-Boots start again for ever. Of an option that comes twice the first counts.
 */
import type { Request } from "tftp/packet";

/** Limits for what a client may ask for; each is answered with the limit when more is asked. */
export interface OptionLimits {
	/** Bytes. 1468 is what fits an Ethernet frame: lwIP puts no fragments together. */
	readonly blockSize: number;
	/** Blocks under way to a client without an acknowledgement (RFC 7440). */
	readonly window: number;
	/** The same from a client: no more than may wait at a socket while something else has its turn. */
	readonly uploadWindow: number;
}

export interface Terms {
	/** Bytes of every block but the last; 512 when the client didn't ask. */
	readonly blockSize: number;
	/** Blocks per acknowledgement; 1 when the client didn't ask. */
	readonly window: number;
	/** The client's own resend timer in seconds; 0 when it didn't say. */
	readonly timeout: number;
	/**
	 * Upload: the size the client promises, undefined when it doesn't. No more than a hint: U-Boot 2010.06 says 0 whatever it
	 * sends, later ones may say the size of the file before.
	 */
	readonly announced: number | undefined;
	/** Option, value, option, value... for the OACK; empty when there is nothing to agree on and no OACK is due. */
	readonly answer: readonly string[];
}

/** RFC 1350's block size. */
const DEFAULT_BLOCK_SIZE = 512;
/** RFC 2348's smallest. */
const LEAST_BLOCK_SIZE = 8;

/** Answers the options of `request`. `size`: what the file to be read has, undefined for an upload. */
export function negotiate(request: Request, limits: OptionLimits, size: number | undefined): Terms {
	let blockSize = 0;
	let window = 0;
	let timeout = 0;
	let announced: number | undefined;
	const answer: string[] = [];
	for (let index = 0; index < request.options.length; index += 2) {
		const option = request.options[index]!;
		const asked = number(request.options[index + 1]!);
		if (option === "blksize" && !blockSize && asked >= LEAST_BLOCK_SIZE) {
			blockSize = Math.min(asked, limits.blockSize);
			answer.push(option, String(blockSize));
		}
		else if (option === "windowsize" && !window && asked >= 1) {
			window = Math.min(asked, size === undefined ? limits.uploadWindow : limits.window);
			answer.push(option, String(window));
		}
		else if (option === "timeout" && !timeout && asked >= 1 && asked <= 255) {
			timeout = asked;
			// RFC 2349: the same value or no answer. Upstream U-Boot refuses another one.
			answer.push(option, String(timeout));
		}
		else if (option === "tsize" && announced === undefined && asked >= 0) {
			announced = asked;
			// Left out for an empty file: curl (lib/tftp.c) takes a tsize of 0 for a defect and gives up.
			if (size !== 0)
				answer.push(option, String(size ?? asked));
		}
	}
	return { blockSize: blockSize || DEFAULT_BLOCK_SIZE, window: window || 1, timeout, announced, answer };
}

/** A decimal number, -1 for anything else. */
function number(value: string): number {
	return /^[0-9]{1,15}$/.test(value) ? Number(value) : -1;
}

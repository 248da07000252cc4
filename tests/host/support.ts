/** What tests of the host share: real sockets need real time, but never a fixed sleep. */
import Timer from "timer";

/** Resolves as soon as the condition holds; the runner's limit ends a test in which it never does. */
export function until(condition: () => boolean): Promise<void> {
	return new Promise(resolve => {
		const timer = Timer.repeat(() => {
			if (condition()) {
				Timer.clear(timer);
				resolve();
			}
		}, 1);
	});
}

/** For showing that something does not happen, and for nothing else. */
export function pass(milliseconds: number): Promise<void> {
	return new Promise(resolve => {
		Timer.set(() => resolve(), milliseconds);
	});
}

/** Bytes that repeat only after 251, so that a shifted copy is noticed. */
export function pattern(length: number, start = 0): Uint8Array {
	const piece = new Uint8Array(251 * 64);
	for (let i = 0; i < piece.length; i++)
		piece[i] = (i + start) % 251;
	const bytes = new Uint8Array(length);
	for (let at = 0; at < length; at += piece.length)
		bytes.set(piece.subarray(0, Math.min(piece.length, length - at)), at);
	return bytes;
}

export function joined(parts: Uint8Array[]): Uint8Array {
	const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
	let at = 0;
	for (const part of parts) {
		whole.set(part, at);
		at += part.length;
	}
	return whole;
}

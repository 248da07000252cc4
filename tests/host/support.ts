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

const PATTERN = new Uint8Array(70_000);
for (let i = 0; i < PATTERN.length; i++)
	PATTERN[i] = i % 251;

/** Bytes that repeat only after 251, from the `start`th on, so that a shifted copy is noticed. Not for writing to. */
export function pattern(length: number, start = 0): Uint8Array {
	if (start % 251 + length <= PATTERN.length)
		return PATTERN.subarray(start % 251, start % 251 + length);
	const bytes = new Uint8Array(length);
	for (let at = 0; at < length; at += 65_511)
		bytes.set(pattern(Math.min(65_511, length - at), start), at);
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

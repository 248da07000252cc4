/** Bytes as bits on a serial line, 8N1: a start bit, eight of data from the lowest, a stop bit. */

const BITS = 10;

/** Milliseconds that `count` bytes take at `baud` bits per second. */
export function transmitTime(count: number, baud: number): number {
	return count * BITS * 1000 / baud;
}

/** `bytes` sent back to back at one rate, as a receiver at another one samples them. Framing errors come out as what was sampled. */
export function bend(bytes: Uint8Array, from: number, to: number): Uint8Array {
	if (from === to)
		return bytes;
	const ratio = from / to;
	const end = bytes.length * BITS;
	const level = (time: number): number => {
		const bit = Math.floor(time);
		const position = bit % BITS;
		return bit >= end || position === BITS - 1 ? 1 : position === 0 ? 0 : (bytes[(bit - position) / BITS]! >> (position - 1)) & 1;
	};
	const received: number[] = [];
	for (let edge = 0; edge < end;) {
		if (level(edge)) {
			edge = Math.floor(edge) + 1;
			continue;
		}
		let byte = 0;
		for (let bit = 0; bit < 8; bit++)
			byte |= level(edge + (bit + 1.5) * ratio) << bit;
		received.push(byte);
		// from the middle of the stop bit the receiver looks for the next falling edge; a line still low has to rise first
		edge += 9.5 * ratio;
		while (edge < end && !level(edge))
			edge = Math.floor(edge) + 1;
	}
	return Uint8Array.from(received);
}

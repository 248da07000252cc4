/**
 * The Range header (RFC 9110 14.2) for one range of bytes; several ranges are answered with everything, which is allowed.
 */

const oneRange = /^bytes=([0-9]{0,15})-([0-9]{0,15})$/;

export interface ByteRange {
	/** Offset of the first byte. */
	offset: number;
	/** Bytes. */
	size: number;
}

/**
 * Which part of `size` bytes `header` asks for. Undefined: all, because there is no header or it isn't one that must be
 * understood. "unsatisfiable": answer 416.
 */
export function parseRange(header: string | undefined, size: number): ByteRange | "unsatisfiable" | undefined {
	const range = header === undefined ? null : oneRange.exec(header);
	if (!range || (range[1] === "" && range[2] === ""))
		return undefined;
	if (range[1] === "") {
		const count = Math.min(Number(range[2]), size);
		return count === 0 ? "unsatisfiable" : { offset: size - count, size: count };
	}
	const offset = Number(range[1]);
	const last = range[2] === "" ? size - 1 : Math.min(Number(range[2]), size - 1);
	if (range[2] !== "" && Number(range[2]) < offset)
		return undefined;
	return offset >= size ? "unsatisfiable" : { offset, size: last - offset + 1 };
}

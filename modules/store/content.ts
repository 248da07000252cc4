/**
 * Bytes that can be read at any offset without being copied: a staged file, a part of one, a small buffer.
 * What it is not for: writing (upload.ts), and anything that has to wait for its bytes.
 */
export interface Content {
	/** Bytes. Never changes. */
	readonly size: number;
	/**
	 * A view of the bytes from `offset` on: 1 to `limit` of them, as many as lie in one piece. Empty at the end.
	 * The view shares the content's memory: read it before the next call into the owner of that memory, and never write it.
	 */
	span(offset: number, limit: number): Uint8Array;
}

/** Content of bytes that are already in memory. */
export class BytesContent implements Content {
	readonly size: number;
	private readonly bytes: Uint8Array;

	constructor(bytes: Uint8Array) {
		this.bytes = bytes;
		this.size = bytes.length;
	}

	span(offset: number, limit: number): Uint8Array {
		return this.bytes.subarray(offset, Math.min(this.size, offset + limit));
	}
}

/** `size` bytes of another content from `offset` on. The other content's owner must keep it alive. */
export class PartContent implements Content {
	readonly size: number;
	private readonly content: Content;
	private readonly offset: number;

	/** Throws a RangeError when the part does not lie inside `content`. */
	constructor(content: Content, offset: number, size: number) {
		if (offset < 0 || size < 0 || offset + size > content.size)
			throw new RangeError("part outside its content");
		this.content = content;
		this.offset = offset;
		this.size = size;
	}

	span(offset: number, limit: number): Uint8Array {
		return this.content.span(this.offset + offset, Math.max(0, Math.min(limit, this.size - offset)));
	}
}

/**
 * SHA-256 (FIPS 180-4) in C, fed piece by piece: the hash of a firmware image while it streams into flash.
 *
 * Not for: secrets (no attention is paid to timing) and not for finding errors on a wire (bytes/bytes has CRC-32).
 */
export class SHA256 extends Native("xs_sha256_destructor") {
	constructor() { super(); native("xs_sha256").call(this); }

	/** Adds `bytes` to the message. Throws after `digest`. */
	update(bytes: Uint8Array): void { return native("xs_sha256_update").call(this, bytes); }

	/** Ends the message and writes its 32 bytes of hash into `into`, which must be at least that long. Can be called once. */
	digest(into: Uint8Array): void { return native("xs_sha256_digest").call(this, into); }
}

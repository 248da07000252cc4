/** modules/sha256 as it is on XS, for tests that run on Node. */
import { createHash } from "node:crypto";

export class SHA256 {
	#hash = createHash("sha256");

	update(bytes: Uint8Array): void {
		this.#hash.update(bytes);
	}

	digest(into: Uint8Array): void {
		if (into.length < 32)
			throw new RangeError("32 bytes needed");
		into.set(this.#hash.digest());
	}
}

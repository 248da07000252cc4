import { strict as assert } from "node:assert";
import { SHA256 } from "sha256/sha256";
import { bytesOf } from "../../support/strings";

function hash(bytes: Uint8Array, piece = bytes.length): string {
	const sha = new SHA256();
	for (let at = 0; at < bytes.length; at += piece)
		sha.update(bytes.subarray(at, at + piece));
	const digest = new Uint8Array(32);
	sha.digest(digest);
	return Array.from(digest, byte => byte.toString(16).padStart(2, "0")).join("");
}

describe("sha256", function () {
	it("when the messages are those of FIPS 180-4 then the hashes are its, too", function () {
		assert.equal(hash(new Uint8Array(0)), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
		assert.equal(hash(bytesOf("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
		assert.equal(hash(bytesOf("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")), "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
		assert.equal(hash(new Uint8Array(1_000_000).fill(0x61)), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	});

	it("when a message comes in pieces then its hash is that of the whole", function () {
		const bytes = new Uint8Array(300);
		for (let at = 0; at < bytes.length; at++)
			bytes[at] = at & 0xff;
		for (const length of [54, 55, 56, 57, 63, 64, 65, 119, 120, 128, 300]) {
			const whole = hash(bytes.subarray(0, length));
			for (const piece of [1, 3, 63, 64, 65])
				assert.equal(hash(bytes.subarray(0, length), piece), whole, `${length} in ${piece}`);
		}
	});

	it("when the digest was taken or doesn't fit then it throws", function () {
		const sha = new SHA256();
		assert.throws(() => sha.digest(new Uint8Array(31)));
		sha.digest(new Uint8Array(32));
		assert.throws(() => sha.digest(new Uint8Array(32)));
		assert.throws(() => sha.update(new Uint8Array(1)));
	});
});

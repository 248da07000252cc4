import { strict as assert } from "node:assert";
import { checkName, validName } from "store/names";
import { faultCode, faultDetail } from "./support.ts";

describe("names", () => {
	it("when they are what clients use then they are good", () => {
		for (const name of ["u-boot.bin", "uImage.hi3516ev300", "rootfs.squashfs.hi3516ev300", "mtd0", "mtd0.boot.bin", "flash", ".x", "...", "a b", "~", "[", "]", "a/b", "pxelinux.cfg/01-aa-bb", "1234abcd/overlays/x.dtbo", ".a/..b", "a/.../b", "a".repeat(127)])
			assert.ok(validName(name), name);
	});

	it("when they could mean something else then they are bad", () => {
		for (const name of ["", ".", "..", "/", "/a", "a/", "a//b", "./a", "a/.", "a/./b", "../a", "a/..", "a/../b", "//", "a\\b", "a\"b", "a\0b", "a\nb", "\x7f", "\x1f", "\u00e4", "\u{1f600}", "a".repeat(128), "a/".repeat(63) + "aa", "a".repeat(300), "a\n", "a/b\n"])
			assert.ok(!validName(name), JSON.stringify(name));
	});

	it("when every character is tried then exactly printable ASCII without three is good at the end of a part", () => {
		let good = 0;
		for (let code = 0; code < 256; code++) {
			if (validName("x" + String.fromCharCode(code)))
				good++;
		}
		assert.equal(good, 95 - 3);
	});

	it("when one is refused then the fault says why, and does not echo it at length", () => {
		assert.equal(faultCode(() => checkName("fine")), "");
		assert.equal(faultCode(() => checkName("../x")), "bad_name");
		assert.deepEqual(faultDetail(() => checkName("a".repeat(300))), { name: "a".repeat(128), max_length: 127 });
	});
});

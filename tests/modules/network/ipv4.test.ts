import { strict as assert } from "node:assert";
import { contains, overlap, parseAddress } from "network/ipv4";

const CAMERA = { address: "192.168.1.1", mask: "255.255.255.0" };

describe("network/ipv4", function () {
	it("when text is an address then it is 32 bits, else undefined", function () {
		assert.equal(parseAddress("0.0.0.0"), 0);
		assert.equal(parseAddress("192.168.1.1"), 0xc0a80101);
		assert.equal(parseAddress("255.255.255.255"), 0xffffffff);
		for (const text of ["", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.", "a.b.c.d", "1.2.3.4 ", "-1.2.3.4", "1e1.2.3.4", "+1.2.3.4", "0x1.2.3.4", "1.2.3.0004", "01.2.3.4", "1.2.3.00", "1.2.3.4\n", "::1"])
			assert.equal(parseAddress(text), undefined, text);
	});

	it("when an address is on the camera's wire then it is contained", function () {
		for (const address of ["192.168.1.0", "192.168.1.10", "192.168.1.255"])
			assert.ok(contains(CAMERA, address), address);
		for (const address of ["192.168.0.10", "192.168.2.1", "10.0.0.1", "", "nonsense"])
			assert.ok(!contains(CAMERA, address), address);
		assert.ok(contains({ address: "200.1.2.3", mask: "0.0.0.0" }, "10.0.0.1"));
	});

	it("when the lab's network shares addresses with the camera's then they overlap", function () {
		assert.ok(overlap({ address: "192.168.1.57", mask: "255.255.255.0" }, CAMERA));
		assert.ok(overlap({ address: "192.168.0.57", mask: "255.255.254.0" }, CAMERA));
		assert.ok(overlap({ address: "192.168.200.57", mask: "255.255.0.0" }, CAMERA));
		assert.ok(overlap({ address: "192.168.1.130", mask: "255.255.255.128" }, CAMERA));
		assert.ok(!overlap({ address: "192.168.0.57", mask: "255.255.255.0" }, CAMERA));
		assert.ok(!overlap({ address: "10.20.30.40", mask: "255.0.0.0" }, CAMERA));
	});
});

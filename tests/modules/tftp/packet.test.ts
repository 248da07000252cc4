import { strict as assert } from "node:assert";
import { describeError, formatError, parseRequest, writeOACK } from "tftp/packet";
import { seededRandom } from "../../../simulator/random.ts";
import { ascii, describe as words, requestOf } from "../../support/tftp-clients.ts";

function parse(text: string): ReturnType<typeof parseRequest> {
	return parseRequest(ascii(text).buffer as ArrayBuffer);
}

describe("TFTP packets", () => {
	it("when a request has options then they come in lower case, in order", () => {
		assert.deepEqual(parseRequest(requestOf(1, "uImage", "OCTET", "BlkSize", 1468, "TSIZE", 0).buffer as ArrayBuffer), {
			upload: false, name: "uImage", mode: "octet", options: ["blksize", "1468", "tsize", "0"]
		});
	});

	it("when it is a WRQ then it is an upload", () => {
		assert.deepEqual(parse("\0\x02mtd0\0octet\0"), { upload: true, name: "mtd0", mode: "octet", options: [] });
	});

	it("when the name begins with slashes then they are dropped", () => {
		assert.deepEqual(parse("\0\x01//boot/uImage\0octet\0"), { upload: false, name: "boot/uImage", mode: "octet", options: [] });
	});

	it("when an option has no value or no end then it is dropped and the rest holds", () => {
		for (const tail of ["blksize\0", "blksize", "tsize\0" + "0\0blksize\0", "blksize\0" + "1468"])
			assert.deepEqual(parse(`\0\x01a\0octet\0${tail}`), { upload: false, name: "a", mode: "octet", options: tail.startsWith("tsize") ? ["tsize", "0"] : [] });
	});

	const nothing = ["", "\0", "\x01", "\0\0", "\0\x03\0\x01data", "\0\x04\0\0", "\0\x05\0\x01no\0", "\0\x06blksize\0" + "512\0", "\0\x07a\0octet\0", "\x01\x01a\0octet\0", "\xff\xff"];
	for (const text of nothing) {
		it(`when it is no request (${words(ascii(text))}) then there is nobody to answer`, () => {
			assert.equal(parse(text), undefined);
		});
	}

	const bad: [string, string][] = [
		["\0\x01", "request cut short"],
		["\0\x01a", "request cut short"],
		["\0\x01a\0", "request cut short"],
		["\0\x01a\0octet", "request cut short"],
		["\0\x01\0octet\0", "bad file name"],
		["\0\x01///\0octet\0", "bad file name"],
		[`\0\x01${"n".repeat(256)}\0octet\0`, "bad file name"],
		[`\0\x01a\0octet\0${"o".repeat(256)}\0`, "option too long"],
		[`\0\x01a\0octet\0${"o".repeat(600)}`, "request too long"]
	];
	for (const [text, reason] of bad) {
		it(`when a request is ${text.length} bytes of "${text.slice(2, 12).split("\0").join("|")}" then it is a ${reason}`, () => {
			assert.equal(parse(text), reason);
		});
	}

	it("when the bytes are noise then parsing ends with an answer", () => {
		const random = seededRandom(7);
		const seen = { nothing: 0, bad: 0, request: 0 };
		for (let turn = 0; turn < 3000; turn++) {
			const bytes = new Uint8Array(random() * 40);
			for (let at = 0; at < bytes.length; at++)
				bytes[at] = random() < 0.3 ? 0 : random() < 0.5 ? 0x61 + random() * 26 : random() * 256;
			if (random() < 0.9)
				bytes.set([0, 1 + random() * 2].slice(0, bytes.length));
			const request = parseRequest(bytes.buffer as ArrayBuffer);
			seen[request === undefined ? "nothing" : typeof request === "string" ? "bad" : "request"]++;
			if (request !== undefined && typeof request !== "string")
				assert.ok(request.name !== "" && request.options.length % 2 === 0);
			assert.equal(typeof describeError(bytes.buffer as ArrayBuffer), "string");
		}
		assert.ok(seen.nothing > 100 && seen.bad > 100 && seen.request > 100, JSON.stringify(seen));
	});

	it("when an OACK or an error is written then it reads as the RFC says", () => {
		const packet = new Uint8Array(13).fill(9);
		assert.equal(writeOACK(packet, ["blksize", "8"]), 12);
		assert.deepEqual([...packet], [0, 6, 0x62, 0x6c, 0x6b, 0x73, 0x69, 0x7a, 0x65, 0, 0x38, 0, 9]);
		assert.deepEqual([...formatError(2, "no")], [0, 5, 0, 2, 0x6e, 0x6f, 0]);
	});

	it("when a client sends an error then it is described with its code and without control characters", () => {
		assert.equal(describeError(ascii("\0\x05\0\x03Disk\nfull\0rest").buffer as ArrayBuffer), "client: Disk.full (3)");
		assert.equal(describeError(ascii("\0\x05\0\x00").buffer as ArrayBuffer), "client: error 0");
		assert.equal(describeError(ascii(`\0\x05\0\x00${"x".repeat(500)}`).buffer as ArrayBuffer), `client: ${"x".repeat(80)} (0)`);
	});
});

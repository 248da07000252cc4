import { strict as assert } from "node:assert";
import { Refusal } from "base/refusal";
import { HEAD_SIZE, checkHead, parseRequest } from "bootrom/request";
import { FASTBOOT_BODY, FASTBOOT_SPL, FASTBOOT_STEP } from "protocol/limits";
import { BytesContent } from "store/content";
import { filled } from "../../../simulator/random.ts";
import { blob } from "../../support/blob";

describe("bootrom: the fastboot body", () => {
	it("when it is well-formed then addresses and parts are found", () => {
		const request = parseRequest(new BytesContent(blob({ prestep1: filled(128, 5) })));
		assert.equal(request.splAddress, 0x0401_0500);
		assert.equal(request.ddrStepAddress, 0x0401_3000);
		assert.equal(request.ubootAddress, 0x4100_0000);
		assert.deepEqual(request.prestep0, { offset: 14, length: 64 });
		assert.deepEqual(request.ddrstep0, { offset: 80, length: 64 });
		assert.deepEqual(request.prestep1, { offset: 146, length: 128 });
		assert.deepEqual(request.spl, { offset: 278, length: 2_100 });
		assert.deepEqual(request.agent, { offset: 2_382, length: 3_000 });
		assert.equal(request.total, 64 + 64 + 128 + 2_100 + 3_000);
	});

	it("when the SPL has 24,576 bytes and the agent 17,104 then the body has 41,834 bytes and is accepted", () => {
		const body = blob({ spl: filled(24_576, 1), agent: filled(17_104, 2) });
		assert.equal(body.length, 41_834);
		assert.equal(parseRequest(new BytesContent(body)).agent.length, 17_104);
	});

	it("when PRESTEP0 and PRESTEP1 are empty then they are absent", () => {
		const request = parseRequest(new BytesContent(blob({ prestep0: new Uint8Array(0) })));
		assert.equal(request.prestep0, undefined);
		assert.equal(request.prestep1, undefined);
	});

	it("when an address has its highest bit set then it stays unsigned", () => {
		assert.equal(parseRequest(new BytesContent(blob({ splAddress: 0xfffe_0c00 }))).splAddress, 0xfffe_0c00);
	});

	it("when it lies in pieces of one byte then it reads the same", () => {
		const body = blob();
		const pieces = { size: body.length, span: (offset: number, limit: number) => body.subarray(offset, Math.min(offset + limit, offset + 1)) };
		assert.deepEqual(parseRequest(pieces), parseRequest(new BytesContent(body)));
	});

	it("when it is cut at any byte then the field that is cut short is named", () => {
		const body = blob({ prestep0: filled(3, 1), ddrstep0: filled(2, 1), prestep1: filled(1, 1), spl: filled(4, 1), agent: filled(5, 1) });
		const ends: [number, string][] = [
			[4, "spl_address"], [8, "ddr_step_address"], [12, "uboot_address"], [17, "prestep0"], [21, "ddrstep0"], [24, "prestep1"], [32, "spl"], [41, "agent"]
		];
		assert.equal(body.length, 41);
		let start = 0;
		for (const [end, field] of ends) {
			for (let length = start; length < end; length++) {
				const fault = refused(body.subarray(0, length));
				assert.equal(fault.code, "bad_blob");
				assert.equal(fault.detail.field, field, `${length} bytes`);
				assert.ok((fault.detail.needed as number) > (fault.detail.available as number));
			}
			start = end;
		}
	});

	it("when bytes follow the last field then their number is told", () => {
		const body = blob();
		const longer = new Uint8Array(body.length + 3);
		longer.set(body);
		const fault = refused(longer);
		assert.equal(fault.code, "bad_blob");
		assert.equal(fault.detail.trailing, 3);
		assert.match(fault.message, /3 bytes follow/);
	});

	it("when SPL, agent or DDRSTEP0 is empty then it is refused by name", () => {
		for (const field of ["ddrstep0", "spl", "agent"]) {
			const fault = refused(blob({ [field]: new Uint8Array(0) }));
			assert.equal(fault.code, "bad_blob");
			assert.equal(fault.detail.field, field);
			assert.match(fault.message, /is empty/);
		}
	});

	it("when a step or the SPL is longer than its limit then the limit is told, and the limit itself is accepted", () => {
		for (const [field, limit] of [["prestep0", FASTBOOT_STEP], ["ddrstep0", FASTBOOT_STEP], ["prestep1", FASTBOOT_STEP], ["spl", FASTBOOT_SPL]] as const) {
			const fault = refused(blob({ [field]: new Uint8Array(limit + 1) }));
			assert.equal(fault.detail.field, field);
			assert.equal(fault.detail.limit, limit);
			parseRequest(new BytesContent(blob({ [field]: new Uint8Array(limit) })));
		}
	});

	it("when the body is longer than 2 MiB then it is refused unread", () => {
		const content = { size: FASTBOOT_BODY + 1, span: (): Uint8Array => assert.fail("it was read") };
		const fault = caught(() => parseRequest(content));
		assert.equal(fault.code, "blob_too_large");
		assert.equal(fault.detail.limit, 2_097_152);
	});

	it("when a length field lies then nothing beyond the body is touched", () => {
		const body = blob();
		body.fill(0xff, 12, 14);
		assert.equal(refused(body).detail.field, "prestep0");
		const other = blob();
		other.fill(0xff, 2_248, 2_252);
		assert.equal(refused(other).detail.field, "agent");
	});

	it("when only its beginning is there then what is wrong with that is told, and what is right passes whatever its size", () => {
		const check = (body: Uint8Array, size = body.length): void => checkHead(new BytesContent(body.subarray(0, HEAD_SIZE)), size);
		const longest = blob({ prestep0: filled(FASTBOOT_STEP, 1), ddrstep0: filled(FASTBOOT_STEP, 2), prestep1: filled(FASTBOOT_STEP, 3), spl: filled(40_000, 4) });
		for (const size of [longest.length, FASTBOOT_BODY, Infinity])
			check(longest, size);
		assert.throws(() => check(longest, FASTBOOT_BODY + 1), /at most/);
		assert.throws(() => check(longest, 40_000), /spl is cut short/);
		assert.throws(() => check(new Uint8Array(50_000)), /ddrstep0 is empty/);
		assert.throws(() => check(new Uint8Array(50_000).fill(0x41)), /prestep0 has more than 1024 bytes/);
	});
});

function refused(body: Uint8Array): Refusal {
	return caught(() => parseRequest(new BytesContent(body)));
}

function caught(call: () => unknown): Refusal {
	try {
		call();
	}
	catch (error) {
		assert.ok(error instanceof Refusal);
		return error;
	}
	return assert.fail("nothing was thrown");
}

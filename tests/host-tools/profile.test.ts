import { strict as assert } from "node:assert";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure } from "../../host-tools/base/failure.ts";
import { loadChip, loadProfile, parseProfile } from "../../host-tools/profiles/profile.ts";
import { PROFILE } from "./support/dump.ts";

const parse = (fields: object, variant?: string) => parseProfile(JSON.stringify(fields), "/profiles/chip.json", variant);

describe("SoC profiles", () => {
	it("when a profile is complete then its fields are numbers and bytes", () => {
		const profile = parse({ ...PROFILE, PRESTEP1: [1, 2], SRAMLIMIT: "0x3B00" });
		assert.equal(profile.name, "hi3516ev300");
		assert.deepEqual([profile.ddrStepAddress, profile.splAddress, profile.ubootAddress], [0x04013000, 0x04010500, 0x41000000]);
		assert.equal(profile.splSize, 0x6000);
		assert.equal(profile.sramLimit, 0x3B00);
		assert.equal(profile.prestep0.length, 64);
		assert.deepEqual(profile.prestep1, Uint8Array.of(1, 2));
	});

	it("when optional fields are missing then steps are empty", () => {
		const { PRESTEP0: _, ...rest } = PROFILE;
		const profile = parse({ ...rest, ADDRESS: ["FFFE1000", "FFFE0C00", "81000000"] });
		assert.equal(profile.prestep0.length, 0);
		assert.equal(profile.ddrStepAddress, 0xFFFE1000);
		assert.equal(profile.sramLimit, undefined);
	});

	const bad: [string, object, RegExp][] = [
		["ADDRESS is missing", { ADDRESS: undefined }, /ADDRESS is missing.*3 hexadecimal/],
		["ADDRESS is short", { ADDRESS: ["0x1", "0x2"] }, /ADDRESS is/],
		["an address is no number", { ADDRESS: ["0x1", "here", "0x3"] }, /ADDRESS\[1\] is "here"/],
		["an address is too long", { ADDRESS: ["0x1", "0x2", "0x123456789"] }, /ADDRESS\[2\]/],
		["DDRSTEP0 is missing", { DDRSTEP0: undefined }, /DDRSTEP0 is missing/],
		["DDRSTEP0 is empty", { DDRSTEP0: [] }, /DDRSTEP0/],
		["a byte is 256", { DDRSTEP0: [1, 256] }, /DDRSTEP0\[1\] is 256/],
		["a byte is text", { PRESTEP0: ["1"] }, /PRESTEP0\[0\] is "1"/],
		["FILELEN is text", { FILELEN: "0x40" }, /FILELEN/],
		["SRAMLIMIT is a number", { SRAMLIMIT: 100 }, /SRAMLIMIT is 100/],
		["SPL_BLOB is a path", { SPL_BLOB: "../spl.bin" }, /SPL_BLOB/]
	];
	for (const [when, fields, message] of bad) {
		it(`when ${when} then the complaint names the field`, () => {
			assert.throws(() => parse({ ...PROFILE, ...fields }), (error: Failure) => error.kind === "usage" && message.test(error.message));
		});
	}

	it("when it is no JSON then it says so", () => {
		assert.throws(() => parseProfile("{", "x.json"), (error: Failure) => error.kind === "usage" && /neither JSON nor/.test(error.message));
	});

	/** What JSON can be in place of anything. */
	const VALUES: readonly unknown[] = [null, 5, -1, 0.5, "text", "", true, false, [], [null], {}, { a: 1 }];

	for (const value of VALUES.filter(candidate => typeof candidate !== "object" || candidate === null || Array.isArray(candidate))) {
		it(`when the whole is ${JSON.stringify(value)} then it must be an object`, () => {
			assert.throws(() => parseProfile(JSON.stringify(value), "/p/x.json"), (error: Failure) => error.kind === "usage" && error.message === "profile /p/x.json: the profile must be a JSON object");
		});
	}

	/** Which of VALUES each field takes; everything else is named with the field. */
	const TAKES: Readonly<Record<string, readonly unknown[]>> = {
		ADDRESS: [], FILELEN: [], PRESTEP0: [[]], DDRSTEP0: [], PRESTEP1: [[]], SRAMLIMIT: [], SPL_BLOB: ["text"]
	};
	for (const [field, good] of Object.entries(TAKES)) {
		for (const value of VALUES) {
			const fits = good.some(other => JSON.stringify(other) === JSON.stringify(value));
			it(`when ${field} is ${JSON.stringify(value)} then it is ${fits ? "taken" : "refused by its name"}`, () => {
				if (fits)
					return void parse({ ...PROFILE, [field]: value });
				assert.throws(() => parse({ ...PROFILE, [field]: value }), (error: Failure) => error instanceof Failure && error.kind === "usage" && error.message.startsWith(`profile /profiles/chip.json: ${field}`));
			});
		}
	}

	for (const value of VALUES.filter(candidate => typeof candidate !== "object" || candidate === null || Array.isArray(candidate))) {
		it(`when variants, or the one wanted, is ${JSON.stringify(value)} then that is refused by its name`, () => {
			assert.throws(() => parse({ ...PROFILE, variants: value }, "a"), (error: Failure) => error.kind === "usage" && /variants must be a JSON object/.test(error.message));
			assert.throws(() => parse({ ...PROFILE, variants: { a: value } }, "a"), (error: Failure) => error.kind === "usage" && /variants\.a must be a JSON object/.test(error.message));
		});
	}

	it("when values are exactly at a limit then they are taken, and one more is not", () => {
		assert.equal(parse({ ...PROFILE, DDRSTEP0: Array.from({ length: 1024 }, () => 255) }).ddrstep0.length, 1024);
		assert.throws(() => parse({ ...PROFILE, DDRSTEP0: Array.from({ length: 1025 }, () => 0) }), /DDRSTEP0/);
		assert.throws(() => parse({ ...PROFILE, PRESTEP0: [-1] }), /PRESTEP0\[0\]/);
		assert.deepEqual([...parse({ ...PROFILE, PRESTEP0: [0, 255] }).prestep0], [0, 255]);
		assert.equal(parse({ ...PROFILE, ADDRESS: ["0x0", "0", "FFFFFFFF"] }).ubootAddress, 0xFFFFFFFF);
		assert.throws(() => parse({ ...PROFILE, ADDRESS: ["0x100000000", "0", "0"] }), /ADDRESS\[0\]/);
	});

	it("when a variant is chosen then its keys override", () => {
		const fields = { ...PROFILE, variants: { emmc: { SPL_BLOB: "emmc.spl", FILELEN: ["0x40", "0x5000"] } } };
		assert.equal(parse(fields, "emmc").splSize, 0x5000);
		assert.equal(parse(fields, "emmc").splBlob, "/profiles/emmc.spl");
		assert.equal(parse(fields).splBlob, undefined);
		assert.throws(() => parse(fields, "nand"), (error: Failure) => /no variant "nand"/.test(error.message) && /emmc/.test(error.advice));
		assert.throws(() => parse(fields, "toString"), /no variant/);
	});

	describe("in files", () => {
		let folder: string;
		before(() => {
			folder = mkdtempSync(join(tmpdir(), "rackpod-"));
			writeFileSync(join(folder, "chip24.json"), JSON.stringify({ ...PROFILE, variants: { emmc: { name: "with emmc" } } }));
			for (let number = 1; number < 24; number++)
				writeFileSync(join(folder, `chip${number}.json`), `chip${number + 1}.json\n`);
			writeFileSync(join(folder, "a.json"), "b.json");
			writeFileSync(join(folder, "b.json"), "c.json");
			writeFileSync(join(folder, "c.json"), "b.json");
			writeFileSync(join(folder, "lost.json"), "nowhere.json");
		});
		after(() => rmSync(folder, { recursive: true }));

		it("when aliases form a chain of 23 then its end is read", async () => {
			assert.equal((await loadChip(folder, "chip1")).name, "hi3516ev300");
			assert.equal((await loadChip(folder, "chip1:emmc")).name, "with emmc");
			assert.equal((await loadProfile(join(folder, "chip7.json"))).splSize, 0x6000);
		});

		const refused: [string, string, RegExp][] = [
			["aliases lead in a circle", "a", /a\.json -> b\.json -> c\.json -> b\.json lead in a circle/],
			["an alias leads nowhere", "lost", /nowhere\.json, to which lost\.json refers, can't be read/],
			["there is no such chip", "none", /none\.json can't be read/],
			["the name is a path", "../chip1", /not a chip's name/],
			["there are two variants", "chip1:a:b", /not a chip's name/]
		];
		for (const [when, chip, message] of refused) {
			it(`when ${when} then it is refused`, async () => {
				const error = await loadChip(folder, chip).then(() => undefined, (thrown: unknown) => thrown);
				assert.ok(error instanceof Failure && error.kind === "usage");
				assert.match(error.message, message);
			});
		}
	});
});

/** Input that can't be read: a sentence each, before anything is done. */
import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadFastboot } from "../../host-tools/profiles/blob.ts";
import { crcOfFile } from "../../host-tools/base/crc32.ts";
import type { Failure } from "../../host-tools/base/failure.ts";
import { loadDialect } from "../../host-tools/camera/dialect.ts";
import { decodeText, readInput } from "../../host-tools/base/input.ts";
import { loadLayout } from "../../host-tools/flash/layout.ts";
import { loadProfile, parseProfile } from "../../host-tools/profiles/profile.ts";
import { pattern, PROFILE } from "./support/dump.ts";

describe("input", () => {
	let folder: string;
	before(() => {
		folder = mkdtempSync(join(tmpdir(), "rackpod-"));
		mkdirSync(at("folder"));
		execFileSync("mkfifo", [at("pipe")]);
		symlinkSync(at("nowhere"), at("broken"));
		symlinkSync(at("circle"), at("circle"));
		writeFileSync(at("file"), "x");
		writeFileSync(at("secret"), "x");
		chmodSync(at("secret"), 0);
	});
	after(() => rmSync(folder, { recursive: true }));

	const at = (name: string): string => join(folder, name);
	/** Root may read everything: the tests of permissions are somebody else's. */
	const asUser = async <T>(work: () => Promise<T>): Promise<T> => {
		if (process.getuid!() !== 0)
			return work();
		chmodSync(folder, 0o755);
		process.seteuid!(65534);
		try {
			return await work();
		}
		finally {
			process.seteuid!(0);
		}
	};
	const profile = parseProfile(JSON.stringify(PROFILE), "p.json");
	const readers: Readonly<Record<string, (path: string) => Promise<unknown>>> = {
		"a dump": path => loadLayout(path),
		"a file for one place": path => loadLayout(path, undefined, undefined, { at: "0x10000" }),
		"a U-Boot": path => loadFastboot(path, profile),
		"a profile": path => loadProfile(path),
		"a board description": path => loadDialect(path),
		"a file to stage": path => crcOfFile(path)
	};
	const bad: Readonly<Record<string, RegExp>> = {
		nowhere: /can't be read: there is no such file/,
		broken: /is a link to something that is not there|there is no such file/,
		circle: /links lead in a circle/,
		"file/x": /part of its path is no folder/,
		"\0": /can't be read/,
		["x".repeat(300)]: /name is too long/,
		secret: /no permission/
	};
	for (const [what, read] of Object.entries(readers)) {
		for (const [name, message] of Object.entries(bad)) {
			it(`when ${what} is ${JSON.stringify(name.slice(0, 20))} then it says why it can't be read`, async () => {
				await assert.rejects(asUser(() => read(at(name))), (error: Failure) => error.kind === "usage" && message.test(error.message));
			});
		}
		if (what === "a file to stage")
			continue;
		for (const [name, path, message] of [["a pipe", () => at("pipe"), /is a pipe, not a file.*write it to a file first/], ["a device", () => "/dev/null", /is a device, not a file/]] as const) {
			it(`when ${what} is ${name} then it says so, and doesn't wait`, async () => {
				await assert.rejects(read(path()), (error: Failure) => error.kind === "usage" && message.test(`${error.message} ${error.advice}`));
			});
		}
		if (what !== "a dump") {
			it(`when ${what} is a folder then it says so`, async () => {
				await assert.rejects(read(at("folder")), (error: Failure) => error.kind === "usage" && /folder/.test(error.message));
			});
		}
	}

	it("when a part of a dump is a pipe or a broken link then it says so", async () => {
		for (const make of [(path: string) => void execFileSync("mkfifo", [path]), (path: string) => symlinkSync("/nowhere", path)]) {
			const dump = mkdtempSync(at("dump"));
			writeFileSync(join(dump, "mtd0"), "x");
			make(join(dump, "mtd1"));
			await assert.rejects(loadLayout(dump), (error: Failure) => error.kind === "usage" && /mtd1 is (a pipe|a link)/.test(error.message));
		}
	});

	it("when a folder may not be listed then it says so", async () => {
		mkdirSync(at("closed"), { mode: 0o711 });
		await assert.rejects(asUser(() => loadLayout(at("closed"))), (error: Failure) => error.kind === "usage" && /closed can't be read: no permission/.test(error.message));
	});

	it("when a file is larger than it may be then the sizes are said", async () => {
		writeFileSync(at("large"), pattern(2 * 1024 * 1024 + 1, 1));
		await assert.rejects(loadFastboot(at("large"), profile), (error: Failure) => error.kind === "usage" && /more than the 2048 KB/.test(error.message));
		assert.equal((await readInput(at("file"), { what: "x" }, 1)).length, 1);
	});

	it("when U-Boot and its SPL are more than the pod takes then the sizes are said", async () => {
		writeFileSync(at("nearly"), pattern(2 * 1024 * 1024, 1));
		await assert.rejects(loadFastboot(at("nearly"), profile), (error: Failure) => error.kind === "usage" && /together, and the pod takes 2048 KB/.test(error.message));
	});

	const uboots: readonly [string, Uint8Array | string, RegExp][] = [
		["a readme", "# rackpod\n\nA lab rack holds a hundred cameras.\n".repeat(100), /is a text, not a U-Boot/],
		["gzip", Buffer.concat([Buffer.from("1f8b08", "hex"), pattern(20000, 1)]), /gzip.*gunzip/],
		["zip", Buffer.concat([Buffer.from("PK\x03\x04"), pattern(20000, 1)]), /zip/],
		["ELF", Buffer.concat([Buffer.from("\x7fELF"), pattern(20000, 1)]), /ELF program.*objcopy/],
		["erased flash", Buffer.alloc(20000, 0xFF), /only bytes 0xff/],
		["a kernel", Buffer.concat([Buffer.from("27051956", "hex"), Buffer.alloc(26), Buffer.from([2]), pattern(20000, 1)]), /kernel/]
	];
	for (const [name, bytes, message] of uboots) {
		it(`when --uboot is ${name} then it is named, and taken by force`, async () => {
			writeFileSync(at("u-boot"), bytes);
			await assert.rejects(loadFastboot(at("u-boot"), profile), (error: Failure) => error.kind === "usage" && message.test(`${error.message} ${error.advice}`) && /--force/.test(error.advice));
			await loadFastboot(at("u-boot"), profile, true);
		});
	}

	for (const [name, bytes, message] of [["null", "null", /must be a JSON object/], ["5", "5", /must be a JSON object/], ["[]", "[]", /must be a JSON object/], ["words", "no profile at all, only words and words", /neither JSON nor/], ["empty", "", /neither JSON nor/],
		["gzip", Buffer.from("1f8b0800", "hex"), /gzip/], ["ELF", Buffer.from("\x7fELF"), /ELF/], ["a whole flash", Buffer.alloc(2 * 1024 * 1024), /more than the 1024 KB/]] as const) {
		it(`when a profile is ${name} then it is refused by name`, async () => {
			writeFileSync(at("bad.json"), bytes);
			await assert.rejects(loadProfile(at("bad.json")), (error: Failure) => error.kind === "usage" && message.test(error.message));
		});
	}

	for (const [name, encode] of [["UTF-8", (text: string) => Buffer.from(`\ufeff${text}`)], ["UTF-16", (text: string) => Buffer.from(`\ufeff${text}`, "utf16le")], ["UTF-16 the other way", (text: string) => Buffer.from(`\ufeff${text}`, "utf16le").swap16()]] as const) {
		it(`when JSON begins with the byte order mark of ${name} then it is read`, async () => {
			writeFileSync(at("profile.json"), encode(JSON.stringify(PROFILE)));
			writeFileSync(at("alias.json"), encode("profile.json"));
			writeFileSync(at("board.json"), encode("{\"eraseSize\":\"4K\"}"));
			assert.equal((await loadProfile(at("alias.json"))).splSize, 0x6000);
			assert.equal((await loadDialect(at("board.json"))).eraseSize, 4096);
			assert.equal(decodeText(encode("{}")), "{}");
		});
	}
});

import { strict as assert } from "node:assert";
import { Failure } from "../../host-tools/base/failure.ts";
import { bytesTransferred, crcOfAnswer, isUnknownCommand, lastPercent, verdict } from "../../host-tools/camera/answers.ts";
import { flashSizeOf } from "../../host-tools/flash/nor-answers.ts";
import { commandLine, DEFAULT_DIALECT, parseDialect } from "../../host-tools/camera/dialect.ts";

const M = 1024 * 1024;
const { probe, load, crc, read, erase, write } = DEFAULT_DIALECT.commands;

describe("U-Boot's answers", () => {
	const sizes: [string, string, number | undefined][] = [
		["upstream's", "SF: Detected w25q128 with page size 256 Bytes, erase size 64 KiB, total 16 MiB", 16 * M],
		["sifive's", "SF: Detected is25wp256 with page size 256 Bytes, erase size 4 KiB, total 32 MiB", 32 * M],
		["the vendor's", "SPI Nor(cs 0) ID: 0xef 0x40 0x18\nBlock:64KB Chip:16MB Name:\"W25Q128FV\"", 16 * M],
		["the vendor's with a count", "Block:64KB Chip:16MB*1 \nID:0xEF 0x40 0x18", 16 * M],
		["2010.06's", "16384 KiB hi_fmc at 0:0 is now current device", 16 * M],
		["2010.06's with its prefix", "SF: 8192 KiB hi_sfc at 0:0 is now current device", 8 * M],
		["one that tells only what is reached", "SF: Warning - Only lower 16MiB accessible, Full access #define CONFIG_SPI_FLASH_BAR", 16 * M],
		["an empty one", "", undefined],
		["one without a size", "SF: Detected something", undefined]
	];
	for (const [which, answer, size] of sizes) {
		it(`when sf probe's answer is ${which} then the flash has ${size} bytes`, () => {
			assert.equal(flashSizeOf(answer), size);
		});
	}

	it("when crc32 answers then its digits are read in either case", () => {
		assert.equal(crcOfAnswer("crc32 for 42000000 ... 4200ffff ==> 0a1b2c3d"), "0a1b2c3d");
		assert.equal(crcOfAnswer("CRC32 for 10800000 ... 1080ffff ==> 0A1B2C3D"), "0a1b2c3d");
		assert.equal(crcOfAnswer("crc32 for 42000000 ... 4200ffff ==> 0a1b2c3"), undefined);
		assert.equal(crcOfAnswer("Unknown command 'crc32'"), undefined);
	});

	it("when a load is over then its bytes are counted", () => {
		assert.equal(bytesTransferred("done\nBytes transferred = 65536 (10000 hex)"), 65536);
		assert.equal(bytesTransferred("Retry count exceeded; starting again"), undefined);
	});

	it("when progress is overwritten then the last percentage counts", () => {
		assert.equal(lastPercent("Erasing at 0x10000 --  25% complete.\rErasing at 0x20000 --  50% complete."), 50);
		assert.equal(lastPercent("nothing"), undefined);
	});

	const verdicts: [string, Parameters<typeof verdict>[1], "ok" | "failed" | "unclear"][] = [
		["SF: 65536 bytes @ 0x40000 Erased: OK", erase, "ok"],
		["Erasing at 0x50000 -- 100% complete.", erase, "ok"],
		["SF: 65536 bytes @ 0x40000 Erased: ERROR", erase, "failed"],
		["SF: Erase offset/length not multiple of erase size\nSF: 100 bytes @ 0x0 Erased: ERROR", erase, "failed"],
		["", erase, "unclear"],
		["SF: 65536 bytes @ 0x40000 Written: OK", write, "ok"],
		["ERROR: attempting write past flash size (0x1000000)", write, "failed"],
		["Flash is protected", write, "failed"],
		["No SPI flash selected. Please run `sf probe'", read, "failed"],
		["Unknown command 'sf' - try 'help'", probe, "failed"],
		["Failed to initialize SPI flash at 0:0 (error -2)", probe, "failed"],
		["Usage:\nsf probe [[bus:]cs]", probe, "failed"],
		["TFTP error: 'File not found' (1)\nNot retrying...", load, "failed"],
		["Loading: T T T T\nRetry count exceeded; starting again", load, "failed"],
		["*** ERROR: `serverip' not set", load, "failed"],
		["Loading: ###\nAbort", load, "failed"],
		["Loading: ###T #\ndone\nBytes transferred = 5 (5 hex)", load, "ok"],
		["Loading: ###", load, "unclear"],
		["crc32 for 0 ... 1 ==> 00000000", crc, "ok"]
	];
	for (const [answer, command, expected] of verdicts) {
		it(`when "${command.send.split(" ").slice(0, 2).join(" ")}" answers ${JSON.stringify(answer)} then it is ${expected}`, () => {
			assert.equal(verdict(answer, command), expected);
		});
	}

	it("when a command is unknown then that is seen", () => {
		assert.ok(isUnknownCommand("Unknown command 'nand' - try 'help'"));
		assert.ok(!isUnknownCommand("## Error: \"x\" not defined"));
	});
});

describe("board descriptions", () => {
	it("when only some fields are given then the rest is the default's", () => {
		const board = parseDialect(JSON.stringify({ name: "sifive_u", prompts: ["=> "], ram: "0x84000000", eraseSize: "4K", commands: { update: "sf update {ram} {offset} {size}", probe: { send: "sf probe", seconds: 3 } } }), "x.json");
		assert.equal(board.ram, 0x84000000);
		assert.equal(board.eraseSize, 4096);
		assert.equal(board.transferLimit, 8 * M);
		assert.deepEqual(board.commands.probe, { send: "sf probe", otherwise: undefined, ok: undefined, failed: undefined, seconds: 3 });
		assert.equal(board.commands.update!.ok, undefined);
		assert.equal(board.commands.load, DEFAULT_DIALECT.commands.load);
	});

	it("when a pattern is given then it judges", () => {
		const { erase: own } = parseDialect(JSON.stringify({ commands: { erase: { send: "flerase {offset} {erase}", ok: "gone$", failed: "nope" } } }), "x.json").commands;
		assert.deepEqual([verdict("all gone", own), verdict("nope", own), verdict("error", own)], ["ok", "failed", "unclear"]);
	});

	it("when a command line is filled in then only known names are replaced", () => {
		assert.equal(commandLine("sf write {ram} {offset} {size} {else}", { ram: "0x1", offset: "0x2", size: "0x3" }), "sf write 0x1 0x2 0x3 {else}");
	});

	const bad: [string, string, RegExp][] = [
		["it is no JSON", "{", /not JSON/],
		["it is a list", "[]", /JSON object/],
		["a field is misspelt", "{\"promts\":[]}", /promts must be left out.*prompts/],
		["a size is text", "{\"ram\":\"here\"}", /ram must be a size/],
		["prompts are no list", "{\"prompts\":\"=> \"}", /prompts must be a list/],
		["a command is unknown", "{\"commands\":{\"format\":\"x\"}}", /commands\.format must be one of/],
		["a command line is empty", "{\"commands\":{\"erase\":\"\"}}", /commands\.erase must be a command line/],
		["a command's field is misspelt", "{\"commands\":{\"erase\":{\"send\":\"x\",\"okay\":\"y\"}}}", /commands\.erase must be/],
		["a pattern is broken", "{\"commands\":{\"erase\":{\"send\":\"x\",\"ok\":\"(\"}}}", /commands\.erase\.ok must be a regular expression/],
		["a time is negative", "{\"commands\":{\"erase\":{\"send\":\"x\",\"seconds\":-1}}}", /commands\.erase\.seconds/]
	];
	for (const [when, text, message] of bad) {
		it(`when ${when} then it is refused by its name`, () => {
			assert.throws(() => parseDialect(text, "x.json"), (error: Failure) => error.kind === "usage" && message.test(error.message));
		});
	}
});

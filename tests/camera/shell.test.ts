import { strict as assert } from "node:assert";
import { crc32 } from "../../simulator/camera/crc.ts";
import { Environment, defaultEnvironment, ENVIRONMENT_SIZE } from "../../simulator/camera/environment.ts";
import { parsePartitions } from "../../simulator/camera/mtd-partitions.ts";
import { expand, parseLine } from "../../simulator/camera/shell-parser.ts";

/** Each step as "after word|word". */
function parsed(line: string, hush = true, variables: Record<string, string> = {}): string[] {
	return parseLine(line, hush).map(({ after, words }) => `${after} ${expand(words, name => variables[name] ?? "").join("|")}`);
}

describe("shell parser (hush)", () => {
	for (const [line, steps] of [
		["", []],
		["  # a comment", []],
		["echo a  b\tc", ["; echo|a|b|c"]],
		["a; b && c || d", ["; a", "; b", "&& c", "|| d"]],
		[";;a;", ["; a"]],
		["a\nb", ["; a", "; b"]],
		["echo 'a  b'\"c d\"e", ["; echo|a  bc de"]],
		["echo 'xxxx''yyyy'", ["; echo|xxxxyyyy"]],
		["echo ''", ["; echo|"]],
		["setenv bootcmd a\\; b", ["; setenv|bootcmd|a;|b"]],
		["setenv x '${v}'; setenv y \"${v}\"; setenv z ${v}", ["; setenv|x|${v}", "; setenv|y|1  2", "; setenv|z|1|2"]],
		["echo a${v}b", ["; echo|a1|2b"]],
		["echo \"\\${v} \\\" \\n\"", ["; echo|${v} \" \\n"]],
		["echo \\${v}", ["; echo|${v}"]],
		["echo ${unknown} $unknown x", ["; echo|x"]],
		["echo $v.", ["; echo|1|2."]],
		["echo $ a$", ["; echo|$|a$"]],
		["echo a#b # c", ["; echo|a#b"]],
		["echo \"a;b&&c\"", ["; echo|a;b&&c"]],
		["echo ${v", ["; echo|${v"]],
		["echo 'open", ["; echo|open"]]
	] as [string, string[]][]) {
		it(`when it reads ${JSON.stringify(line)} then it finds ${JSON.stringify(steps)}`, () => {
			assert.deepEqual(parsed(line, true, { v: "1  2" }), steps);
		});
	}

	it("when a variable holds a semicolon then it does not begin a new command", () => {
		assert.deepEqual(parsed("setenv bootcmd ${bootcmdnor}", true, { bootcmdnor: "sf probe 0; bootm" }), ["; setenv|bootcmd|sf|probe|0;|bootm"]);
	});
});

describe("shell parser (simple)", () => {
	it("when there are && and comments then they are plain words", () => {
		assert.deepEqual(parsed("a && b; # c", false), ["; a|&&|b", "; #|c"]);
	});

	it("when variables are written in either bracket then they are filled in, but not without one", () => {
		assert.deepEqual(parsed("echo ${v} $(v) $v '${v}'", false, { v: "1" }), ["; echo|1|1|$v|${v}"]);
	});
});

describe("environment", () => {
	it("when it is encoded then the block holds CRC-32 and strings as the specification says, and decodes to the same", () => {
		const environment = new Environment([["b", "2"], ["a", "1"]]);
		const block = Buffer.from(environment.encode()!);
		assert.equal(block.length, ENVIRONMENT_SIZE);
		assert.equal(block.readUInt32LE(0), crc32(block.subarray(4)));
		assert.equal(block.subarray(4, 14).toString("latin1"), "a=1\0b=2\0\0\0");
		assert.deepEqual(Environment.decode(block)!.list(), [["a", "1"], ["b", "2"]]);
	});

	it("when a bit of the block is wrong or it is blank then there is none", () => {
		const block = new Environment([["a", "1"]]).encode()!;
		for (const index of [0, 4, 100, ENVIRONMENT_SIZE - 1]) {
			const broken = block.slice();
			broken[index]! ^= 4;
			assert.equal(Environment.decode(broken), undefined);
		}
		assert.equal(Environment.decode(new Uint8Array(ENVIRONMENT_SIZE).fill(0xff)), undefined);
	});

	it("when it does not fit then it is not encoded", () => {
		const environment = new Environment([["a", "x".repeat(ENVIRONMENT_SIZE - 7)]]);
		assert.equal(environment.encode(), undefined);
		environment.set("a", "x".repeat(ENVIRONMENT_SIZE - 8));
		assert.deepEqual(Environment.decode(environment.encode()!)!.list(), environment.list());
	});

	it("when a value is empty then the variable is gone", () => {
		const environment = new Environment([["a", "1"]]);
		environment.set("a", "");
		assert.equal(environment.get("a"), undefined);
		assert.deepEqual(environment.list(), []);
	});

	it("when the flash is 8 or 16 MB then the default layout is the installer's", () => {
		for (const [size, kernel, rootfs] of [[8, 0x200000, 0x250000], [16, 0x300000, 0x350000]] as const) {
			const environment = defaultEnvironment(size << 20, 1);
			const partitions = parsePartitions(`mtdparts=${environment.get("mtdparts")}`, size << 20);
			assert.deepEqual(partitions.slice(0, 4).map(({ name, offset }) => [name, offset]), [["boot", 0], ["env", 0x40000], ["kernel", 0x50000], ["rootfs", rootfs]]);
			assert.equal(partitions[2]!.size, kernel);
			assert.ok(environment.get("bootcmd")!.includes(`0x50000 0x${kernel.toString(16)}`));
		}
	});
});

describe("partitions", () => {
	it("when the list has offsets, units and a rest then they are placed as the kernel does", () => {
		assert.deepEqual(parsePartitions("console=x mtdparts=hi_sfc:1M(a),64k@0x0(b),512(c),-(d) quiet", 4 << 20).map(({ name, offset, size }) => [name, offset, size]).slice(0, 1),
			[["a", 0, 1 << 20]]);
		assert.deepEqual(parsePartitions("mtdparts=hi_sfc:64k(a),64k@256k(b),-(c)", 1 << 20), [
			{ name: "a", offset: 0, size: 65536 }, { name: "b", offset: 262144, size: 65536 }, { name: "c", offset: 327680, size: (1 << 20) - 327680 }
		]);
	});

	it("when there is none or it exceeds the chip then there are none or what is left", () => {
		assert.deepEqual(parsePartitions("root=/dev/mtdblock3", 1 << 20), []);
		assert.deepEqual(parsePartitions("mtdparts=x:768k(a),768k(b),-(c)", 1 << 20).map(({ size }) => size), [786432, 262144, 0]);
	});
});

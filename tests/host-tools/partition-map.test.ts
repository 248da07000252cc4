import { strict as assert } from "node:assert";
import type { Failure } from "../../host-tools/base/failure.ts";
import { parseMap } from "../../host-tools/flash/partition-map.ts";

const places = (text: string): string => parseMap(text).map(({ name, offset, size }) => `${name} 0x${offset.toString(16)} ${size === undefined ? "rest" : `0x${size.toString(16)}`}`).join(", ");
const BOTH = "boot 0x0 0x40000, rest 0x40000 rest";

describe("a partition map", () => {
	const forms: [string, string, string][] = [
		["has a partition over the whole flash", "256k(boot),-(rest),16384k@0(all)", `${BOTH}, all 0x0 0x1000000`],
		["begins with it", "16384k@0(all),256k@0(boot),64k(env)", "all 0x0 0x1000000, boot 0x0 0x40000, env 0x40000 0x10000"],
		["has names with any character", "256k(my boot),64k(a,b;c:d[e]=$f'),-(rest/1)", "my boot 0x0 0x40000, a,b;c:d[e]=$f' 0x40000 0x10000, rest/1 0x50000 rest"],
		["has flags", "256k(boot)ro,64k(env)rolk,64k(a)slc,-(b)lkslcro", "boot 0x0 0x40000, env 0x40000 0x10000, a 0x50000 0x10000, b 0x60000 rest"],
		["has a partition without a name", "256k(boot),64k", "boot 0x0 0x40000, Partition_001 0x40000 0x10000"],
		["has spaces between", " 256k(boot), -(rest) ", BOTH],
		["has a device with colons in its name", "1f000000.spi:0:256k(boot)ro,-(rest)", BOTH],
		["has a NAND beside the NOR", "hinand:512k(x),-(ubi);hi_sfc:256k(boot),-(rest)", BOTH],
		["has an end of its own", "hi_sfc:256k(boot),-(rest);", BOTH],
		["is for a gigabyte", "1g(a),-(b)", "a 0x0 0x40000000, b 0x40000000 rest"],
		["stands in /proc/cmdline", "mem=32M console=ttyAMA0,115200 root=/dev/mtdblock3 mtdparts=hi_sfc:256k(boot),-(rest) quiet\n", BOTH],
		["stands there with a space in a name", "mtdparts=hi_sfc:256k(boot),-(the rest) quiet", "boot 0x0 0x40000, the rest 0x40000 rest"],
		["stands in quotes", "'hi_sfc:256k(boot),-(rest)'", BOTH],
		["stands in quotes behind its name", "mtdparts=\"hi_sfc:256k(boot),-(rest)\" quiet", BOTH],
		["is U-Boot's variable", "mtdparts=mtdparts=hi_sfc:256k(boot),-(rest)", BOTH],
		["stands in U-Boot's bootargs", "bootargs=mem=32M console=ttyAMA0 mtdparts=hi_sfc:256k(boot),-(rest)", BOTH],
		["stands in an environment that refers to it", "bootargs=mem=${osmem} mtdparts=${mtdparts}\nmtdparts=hi_sfc:256k(boot),-(rest)\nstdin=serial\n", BOTH],
		["is a command in an environment", "mtdpartsnor16m=setenv mtdparts hi_sfc:256k(boot),-(rest)\n", BOTH],
		["is a quoted command", "setenv mtdparts 'hi_sfc:256k(boot),-(rest)'", BOTH],
		["is /proc/mtd", "dev:    size   erasesize  name\nmtd0: 00040000 00010000 \"boot\"\nmtd1: 00fc0000 00010000 \"rest\"\nmtd2: 01000000 00010000 \"all\"\n", "boot 0x0 0x40000, rest 0x40000 0xfc0000, all 0x0 0x1000000"]
	];
	for (const [when, text, expected] of forms) {
		it(`when it ${when} then it is read`, () => {
			assert.equal(places(text), expected);
		});
	}

	const refused: [string, string, RegExp][] = [
		["is empty", "", /"" is not a partition/],
		["has an empty name", "256k()", /not a partition/],
		["has a comma too many", "256k(boot),,64k(env)", /"" is not a partition/],
		["has an unknown flag", "256k(boot)rx", /"256k\(boot\)rx" is not a partition/],
		["has several NORs", "spi0.0:1M(a);spi1.0:2M(b)", /several flashes: spi0\.0, spi1\.0.*--layout/],
		["is only the name of another", "bootargs=mtdparts=${mtdparts}", /no map in.*printenv mtdparts/],
		["is one of several", "mtdpartsnor8m=setenv mtdparts hi_sfc:256k(boot)\nmtdpartsnor16m=setenv mtdparts hi_sfc:1M(boot)", /several maps.*in force/],
		["is /proc/mtd without its partitions", "dev:    size   erasesize  name\n", /no partition/],
		["has control characters", "256k(boot),\x1b[2J\u202e", /\\x1b\[2J\\u202e/]
	];
	for (const [when, text, message] of refused) {
		it(`when it ${when} then it is refused`, () => {
			assert.throws(() => parseMap(text), (error: Failure) => error.kind === "usage" && message.test(`${error.message} ${error.advice}`) && !/[\x1b\u202e]/.test(error.message));
		});
	}
});

/**
 * Tests with programs that a machine may lack. What is missing skips the suite it is said in, with one plain line. mocha runs such a
 * suite's own hooks all the same: what they start belongs into a suite inside it.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { PackageError, packages } from "../../simulator/qemu/packages.ts";

interface Kind {
	/** They make it tell what it can. */
	args: string[];
	/** What the right one says then. */
	says: RegExp;
	/** As in "nc is not ...". */
	name: string;
}

/** The wire that the simulator gives to QEMU. */
const STREAM: Kind = { args: ["-machine", "none", "-netdev", "help"], says: /^stream$/m, name: "of QEMU 7.2 or newer" };

/** Names that other programs have, too, or programs that may be built without what the tests use. */
const KINDS: Readonly<Record<string, Kind>> = {
	busybox: { args: ["tftp", "--help"], says: /^\s*-b SIZE/m, name: "one with tftp and its block sizes" },
	curl: { args: ["-V"], says: /^Protocols:.* tftp\b/m, name: "one with TFTP" },
	nc: { args: ["-h"], says: /^\s*-N\s/m, name: "OpenBSD's netcat" },
	"qemu-system-aarch64": STREAM,
	"qemu-system-riscv64": STREAM,
	tftp: { args: ["-V"], says: /tftp-hpa/, name: "tftp-hpa" }
};

/** Programs, and of those in KINDS the right one. */
export function needs(...programs: string[]): void {
	before(function () {
		const missing = programs.filter(program => !installed(program));
		if (missing.length)
			skip(this, `${missing.join(", ")} not installed`);
		const other = programs.find(program => !isKind(program, KINDS[program]));
		if (other)
			skip(this, `${other} is not ${KINDS[other]!.name}`);
	});
}

/** Modules of Debian's Python. */
export function needsPython(...modules: string[]): void {
	before(function () {
		try {
			execFileSync(PYTHON, ["-c", `import ${modules.join(", ")}`], { stdio: "ignore" });
		}
		catch {
			skip(this, `${PYTHON} with ${modules.join(", ")} not installed`);
		}
	});
}

/** Debian packages of other architectures (simulator/qemu/packages.json), fetched when they are not here yet. */
export function needsPackages(...names: string[]): void {
	before(async function () {
		this.timeout(600_000);
		try {
			await packages(...names);
		}
		catch (error) {
			if (!(error instanceof PackageError))
				throw error;
			skip(this, error.message);
		}
	});
}

/** Anything else: `obstacle` says in a line what stands in the way, or undefined. */
export function needsNo(obstacle: () => string | undefined): void {
	before(function () {
		const reason = obstacle();
		if (reason)
			skip(this, reason);
	});
}

/** Where Debian's Python modules are found, whatever `python3` is. */
export const PYTHON = "/usr/bin/python3";

function skip(context: Mocha.Context, reason: string): never {
	console.log(`skipped: ${context.test?.parent?.fullTitle()}: ${reason}`);
	context.skip();
}

function installed(program: string): boolean {
	try {
		execFileSync("sh", ["-c", `command -v "$1"`, "sh", program], { stdio: "ignore" });
		return true;
	}
	catch {
		return false;
	}
}

function isKind(program: string, kind: Kind | undefined): boolean {
	if (!kind)
		return true;
	const { stdout, stderr } = spawnSync(program, kind.args, { input: "", encoding: "latin1", timeout: 10_000 });
	return kind.says.test(stdout + stderr);
}

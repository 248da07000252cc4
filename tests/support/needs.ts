/**
 * Tests with programs that a machine may lack. What is missing skips the suite it is said in, with one plain line. mocha runs such a
 * suite's own hooks all the same: what they start belongs into a suite inside it.
 */
import { execFileSync } from "node:child_process";
import { PackageError, packages } from "../../simulator/qemu/packages.ts";

/** Programs. */
export function needs(...programs: string[]): void {
	before(function () {
		const missing = programs.filter(program => !installed(program));
		if (missing.length)
			skip(this, `${missing.join(", ")} not installed`);
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

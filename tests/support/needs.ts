/** Tests with programs that a machine may lack. */
import { execFileSync } from "node:child_process";

/** Skips the suite it is called in, with one plain line, where a program is missing. */
export function needs(...programs: string[]): void {
	before(function () {
		const missing = programs.filter(program => !installed(program));
		if (missing.length) {
			console.log(`skipped: ${this.test?.parent?.fullTitle()}: ${missing.join(", ")} not installed`);
			this.skip();
		}
	});
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

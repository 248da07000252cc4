/** Whether a program is installed, and how to get the ones that the QEMU cameras need. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Debian packages. */
const PACKAGES: Readonly<Record<string, string>> = {
	"qemu-system-riscv64": "qemu-system-misc",
	"qemu-system-aarch64": "qemu-system-arm",
	ip: "iproute2",
	xz: "xz-utils"
};

/** One line that says what is not installed and how it comes here; undefined when all is there. */
export function programObstacle(...programs: string[]): string | undefined {
	const missing = programs.filter(program => !installed(program));
	if (missing.length === 0)
		return undefined;
	const packages = missing.map(program => PACKAGES[program] ?? program);
	return `${missing.join(", ")} not installed (on Debian: apt-get install ${packages.join(" ")})`;
}

function installed(program: string): boolean {
	return (process.env["PATH"] ?? "").split(delimiter).some(folder => {
		try {
			accessSync(join(folder, program), constants.X_OK);
			return true;
		}
		catch {
			return false;
		}
	});
}

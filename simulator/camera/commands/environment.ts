/** printenv, setenv, saveenv, run. */
import { ENVIRONMENT_OFFSET, ENVIRONMENT_SIZE } from "../environment.ts";
import { eraseFlash, writeFlash } from "../flash-driver.ts";
import type { Program } from "../processor.ts";
import type { Commands, UBoot } from "../u-boot.ts";

export const ENVIRONMENT: Commands = {
	printenv: {
		help: "print environment variables",
		usage: ["\n    - print values of all environment variables", "name ...\n    - print value of environment variable 'name'"],
		*run(uboot, args) {
			const { environment } = uboot;
			let status = 0;
			for (const name of args) {
				const value = environment.get(name);
				if (value === undefined)
					status = 1;
				yield* uboot.print(value === undefined ? `## Error: "${name}" not defined\n` : `${name}=${value}\n`);
			}
			if (!args.length) {
				for (const [name, value] of environment.list())
					yield* uboot.print(`${name}=${value}\n`);
				yield* uboot.print(`\nEnvironment size: ${environment.size}/${ENVIRONMENT_SIZE - 4} bytes\n`);
			}
			return status;
		}
	},
	setenv: {
		help: "set environment variables",
		usage: ["name value ...\n    - set environment variable 'name' to 'value ...'", "name\n    - delete environment variable 'name'"],
		once: true,
		*run(uboot, [name, ...words]) {
			if (name === undefined)
				return yield* uboot.usage("setenv");
			if (name.includes("=")) {
				yield* uboot.print(`## Error: illegal character '=' in variable name "${name}"\n`);
				return 1;
			}
			const value = words.join(" ");
			if (name === "baudrate" && value && !(yield* switchBaud(uboot, value)))
				return 1;
			uboot.environment.set(name, value);
			return 0;
		}
	},
	saveenv: {
		help: "save environment variables to persistent storage",
		usage: [""],
		once: true,
		*run(uboot) {
			const { machine } = uboot;
			yield* uboot.print("Saving Environment to SPI Flash...\n");
			const block = uboot.environment.encode();
			if (!block) {
				yield* uboot.print("## Error: environment overflow, environment not saved\n");
				return 1;
			}
			yield* uboot.print("Erasing SPI flash...");
			yield* eraseFlash(machine, ENVIRONMENT_OFFSET, ENVIRONMENT_SIZE, 65536);
			yield* uboot.print("Writing to SPI flash...");
			yield* writeFlash(machine, ENVIRONMENT_OFFSET, block);
			yield* uboot.print("done\n");
			machine.emit("saveenv", {});
			return 0;
		}
	},
	run: {
		help: "run commands in an environment variable",
		usage: ["var [...]\n    - run the commands in the environment variable(s) 'var'"],
		*run(uboot, names) {
			if (!names.length)
				return yield* uboot.usage("run");
			for (const name of names) {
				const line = uboot.environment.get(name);
				if (line === undefined) {
					yield* uboot.print(`## Error: "${name}" not defined\n`);
					return 1;
				}
				if ((yield* uboot.execute(line)) !== 0)
					return 1;
			}
			return 0;
		}
	}
};

const RATES = Object.freeze(["9600", "19200", "38400", "57600", "115200", "230400", "460800", "921600"]);

/** False when the rate is none. */
function* switchBaud(uboot: UBoot, rate: string): Program<boolean> {
	const { uart, processor } = uboot.machine;
	if (Number(rate) === uart.baud)
		return true;
	if (!RATES.includes(rate)) {
		yield* uboot.print(`## Baudrate ${rate} bps not supported\n`);
		return false;
	}
	yield* uboot.print(`## Switch baudrate to ${rate} bps and press ENTER ...\n`);
	yield* uart.drain();
	yield* processor.sleep(50);
	uart.baud = Number(rate);
	yield* processor.sleep(50);
	while ((yield* uart.get()) !== 13);
	return true;
}

/** echo, help, sleep, version, true, false. */
import type { Commands } from "../u-boot.ts";

export const HELP: Commands = {
	echo: {
		help: "echo args to console",
		usage: ["[args..]\n    - echo args to console; \\c suppresses newline"],
		*run(uboot, args) {
			const open = args.at(-1) === "\\c";
			yield* uboot.print((open ? args.slice(0, -1) : args).join(" ") + (open ? "" : "\n"));
			return 0;
		}
	},
	help: {
		help: "print command description/usage",
		usage: ["\n\t- print brief description of all commands", "command ...\n\t- print detailed usage of 'command'"],
		*run(uboot, args) {
			for (const name of args) {
				const found = uboot.find(name);
				if (found)
					yield* uboot.usage(found);
				else
					yield* uboot.print(`Unknown command '${name}' - try 'help' without arguments for list of all known commands\n\n`);
			}
			if (!args.length) {
				for (const name of Object.keys(uboot.commands).sort().filter(name => uboot.find(name) === name))
					yield* uboot.print(`${name.padEnd(8)}- ${uboot.commands[name]!.help}\n`);
			}
			return 0;
		}
	},
	sleep: {
		help: "delay execution for some time",
		usage: ["N\n    - delay execution for N seconds (N is _decimal_ !!!)"],
		*run(uboot, [seconds]) {
			const { processor, uart } = uboot.machine;
			if (!seconds || !/^\d+$/.test(seconds))
				return yield* uboot.usage("sleep");
			for (const end = processor.time.now() + Number(seconds) * 1000; processor.time.now() < end;) {
				if (uart.swallow())
					return 1;
				yield { milliseconds: end - processor.time.now(), ready: () => uart.available > 0 };
			}
			return 0;
		}
	},
	version: {
		help: "print monitor, compiler and linker version",
		usage: [""],
		*run(uboot) {
			yield* uboot.print(`${uboot.version}\narm-hisiv510-linux-gcc\n`);
			return 0;
		}
	},
	true: {
		help: "do nothing, successfully",
		usage: [""],
		*run() {
			return 0;
		}
	},
	false: {
		help: "do nothing, unsuccessfully",
		usage: [""],
		*run() {
			return 1;
		}
	}
};

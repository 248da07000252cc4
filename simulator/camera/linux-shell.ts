/** A shell as small as it can be while scripts can still tell that they are logged in: `cmd; cmd`, quotes, "$?". */
import { readLine } from "./line-editor.ts";
import { Reset, type Machine } from "./machine.ts";
import type { Partition } from "./mtd-partitions.ts";
import type { Program } from "./processor.ts";
import { expand, parseLine } from "./shell-parser.ts";

export class LinuxShell {
	#machine: Machine;
	#commandLine: string;
	#partitions: Partition[];
	#start: number;
	#status = 0;

	/** `start`: when the kernel started, for /proc/uptime. */
	constructor(machine: Machine, commandLine: string, partitions: Partition[], start: number) {
		this.#machine = machine;
		this.#commandLine = commandLine;
		this.#partitions = partitions;
		this.#start = start;
	}

	/** Until `exit` or Ctrl-D. */
	*run(): Program {
		const { uart, settings } = this.#machine;
		for (;;) {
			yield* uart.print(`root@${settings.hostname}:~# `);
			const line = yield* readLine(uart, { endOfInput: true });
			if (line === "end")
				return;
			if (line === "interrupt") {
				yield* uart.print("^C\n");
				continue;
			}
			for (const step of parseLine(line.text, true)) {
				if ((step.after === "&&" && this.#status !== 0) || (step.after === "||" && this.#status === 0))
					continue;
				const words = expand(step.words, name => name === "?" ? String(this.#status) : "");
				if (words[0] === "exit")
					return;
				if (words.length)
					this.#status = yield* this.#command(words);
			}
		}
	}

	*#command([name, ...args]: string[]): Program<number> {
		const { uart, settings } = this.#machine;
		switch (name) {
			case "echo":
				yield* uart.print(args.join(" ") + "\n");
				return 0;
			case "uname":
				yield* uart.print(args[0] === "-a" ? `Linux ${settings.hostname} 4.9.37 #1 Tue Mar 21 12:00:00 UTC 2023 armv7l GNU/Linux\n` : "Linux\n");
				return 0;
			case "hostname":
				yield* uart.print(`${settings.hostname}\n`);
				return 0;
			case "cat":
				return yield* this.#cat(args);
			case "true":
			case "sync":
				return 0;
			case "false":
				return 1;
			case "reboot":
				yield* this.#reboot();
				return 0;
		}
		yield* uart.print(`-sh: ${name}: not found\n`);
		return 127;
	}

	*#cat(paths: string[]): Program<number> {
		const { uart, processor } = this.#machine;
		const files: Record<string, string> = {
			"/proc/mtd": "dev:    size   erasesize  name\n" + this.#partitions.map(({ name, size }, index) =>
				`mtd${index}: ${size.toString(16).padStart(8, "0")} 00010000 "${name}"\n`).join(""),
			"/proc/cmdline": `${this.#commandLine}\n`,
			"/proc/uptime": `${((processor.time.now() - this.#start) / 1000).toFixed(2)} 0.00\n`
		};
		let status = 0;
		for (const path of paths) {
			if (files[path] === undefined)
				status = 1;
			yield* uart.print(files[path] ?? `cat: can't open '${path}': No such file or directory\n`);
		}
		return status;
	}

	*#reboot(): Program {
		const { uart, processor, settings } = this.#machine;
		yield* uart.print("The system is going down NOW!\nSent SIGTERM to all processes\n");
		yield* processor.sleep(settings.linuxTime * 0.2);
		yield* uart.print("Sent SIGKILL to all processes\nRequesting system reboot\nreboot: Restarting system\n");
		yield* uart.drain();
		throw new Reset();
	}
}

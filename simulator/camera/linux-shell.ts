/**
 * A shell as small as it can be while scripts and labgrid's ShellDriver can still work with it: `;`, `&&`, `||`, quotes, variables,
 * functions on one line, `sh -c`. No pipes, no redirection, no files but a few of /proc.
 */
import { readLine } from "./line-editor.ts";
import { Reset, type Machine } from "./machine.ts";
import type { Partition } from "./mtd-partitions.ts";
import type { Program } from "./processor.ts";
import { expand, parseLine } from "./shell-parser.ts";

const FUNCTION = /^\s*(\w+)\(\)\s*\{\s+(.*?);?\s*\}\s*$/;
const ASSIGNMENT = /^([A-Za-z_]\w*)=(.*)$/s;

/** A function that calls itself is ended here. */
const DEPTH = 32;

export class LinuxShell {
	#machine: Machine;
	#commandLine: string;
	#partitions: Partition[];
	#start: number;
	#status = 0;
	#variables = new Map<string, string>();
	#functions = new Map<string, string>();
	#depth = 0;
	#left = false;

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
			yield* this.#execute(line.text, []);
			if (this.#left)
				return;
		}
	}

	/** Runs a line; `args` are what "$@" gives. */
	*#execute(line: string, args: string[]): Program {
		const definition = FUNCTION.exec(line);
		if (definition) {
			this.#functions.set(definition[1]!, definition[2]!);
			this.#status = 0;
			return;
		}
		for (const step of parseLine(line, true)) {
			if (this.#left || (step.after === "&&" && this.#status !== 0) || (step.after === "||" && this.#status === 0))
				continue;
			const words = expand(step.words, name => name === "?" ? String(this.#status)
				: name === "@" ? args.join(" ")
				: this.#variables.get(name) ?? "");
			while (words.length && ASSIGNMENT.test(words[0]!)) {
				const [, name, value] = ASSIGNMENT.exec(words.shift()!)!;
				this.#variables.set(name!, value!);
			}
			this.#status = words.length ? yield* this.#command(words) : 0;
		}
	}

	*#command([name, ...args]: string[]): Program<number> {
		const { uart, settings } = this.#machine;
		const body = this.#functions.get(name!);
		if (body !== undefined || (name === "sh" && args[0] === "-c")) {
			if (++this.#depth > DEPTH) {
				this.#depth = 0;
				return 1;
			}
			yield* this.#execute(body ?? args[1] ?? "", body === undefined ? args.slice(2) : args);
			this.#depth = Math.max(0, this.#depth - 1);
			return this.#status;
		}
		switch (name) {
			case "echo":
				yield* uart.print(args[0] === "-n" ? args.slice(1).join(" ") : args.join(" ") + "\n");
				return 0;
			case "uname":
				yield* uart.print(args[0] === "-a" ? `Linux ${settings.hostname} 4.9.37 #1 Tue Mar 21 12:00:00 UTC 2023 armv7l GNU/Linux\n` : "Linux\n");
				return 0;
			case "hostname":
				yield* uart.print(`${settings.hostname}\n`);
				return 0;
			case "cat":
				return yield* this.#cat(args);
			case "type":
				yield* uart.print(this.#functions.has(args[0]!) ? `${args[0]} is a function\n` : `${args[0]}: not found\n`);
				return this.#functions.has(args[0]!) ? 0 : 127;
			case "true":
			case "sync":
			case "dmesg":
				return 0;
			case "false":
				return 1;
			case "exit":
				this.#left = true;
				return 0;
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
			"/proc/sys/kernel/printk": "1\t4\t1\t7\n",
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

/**
 * U-Boot: banner, environment, countdown, prompt. The commands it runs get this object as their world.
 * Its shell's errors and texts are those of the real ones.
 */
import { Environment, ENVIRONMENT_OFFSET, ENVIRONMENT_SIZE, defaultEnvironment } from "./environment.ts";
import type { UBootFlavour } from "./flavours.ts";
import { readLine } from "./line-editor.ts";
import type { Machine } from "./machine.ts";
import type { Program } from "./processor.ts";
import { expand, parseLine } from "./shell-parser.ts";

/** `run` inside `run` inside ...: beyond this the real one's stack is gone. */
const DEPTH = 32;

/** Milliseconds from a command's begin to the watchdog's bite. */
const BITE = 5;

/** How often the countdown looks for a key. */
const KEY_POLL = 10;

/** What it can be told at its prompt (commands/). */
export interface Command {
	/** One line for `help`. */
	help: string;
	/** What follows the name, a line for each form. */
	usage: readonly string[];
	/** A bare Enter does not repeat it. */
	once?: boolean;
	/** `name` is as it was typed: it may end in a width, `md.b`. Returns the status, 0 for success. */
	run(uboot: UBoot, args: string[], name: string): Program<number>;
}

/** By their names. */
export type Commands = Readonly<Record<string, Command>>;

export class UBoot {
	readonly machine: Machine;
	readonly commands: Commands;
	readonly flavour: UBootFlavour;
	/** What the image says that it is. */
	readonly version: string;
	environment: Environment;
	/** `sf probe` was done. */
	probed = false;
	/** What "$?" gives. */
	status = 0;
	#last = "";
	#depth = 0;

	constructor(machine: Machine, commands: Commands, flavour: UBootFlavour, version: string) {
		this.machine = machine;
		this.commands = commands;
		this.flavour = flavour;
		this.version = version;
		this.environment = defaultEnvironment(machine.nor.size, machine.settings.bootDelay, machine.settings.environment);
	}

	/** Never returns: Linux and reset are thrown (machine.ts). */
	*run(from: "flash" | "ddr"): Program<never> {
		const { uart, emit } = this.machine;
		uart.attentive = false;
		emit("uboot", { from, version: this.version });
		yield* this.#greet();
		if (yield* this.#countdown())
			yield* this.execute(this.environment.get("bootcmd") ?? "");
		for (;;)
			yield* this.#prompt();
	}

	*print(text: string): Program {
		yield* this.machine.uart.print(text);
	}

	/** A command's answer to wrong arguments: prints its usage. */
	*usage(name: string): Program<number> {
		const command = this.commands[name]!;
		yield* this.print(`${name} - ${command.help}\n\nUsage:\n${command.usage.map(usage => `${name} ${usage}`).join("\n")}\n`);
		return 1;
	}

	/** Runs a command line. Returns its status. */
	*execute(line: string): Program<number> {
		if (++this.#depth > DEPTH)
			yield* this.machine.hang("a command runs itself");
		for (const step of parseLine(line, this.flavour.hush)) {
			if ((step.after === "&&" && this.status !== 0) || (step.after === "||" && this.status === 0))
				continue;
			const words = expand(step.words, name => name === "?" ? String(this.status) : this.environment.get(name) ?? "");
			if (words.length)
				this.status = yield* this.#command(words);
		}
		this.#depth--;
		return this.status;
	}

	*#command([name, ...args]: string[]): Program<number> {
		const found = this.find(name!);
		if (!found) {
			yield* this.print(`Unknown command '${name}' - try 'help'\n`);
			return 1;
		}
		return yield* this.commands[found]!.run(this, args, name!);
	}

	/** The command meant by `name` (without what follows a dot: a width): itself, or the only one that begins so. */
	find(name: string): string | undefined {
		const stem = name.split(".")[0]!;
		const names = Object.keys(this.commands).filter(name => !this.flavour.lacks.includes(name));
		if (names.includes(stem))
			return stem;
		const matching = stem ? names.filter(name => name.startsWith(stem)) : [];
		return matching.length === 1 ? matching[0] : undefined;
	}

	*#greet(): Program {
		const { processor, nor } = this.machine;
		yield* this.print("\n\nSystem startup\n\n");
		yield* processor.sleep(150);
		yield* this.print(`Uncompress Ok!\n\n${this.version}\n\n`);
		yield* this.print(`SPI Nor:  Check Flash Memory Controller v100 ... Found\nSPI Nor(cs 0) ID: 0xef 0x40 0x18\nBlock:64KB Chip:${nor.size >> 20}MB Name:"W25Q128FV"\n`);
		yield* processor.sleep(50);
		const saved = Environment.decode(nor.read(ENVIRONMENT_OFFSET, ENVIRONMENT_SIZE));
		if (saved)
			this.environment = saved;
		else {
			yield* this.print("*** Warning - bad CRC, using default environment\n\n");
			if (this.machine.settings.savesDefault)
				yield* this.execute("saveenv");
		}
		yield* this.print("In:    serial\nOut:   serial\nErr:   serial\nNet:   eth0\n");
		yield* processor.sleep(50);
	}

	/** True when nobody stopped it. */
	*#countdown(): Program<boolean> {
		const { processor, uart, settings } = this.machine;
		const delay = parseInt(this.environment.get("bootdelay") ?? String(settings.bootDelay), 10);
		if (!(delay >= 0))
			return false;
		yield* this.print(`${this.flavour.autoboot}${String(delay).padStart(2)} `);
		for (let left = delay; left > 0; left--) {
			for (let waited = 0; waited < 1000; waited += KEY_POLL) {
				for (let byte = uart.read(); byte !== undefined; byte = uart.read()) {
					if (this.flavour.anyKey || byte === 3) {
						yield* this.print("\n");
						return false;
					}
				}
				yield* processor.sleep(KEY_POLL);
			}
			yield* this.print(`\b\b\b${String(left - 1).padStart(2)} `);
		}
		yield* this.print("\n");
		return true;
	}

	*#prompt(): Program {
		const { uart, emit } = this.machine;
		yield* this.print(this.flavour.prompt);
		emit("prompt", {});
		uart.attentive = true;
		const line = yield* readLine(uart, { nul: true });
		uart.attentive = false;
		this.#depth = 0;
		if (typeof line === "string") {
			yield* this.print("<INTERRUPT>\n");
			return;
		}
		// U-Boot's editor (cread_line) stores a NUL as any character, and its shell (hush) reads the line up to it
		const text = line.text.split("\0")[0]!;
		// a bare Enter repeats the last command, if it is one of those that may be repeated
		if (text)
			this.#last = text;
		else {
			const [first] = this.#last.trim().split(/\s/);
			const found = first ? this.find(first) : undefined;
			if (!found || this.commands[found]!.once)
				return;
		}
		const { counts, settings: { watchdog }, bite } = this.machine;
		if (watchdog.includes(++counts.lines))
			bite(BITE);
		yield* this.execute(this.#last);
	}
}

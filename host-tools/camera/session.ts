/**
 * Work at U-Boot's prompt: the commands of a board's dialect, each answer checked; loads into the camera's RAM, and the CRC-32 of what is
 * there. A failure says which command and what U-Boot answered. Nothing here saves the environment or runs a script from it.
 */
import { counted } from "../base/counted.ts";
import { hex, roundUp } from "../base/bytes.ts";
import { Failure } from "../base/failure.ts";
import { bytesTransferred, crcOfAnswer, isUnknownCommand, lastPercent, loadAdvice, verdict, withoutEcho } from "./answers.ts";
import { ConsoleTimeout } from "./console-failures.ts";
import { commandLine, type Dialect, type DialectCommands, type FlashCommand } from "./dialect.ts";
import { LOAD_SETTINGS } from "./load-settings.ts";
import type { UBootConsole } from "./uboot-console.ts";

export interface SessionOptions {
	console: UBootConsole;
	dialect: Dialect;
	/** Where files are loaded to. */
	ram: number;
	signal?: AbortSignal | undefined;
	/** For what is odd but no failure. */
	onNote: (text: string) => void;
}

export interface CommandOptions {
	/** Without the expected text it has failed. */
	strict?: boolean;
	/** Not to be interrupted. */
	lasting?: boolean;
	/** As in RunOptions. */
	takes?: number;
	onPercent?: (percent: number) => void;
	/** The command is typed and about to be run. */
	onSend?: () => void;
}

/** U-Boot said that a command has failed, or nothing that shows that it worked. */
export class CommandFailure extends Failure {
	override name = "CommandFailure";
	/** What it said, without what it only repeated of the command. */
	readonly said: string;

	constructor(line: string, answer: string) {
		const said = withoutEcho(answer, line);
		super("camera", `"${line}" failed: ${quote(answer)}`, isUnknownCommand(said) ? "this U-Boot lacks the command: use another U-Boot, or " +
			"describe its commands in a board description (--board FILE)" : "");
		this.said = said;
	}
}

/** A load that did not bring the whole file; worth another try. */
export class LoadFailure extends Failure {
	override name = "LoadFailure";
}

export class UBootSession {
	readonly dialect: Dialect;
	/** Tells what is odd but no failure. */
	readonly note: (text: string) => void;
	#console: UBootConsole;
	#ram: number;
	#verify: number;
	#signal: AbortSignal | undefined;

	constructor({ console, dialect, ram, signal, onNote }: SessionOptions) {
		this.#console = console;
		this.dialect = dialect;
		this.#ram = ram;
		this.#verify = ram + roundUp(dialect.transferLimit, 0x10000);
		this.#signal = signal;
		this.note = onNote;
	}

	get prompt(): string {
		return this.#console.prompt;
	}

	/** How often somebody else has had the console since the beginning, and could have changed what is in RAM. */
	get takes(): number {
		return this.#console.takes;
	}

	/** Everything that bears on loads, in RAM only. */
	async setNetwork(): Promise<void> {
		for (const send of LOAD_SETTINGS) {
			const answer = await this.#console.run(send, { seconds: 5, signal: this.#signal });
			if (answer && verdict(answer, { send, seconds: 5 }, send) === "failed")
				this.note(`"${send}": ${quote(answer)}`);
		}
		for (const send of this.dialect.network)
			await this.send({ send, seconds: 5 }, {}, { strict: true });
	}

	/**
	 * A variable of the environment that U-Boot has found in the flash, or was built with. Undefined when nobody can tell: it is never worth
	 * stopping for.
	 */
	async variable(name: string): Promise<string | undefined> {
		try {
			const answer = await this.#console.run(`printenv ${name}`, { seconds: 5, signal: this.#signal });
			return answer.split("\n").find(line => line.startsWith(`${name}=`))?.slice(name.length + 1).trim();
		}
		catch (error) {
			if (error instanceof Failure && error.kind === "camera" && !this.#console.failed)
				return undefined;
			throw error;
		}
	}

	/** Loads a file of `length` bytes by TFTP. Throws LoadFailure when it did not come whole. `lasting`: not interrupted. */
	async load(file: string, length: number, lasting = false): Promise<void> {
		let answer: string;
		try {
			answer = await this.command("load", { file }, { strict: true, lasting });
		}
		catch (error) {
			if (error instanceof CommandFailure && !isUnknownCommand(error.said))
				throw new LoadFailure("camera", error.message, loadAdvice(error.said));
			if (error instanceof ConsoleTimeout && error.recovered)
				throw new LoadFailure("camera", error.message, error.advice);
			throw error;
		}
		const got = bytesTransferred(answer);
		if (got !== undefined && got !== length)
			throw new LoadFailure("camera", `the camera loaded ${counted(got, "byte")} of ${file}, which has ${length}`);
	}

	/** CRC-32 of the first `length` bytes loaded. `lasting`: not interrupted. */
	async loadedCrc(length: number, lasting = false): Promise<string> {
		return this.#crc(this.#ram, length, lasting);
	}

	/** CRC-32 of the `length` bytes that `read` brings to `{verify}`, a place of RAM that is spoilt before. `lasting`: not interrupted. */
	async readBack(length: number, lasting: boolean, read: () => Promise<unknown>): Promise<string> {
		await this.command("spoil", { address: hex(this.#verify), size: hex(length) }, { strict: true, lasting });
		await read();
		return this.#crc(this.#verify, length, lasting);
	}

	/** Restarts the camera from its flash. */
	async reset(): Promise<void> {
		await this.#console.leave(this.dialect.commands.reset.send, this.#signal);
	}

	/** Runs a line whose answer doesn't matter. */
	async attempt(line: string): Promise<void> {
		await this.#console.run(line, { seconds: 10, signal: this.#signal });
	}

	/**
	 * Runs a command of the dialect; where this U-Boot doesn't know it, what is to be sent instead. Returns the answer. Throws CommandFailure.
	 */
	async command(name: keyof DialectCommands, values: Readonly<Record<string, string>>, options: CommandOptions): Promise<string> {
		const command = this.dialect.commands[name]!;
		try {
			return await this.send(command, values, options);
		}
		catch (error) {
			if (!command.otherwise || !(error instanceof CommandFailure) || !isUnknownCommand(error.said))
				throw error;
			return this.send({ ...command, send: command.otherwise }, values, options);
		}
	}

	/** Runs any command, `values` and RAM addresses filled in. Returns the answer. Throws CommandFailure. */
	async send(command: FlashCommand, values: Readonly<Record<string, string>>,
		{ strict = false, lasting = false, takes, onPercent, onSend }: CommandOptions): Promise<string> {
		const line = commandLine(command.send, { ram: hex(this.#ram), verify: hex(this.#verify), ...values });
		let last = -1;
		const onOutput = onPercent && ((text: string): void => {
			const percent = lastPercent(text);
			if (percent !== undefined && percent !== last)
				onPercent(last = percent);
		});
		const answer = await this.#console.run(line,
			{ seconds: command.seconds, signal: lasting ? undefined : this.#signal, lasting, takes, onOutput, onSend });
		const judged = verdict(answer, command, line);
		if (judged === "failed" || judged === "unclear" && strict)
			throw new CommandFailure(line, answer);
		if (judged === "unclear")
			this.note(`"${line}" answered neither success nor failure: ${quote(answer)}; reading back will tell`);
		return answer;
	}

	async #crc(address: number, length: number, lasting: boolean): Promise<string> {
		const answer = await this.command("crc", { address: hex(address), size: hex(length) }, { strict: true, lasting });
		const crc = crcOfAnswer(answer);
		if (!crc)
			throw new Failure("camera", `no CRC in U-Boot's answer: ${quote(answer)}`,
				"nothing can be verified without the crc32 command; use a U-Boot that has it");
		return crc;
	}
}

function quote(answer: string): string {
	return answer ? JSON.stringify(answer.slice(-200)) : "it answered nothing";
}

/**
 * What a restore does with a camera at its U-Boot prompt: load, compare, erase, write, read back. Each command's answer is
 * checked; a failure says which command and what U-Boot answered. Nothing here saves the environment or runs a script from it.
 */
import { hex, roundUp, sizeText } from "../base/bytes.ts";
import type { UBootConsole } from "../camera/uboot-console.ts";
import { ConsoleTimeout } from "../camera/console-failures.ts";
import { Failure } from "../base/failure.ts";
import { bytesTransferred, crcOfAnswer, flashSizeOf, isUnknownCommand, lastPercent, loadAdvice, reachOf, verdict, withoutEcho } from "../camera/answers.ts";
import { LOAD_SETTINGS } from "../camera/load-settings.ts";
import { commandLine, type Dialect, type DialectCommands, type FlashCommand } from "../camera/dialect.ts";

export interface CameraOptions {
	console: UBootConsole;
	board: Dialect;
	/** Where files are loaded to. */
	ram: number;
	signal?: AbortSignal | undefined;
	/** For what is odd but no failure. */
	onNote: (text: string) => void;
}

/** U-Boot said that a command has failed, or nothing that shows that it worked. */
export class CommandFailure extends Failure {
	override name = "CommandFailure";
	/** What it said, without what it only repeated of the command. */
	readonly said: string;

	constructor(line: string, answer: string) {
		const said = withoutEcho(answer, line);
		super("camera", `"${line}" failed: ${quote(answer)}`, isUnknownCommand(said) ? "this U-Boot lacks the command: use another U-Boot, or describe its commands in a board description (--board FILE)" : "");
		this.said = said;
	}
}

/** A load that did not bring the whole file; worth another try. */
export class LoadFailure extends Failure {
	override name = "LoadFailure";
}

export type Percent = (percent: number) => void;

export class Camera {
	#console: UBootConsole;
	#dialect: Dialect;
	#ram: number;
	#verify: number;
	#signal: AbortSignal | undefined;
	#note: (text: string) => void;
	/** Set when it is known. */
	flashSize = 0;
	/** `probe` has found that the flash is larger than what this U-Boot reaches. */
	limited = false;

	constructor({ console, board, ram, signal, onNote }: CameraOptions) {
		this.#console = console;
		this.#dialect = board;
		this.#ram = ram;
		this.#verify = ram + roundUp(board.transferLimit, 0x10000);
		this.#signal = signal;
		this.#note = onNote;
	}

	/** Selects the flash and returns how much of it U-Boot reaches, undefined when it doesn't say. Throws Failure `camera`. */
	async probe(): Promise<number | undefined> {
		const answer = await this.#run("probe", {}, { strict: true });
		const reach = reachOf(answer);
		this.limited = reach !== undefined;
		if (reach !== undefined)
			this.#note(`this U-Boot reaches only the lower ${sizeText(reach)} of the flash`);
		return flashSizeOf(answer);
	}

	/** Tries to take a write protection away. What this U-Boot doesn't know is left out. */
	async unlock(): Promise<void> {
		for (const line of this.#unlockLines())
			await this.#console.run(line, { seconds: 10, signal: this.#signal });
	}

	/** What `unlock` sends, for people. */
	get unlocking(): string {
		return this.#unlockLines().map(line => `"${line}"`).join(", ") || "this board description has no commands for it";
	}

	#unlockLines(): string[] {
		return this.#dialect.unlock.map(send => commandLine(send, { flash: hex(this.flashSize) }));
	}

	/** Everything that bears on loads, in RAM only. */
	async setNetwork(): Promise<void> {
		for (const send of LOAD_SETTINGS) {
			const answer = await this.#console.run(send, { seconds: 5, signal: this.#signal });
			if (answer && verdict(answer, { send, seconds: 5 }, send) === "failed")
				this.#note(`"${send}": ${quote(answer)}`);
		}
		for (const send of this.#dialect.network)
			await this.#send({ send, seconds: 5 }, send, { strict: true });
	}

	/** A variable of the environment that U-Boot has found in the flash, or was built with. Undefined when nobody can tell: it is never worth stopping for. */
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
			answer = await this.#run("load", { file }, { strict: true, lasting });
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
			throw new LoadFailure("camera", `the camera loaded ${got} bytes of ${file}, which has ${length}`);
	}

	/** CRC-32 of the first `length` bytes loaded. `lasting`: not interrupted. */
	async loadedCrc(length: number, lasting = false): Promise<string> {
		return this.#crc(this.#ram, length, lasting);
	}

	/** CRC-32 of `length` bytes of flash, read back to a place of RAM that was spoilt before. `lasting`: not interrupted. */
	async flashCrc(offset: number, length: number, lasting = false): Promise<string> {
		await this.#run("spoil", { address: hex(this.#verify), size: hex(length) }, { strict: true, lasting });
		await this.#run("read", { offset: hex(offset), size: hex(length) }, { strict: true, lasting });
		return this.#crc(this.#verify, length, lasting);
	}

	/** How often somebody else has had the console since the beginning, and could have changed what is in RAM. */
	get takes(): number {
		return this.#console.takes;
	}

	/** Erasing is part of writing on this board: `erase` does nothing. */
	get updates(): boolean {
		return this.#dialect.commands.update !== undefined;
	}

	/**
	 * Erases. Like `write` it is not interrupted: U-Boot can't stop in the middle either, and a boot partition erased and not written is a
	 * brick. An answer that says neither yes nor no is noted; reading back decides. `onSend` is called when the command is let go: until
	 * then the flash is as it was. `takes`: of when the RAM was proven; throws ConsoleTaken when it isn't any more.
	 */
	async erase(offset: number, length: number, takes: number, onPercent: Percent, onSend: () => void): Promise<void> {
		await this.#run("erase", this.#place(offset, length), { lasting: true, takes, onPercent, onSend });
	}

	/** Writes what was loaded. */
	async write(offset: number, length: number, takes: number, onPercent: Percent, onSend: () => void): Promise<void> {
		await this.#run(this.updates ? "update" : "write", this.#place(offset, length), { lasting: true, takes, onPercent, onSend });
	}

	#place(offset: number, length: number): Record<string, string> {
		return { offset: hex(offset), size: hex(length), erase: hex(roundUp(length, this.#dialect.eraseSize)) };
	}

	/** Restarts the camera from its flash. */
	async reset(): Promise<void> {
		await this.#console.leave(this.#dialect.commands.reset.send, this.#signal);
	}

	async #crc(address: number, length: number, lasting: boolean): Promise<string> {
		const answer = await this.#run("crc", { address: hex(address), size: hex(length) }, { strict: true, lasting });
		const crc = crcOfAnswer(answer);
		if (!crc)
			throw new Failure("camera", `no CRC in U-Boot's answer: ${quote(answer)}`, "nothing can be verified without the crc32 command; use a U-Boot that has it");
		return crc;
	}

	async #run(name: keyof DialectCommands, values: Record<string, string>, options: AnswerOptions): Promise<string> {
		const command = this.#dialect.commands[name]!;
		const line = (send: string): string => commandLine(send, { ram: hex(this.#ram), verify: hex(this.#verify), ...values });
		try {
			return await this.#send(command, line(command.send), options);
		}
		catch (error) {
			if (!command.otherwise || !(error instanceof CommandFailure) || !isUnknownCommand(error.said))
				throw error;
			return this.#send(command, line(command.otherwise), options);
		}
	}

	async #send(command: FlashCommand, line: string, { strict = false, lasting = false, takes, onPercent, onSend }: AnswerOptions): Promise<string> {
		let last = -1;
		const onOutput = (text: string): void => {
			const percent = lastPercent(text);
			if (percent !== undefined && percent !== last)
				onPercent?.(last = percent);
		};
		const answer = await this.#console.run(line, { seconds: command.seconds, signal: lasting ? undefined : this.#signal, lasting, takes, ...(onPercent ? { onOutput } : {}), ...(onSend ? { onSend } : {}) });
		const judged = verdict(answer, command, line);
		if (judged === "failed" || judged === "unclear" && strict)
			throw new CommandFailure(line, answer);
		if (judged === "unclear")
			this.#note(`"${line}" answered neither success nor failure: ${quote(answer)}; reading back will tell`);
		return answer;
	}
}

interface AnswerOptions {
	/** Without the expected text it has failed. */
	strict?: boolean;
	/** Not to be interrupted. */
	lasting?: boolean;
	/** As in RunOptions. */
	takes?: number;
	onPercent?: Percent;
	/** The command is typed and about to be run. */
	onSend?: () => void;
}

function quote(answer: string): string {
	return answer ? JSON.stringify(answer.slice(-200)) : "it answered nothing";
}

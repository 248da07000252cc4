/**
 * A SPI NOR, by U-Boot's `sf` commands or those of a board description: erase blocks of one size, no bad ones, any byte can be read.
 */
import { commandLine, type Dialect, type DialectCommands } from "../camera/dialect.ts";
import { hex, roundUp, sizeText } from "../base/bytes.ts";
import type { UBootSession } from "../camera/session.ts";
import { evenBlocks, knownSize, type Change, type Flash, type FlashKind, type Place } from "./kind.ts";
import { flashSizeOf, reachOf } from "./nor-answers.ts";

export const NOR: FlashKind = {
	geometry: ({ eraseSize }: Dialect) => evenBlocks(eraseSize),

	async probe(session, given) {
		const answer = await session.command("probe", {}, { strict: true });
		const reach = reachOf(answer);
		if (reach !== undefined)
			session.note(`this U-Boot reaches only the lower ${sizeText(reach)} of the flash`);
		return new Nor(session, knownSize(flashSizeOf(answer) ?? given), reach !== undefined);
	}
};

class Nor implements Flash {
	readonly size: number;
	readonly limited: boolean;
	readonly eraseBlock: number;
	readonly end: Flash["end"];
	#session: UBootSession;

	constructor(session: UBootSession, size: number, limited: boolean) {
		this.#session = session;
		this.size = size;
		this.limited = limited;
		({ eraseBlock: this.eraseBlock, end: this.end } = NOR.geometry(session.dialect));
	}

	get erasesItself(): boolean {
		return this.#session.dialect.commands.update !== undefined;
	}

	async erase(place: Place, change: Change): Promise<void> {
		await this.#change("erase", place, change);
	}

	async write(place: Place, change: Change): Promise<void> {
		await this.#change(this.erasesItself ? "update" : "write", place, change);
	}

	async crc({ offset, length }: Place, lasting: boolean): Promise<string> {
		return this.#session.readBack(length, lasting,
			() => this.#session.command("read", { offset: hex(offset), size: hex(length) }, { strict: true, lasting }));
	}

	/** What this U-Boot doesn't know is left out. */
	async unlock(): Promise<void> {
		for (const line of this.#unlockLines())
			await this.#session.attempt(line);
	}

	get unlocking(): string {
		return this.#unlockLines().map(line => `"${line}"`).join(", ") || "this board description has no commands for it";
	}

	#unlockLines(): string[] {
		return this.#session.dialect.unlock.map(send => commandLine(send, { flash: hex(this.size) }));
	}

	async #change(name: keyof DialectCommands, { offset, length }: Place, change: Change): Promise<void> {
		await this.#session.command(name, { offset: hex(offset), size: hex(length), erase: hex(roundUp(length, this.eraseBlock)) },
			{ ...change, lasting: true });
	}
}

/**
 * The camera's side of a pod as a test holds it in its hands: sees every byte and every level that leaves the pod, says what the test
 * wants and nothing else, and need not obey the supply.
 */
import { joined, textOf } from "../strings.ts";
import { asBuffer } from "./client.ts";
import type { LabPod } from "./pod.ts";
import { labTime, until } from "./world.ts";

/** A change of the supply or of the line, and what had come on the serial line by then. */
export interface Word {
	word: string;
	/** Milliseconds. */
	at: number;
	/** Bytes received on the serial line before. */
	bytes: number;
}

export class RawCamera {
	/** `on` and `off`; `baud N` and `break`: the first ones included. */
	readonly power: Word[] = [];
	readonly line: Word[] = [];
	/** Called with every arrival. */
	onReceive: ((bytes: Uint8Array) => void) | undefined;
	private parts: Uint8Array[] = [];
	private readonly pod: LabPod;

	/** With `echo` everything received is said again at once. */
	constructor(pod: LabPod, echo = false) {
		const { cable, pin } = this.pod = pod;
		this.power.push(this.word(pin.level ? "on" : "off"));
		pin.onLevel = level => void this.power.push(this.word(level ? "on" : "off"));
		this.line.push(this.word(`baud ${cable.serial?.baud ?? 115_200}`));
		cable.onBaud = rate => void this.line.push(this.word(`baud ${rate}`));
		cable.onBreak = () => void this.line.push(this.word("break"));
		cable.far = {
			get baud(): number {
				return cable.serial?.baud ?? 115_200;
			},
			receive: bytes => {
				this.parts.push(bytes.slice());
				labTime().touch();
				this.onReceive?.(bytes);
				if (echo)
					cable.send(bytes);
			}
		};
	}

	/** What came on the serial line. */
	get received(): Buffer {
		this.parts = [joined(this.parts)];
		return asBuffer(this.parts[0]!);
	}

	get words(): string[] {
		return this.power.map(({ word }) => word);
	}

	get rates(): string[] {
		return this.line.map(({ word }) => word);
	}

	get text(): string {
		return textOf(this.received);
	}

	/** The pod is dead. */
	get gone(): boolean {
		return !this.pod.alive;
	}

	/** Says `bytes`, at the pod's rate. Resolves when the last one has left. */
	async say(bytes: string | Uint8Array): Promise<void> {
		const { cable } = this.pod;
		labTime().touch();
		cable.send(typeof bytes === "string" ? Uint8Array.from(bytes, character => character.charCodeAt(0)) : bytes);
		while (cable.toPod.pending > 0)
			await labTime().pause(1);
	}

	/** Waits until `condition` holds. */
	until(condition: () => boolean, what: string): Promise<void> {
		return until(what, condition);
	}

	close(): void {
		this.pod.cable.far = undefined;
	}

	private word(word: string): Word {
		return { word, at: labTime().now(), bytes: this.parts.reduce((sum, part) => sum + part.length, 0) };
	}
}

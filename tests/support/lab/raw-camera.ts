/**
 * The camera's side of a pod as a test holds it in its hands: sees every byte and every level that leaves the pod, says what the test
 * wants and nothing else, and need not obey the supply.
 */
import { CameraRecord, type Word } from "../camera-record.ts";
import { joined } from "../strings.ts";
import { asBuffer, latin1 } from "./client.ts";
import type { LabPod } from "./pod.ts";
import { labTime, until } from "./world.ts";

export class RawCamera extends CameraRecord {
	private parts: Uint8Array[] = [];
	private readonly pod: LabPod;

	/** With `echo` everything received is said again at once. */
	constructor(pod: LabPod, echo = false) {
		super();
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

	get received(): Buffer {
		this.parts = [joined(this.parts)];
		return asBuffer(this.parts[0]!);
	}

	/** The pod is dead. */
	get gone(): boolean {
		return !this.pod.alive;
	}

	/** Says `bytes`, at the pod's rate. Resolves when the last one has left. */
	async say(bytes: string | Uint8Array): Promise<void> {
		const { cable } = this.pod;
		labTime().touch();
		cable.send(typeof bytes === "string" ? latin1(bytes) : bytes);
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

/** A UART, a camera's power and the simulated camera's boot ROM on one cable, in virtual time: what a bring-up works on. */
import { UART } from "uart/uart";
import { CameraPower } from "power/power";
import { BringUp, type BringUpLimits, type BringUpOwner } from "bootrom/bring-up";
import type { BringUpResult } from "bootrom/result";
import { BytesContent, type Content } from "store/content";
import { VirtualTime } from "./clock";
import { PinBoard } from "./pin";
import { RomCamera, type RomCameraOptions } from "./rom-camera";
import { Cable, type CableOptions } from "./serial";

export class BenchBoard implements BringUpOwner {
	readonly time = new VirtualTime();
	readonly cable: Cable;
	readonly pin = new PinBoard(() => this.time.now());
	readonly rom: RomCamera;
	readonly uart: UART;
	readonly power: CameraPower;
	/** What reached the fault report: tests of good behaviour want none. */
	faults: string[] = [];
	result: BringUpResult | undefined;
	bringUp: BringUp | undefined;
	/** Phases as they were begun. */
	phases: string[] = [];

	constructor(rom: RomCameraOptions = {}, cable: Partial<CableOptions> = {}, on = true) {
		const onDefect = (where: string, error: unknown): void => void this.faults.push(`${where}: ${error}`);
		this.cable = new Cable({ time: this.time, ...cable });
		this.rom = new RomCamera(this.cable, rom);
		this.pin.onLevel = level => this.rom.power(level === 1);
		this.uart = new UART({ io: this.cable.io, time: this.time, onDefect });
		this.power = new CameraPower({ io: this.pin.io, pin: "camera", on, time: this.time, onDefect });
	}

	start(content: Uint8Array | Content, limits: Partial<BringUpLimits> = {}): BringUp {
		this.bringUp = new BringUp({
			uart: this.uart,
			power: this.power,
			time: this.time,
			content: content instanceof Uint8Array ? new BytesContent(content) : content,
			limits,
			owner: this,
			onDefect: (where, error) => void this.faults.push(`${where}: ${error}`)
		});
		return this.bringUp;
	}

	ended(result: BringUpResult): void {
		this.result = result;
	}

	progressed(): void {
		const phase = this.bringUp?.phase ?? "power";
		if (this.phases.at(-1) !== phase)
			this.phases.push(phase);
	}

	/** Lets time pass until the upload is over; at most `limit` milliseconds. */
	finish(limit = 600_000): BringUpResult {
		const end = this.time.now() + limit;
		while (!this.result && this.time.now() < end)
			this.time.advance(10);
		if (!this.result)
			throw new Error("the upload does not end");
		return this.result;
	}

	run(content: Uint8Array | Content, limits: Partial<BringUpLimits> = {}): BringUpResult {
		this.start(content, limits);
		return this.finish();
	}
}

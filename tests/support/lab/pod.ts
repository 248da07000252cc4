/**
 * A pod on simulated IO: the firmware as it is (src/start.ts), on a board whose sockets, serial port, pin and flash the test holds.
 * It restarts as the chip does, with its flash and the level of the supply's pin, and loses its power as the chip does, without the latter.
 */
import { start as startFirmware } from "start";
import type { Board, Endpoints, HeapRoom, Terminal } from "board/board";
import type { Flash } from "base/flash";
import type { Alarm, Time } from "base/time";
import { overlap, type Network as Subnet } from "network/ipv4";
import { BLOCK, ChipFlash, SIZE } from "../../../simulator/chip-flash.ts";
import { NorFlash } from "../flash.ts";
import { Network as UDPNetwork } from "../network.ts";
import { PinBoard } from "../pin.ts";
import { Cable } from "../serial.ts";
import { Network as TCPNetwork } from "../tcp.ts";
import type { LabTime } from "./time.ts";

/** The pod's interfaces. */
export const LAB = "10.0.0.1";
export const CAMERA_SIDE = "192.168.1.1";

/** Milliseconds that a piece of data takes between the pod and the lab. */
const LATENCY = 0.2;

/** An Ethernet frame's worth. */
const SEGMENT = 1_436;

export interface LabPodOptions {
	time: LabTime;
	/** Of whatever is random. Default 1. */
	seed?: number;
	/** Over what the build for Linux has: config.ts, and settings by their own names. */
	config?: Readonly<Record<string, unknown>>;
	/** One that a pod before has written. */
	flash?: NorFlash;
	/** There is no flash for settings. */
	noSettingsFlash?: boolean;
	cameraNetwork?: Subnet;
	labNetwork?: Subnet;
	/** The heap's room, for `Room`. Default: plenty. */
	heap?: HeapRoom;
	/** Cuts the power inside a flash operation: `START:OPERATION:PART`, counted from 0 and 1; PART of 0 to 1 of it is done. */
	cut?: string;
	/** Changes the board before each start. */
	adapt?: (board: Board) => void;
}

const PLENTY: HeapRoom = { freeSlots: 1_000_000, freeChunks: 1_000_000, collect(): void {} };

export class LabPod {
	readonly time: LabTime;
	readonly tcp: TCPNetwork;
	readonly udp: UDPNetwork;
	readonly cable: Cable;
	readonly pin: PinBoard;
	readonly flash: NorFlash;
	/** Lines of the debug console. */
	readonly log: string[] = [];
	/** Where it serves; undefined until it does. */
	endpoints: Endpoints | undefined;
	/** How often the firmware has restarted. */
	restarts = 0;
	/** It has power. */
	alive = false;
	/** Called when the pod is dead, however it came. */
	onDeath: (() => void) | undefined;
	readonly options: LabPodOptions;
	private owner: OwnTime | undefined;
	/** What keeps the pin's level through a restart. */
	private latch = false;

	constructor(options: LabPodOptions) {
		const { time, seed = 1 } = options;
		this.options = options;
		this.time = time;
		this.tcp = new TCPNetwork({ time, latency: LATENCY, segment: left => Math.min(left, SEGMENT) });
		this.udp = new UDPNetwork(time, seed);
		this.cable = new Cable({ time });
		this.pin = new PinBoard(() => time.now());
		this.flash = options.flash ?? new NorFlash(SIZE / BLOCK, BLOCK);
	}

	/** The power comes. Throws Refusal `bad_setting`. */
	powerOn(): void {
		this.latch = false;
		this.boot(false);
	}

	/** The power goes, now. */
	powerOff(): void {
		if (!this.die())
			return;
		this.pin.drop();
	}

	/** The firmware starts anew, as after a crash; `powerOff` and `powerOn` is the other way. */
	restart(): void {
		if (!this.die())
			return;
		this.restarts++;
		// a boot loader takes its time, and whoever made it restart has to be out of the way
		this.time.after(200, () => this.boot(true));
	}

	private boot(restarted: boolean): void {
		this.alive = true;
		const owner = this.owner = new OwnTime(this.time);
		const [start, operation, part] = (this.options.cut ?? "").split(":").map(Number);
		this.flash.restore();
		if (start === this.restarts) {
			this.flash.cutAt = operation!;
			this.flash.cutAfter = part!;
		}
		const { config, adapt } = this.options;
		const board = this.board(restarted);
		adapt?.(board);
		try {
			startFirmware(board, { ...CONFIG, ...config }, owner, line => {
				if (this.owner === owner)
					this.log.push(line);
			});
		}
		catch (error) {
			// what a pod says after its power was cut nobody hears
			if (this.owner === owner)
				throw error;
		}
	}

	/** False when it was dead before. */
	private die(): boolean {
		if (!this.alive)
			return false;
		this.alive = false;
		this.endpoints = undefined;
		this.owner!.stop();
		this.owner = undefined;
		this.tcp.crash();
		this.udp.crash(LAB, this.cameraNetwork.address);
		this.cable.serial?.close();
		this.onDeath?.();
		return true;
	}

	private get cameraNetwork(): Subnet {
		return this.options.cameraNetwork ?? { address: CAMERA_SIDE, mask: "255.255.255.0" };
	}

	private board(restarted: boolean): Board {
		const { cameraNetwork, flash, options: { labNetwork, noSettingsFlash, heap = PLENTY } } = this;
		const chip = new ChipFlash(this.powered(flash), restarted);
		return {
			name: "rackpod",
			cameraNetwork,
			firmware: chip,
			TCP: this.tcp.TCP,
			Listener: this.tcp.Listener,
			UDP: this.udp.host(LAB, cameraNetwork.address),
			Serial: this.cable.io,
			Digital: this.pin.io,
			uart: {},
			cameraPower: { pin: "camera-power", activeLow: true },
			powerAtStart: () => this.latch,
			powerChanged: on => void (this.latch = on),
			settingsFlash(): Flash {
				if (noSettingsFlash)
					throw new Error("there is no flash for settings");
				return chip.settings;
			},
			terminal: (): Terminal | undefined => undefined,
			restart: () => this.restart(),
			networks: () => ({ hostname: null, wifi: null, lab: labNetwork ?? null, camera: { ...cameraNetwork, up: true }, overlap: labNetwork ? overlap(labNetwork, cameraNetwork) : false }),
			heap,
			memory: () => ({ heap_slots: 0, heap_chunk_bytes: 0 }),
			allocate: bytes => new Uint8Array(new SharedArrayBuffer(bytes)),
			start: (_setup, ready) => ready(),
			serving: endpoints => {
				chip.confirm();
				this.endpoints = endpoints;
			}
		};
	}

	/** `flash`, whose cut of power is the pod's: nothing the firmware does after it counts. */
	private powered(flash: NorFlash): Flash {
		const tried = <T>(what: () => T): T => {
			try {
				return what();
			}
			finally {
				if (flash.dead)
					this.powerOff();
			}
		};
		return {
			size: flash.size,
			blockLength: flash.blockLength,
			read: (view, offset) => flash.read(view, offset),
			write: (bytes, offset) => tried(() => flash.write(bytes, offset)),
			eraseBlock: index => tried(() => flash.eraseBlock(index))
		};
	}
}

/** As simulator/manifest.json and manifest.json have it. */
const CONFIG: Readonly<Record<string, unknown>> = { version: "0.1.0", tftp_everywhere: true, http_everywhere: true };

/** The time as one life of the firmware has it: with that its alarms are gone. */
class OwnTime implements Time {
	private readonly time: LabTime;
	private readonly alarms = new Set<Alarm>();
	private stopped = false;

	constructor(time: LabTime) {
		this.time = time;
	}

	now(): number {
		return this.time.now();
	}

	after(milliseconds: number, callback: (target: any) => void, target?: unknown): Alarm {
		if (this.stopped)
			return {};
		const alarm = this.time.after(milliseconds, () => {
			this.alarms.delete(alarm);
			callback(target);
		});
		this.alarms.add(alarm);
		return alarm;
	}

	every(milliseconds: number, callback: (target: any) => void, target?: unknown): Alarm {
		if (this.stopped)
			return {};
		const alarm = this.time.every(milliseconds, callback, target);
		this.alarms.add(alarm);
		return alarm;
	}

	cancel(alarm: Alarm | undefined): void {
		if (!alarm)
			return;
		this.alarms.delete(alarm);
		this.time.cancel(alarm);
	}

	stop(): void {
		this.stopped = true;
		for (const alarm of this.alarms)
			this.time.cancel(alarm);
		this.alarms.clear();
	}
}

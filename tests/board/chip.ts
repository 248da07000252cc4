/**
 * The ESP32-S3 as its drivers' users see it: the SDK's classes and those of modules/esp32, made of the simulated networks, cable and flash. The
 * firmware of src/board/esp32s3 runs on it, in virtual time. One machine of XS is one life of the chip; what happens is written down.
 *
 * `build.ts` says which specifiers are taken from here.
 */
import RealTimer from "real/timer";
import type { DigitalOptions, SerialOptions, UDPOptions } from "base/io";
import { VirtualTime } from "../support/clock";
import { NorFlash } from "../support/flash";
import { Network as Datagrams } from "../support/network";
import { Cable } from "../support/serial";
import { bytesOf, textOf } from "../support/strings";
import { Network } from "../support/tcp";

type Callback = (timer: Timer) => void;

class Chip {
	readonly time = new VirtualTime();
	readonly network = new Network({ time: this.time });
	readonly datagrams = new Datagrams(this.time);
	readonly cable = new Cable({ time: this.time });
	/** What was done, in order. */
	readonly log: string[] = [];
	/** Partitions by name. */
	readonly flash = new Map([["settings", new NorFlash(4)], ["nextota", new NorFlash(64)]]);
	/** The running image has not proven itself. */
	pending = false;
	resetReason = 1;
	/** Levels of pads that were latched before the reset, by their number. */
	readonly kept = new Map<number, 0 | 1>();
	/** Levels of pads. */
	readonly pads = new Map<number, 0 | 1>();
	serialOptions: SerialOptions | undefined;
	/** "address mask gateway" */
	station: string | undefined;
	awake = true;	// can be kept so
	mac = "a0b1c2d3e4f5";
	/** The USB port is nobody's. */
	usb = true;
	typed: Uint8Array = new Uint8Array(0);
	shown = "";
	ethernetChip = true;
	ethernet: Interface | undefined;
	wifi: WiFi | undefined;
	dnssd: DNSSD[] = [];
	dnssdFails = false;

	/** From now on timers are the test's. */
	begin(): void {
		virtual = true;
	}

	type(text: string): void {
		this.typed = bytesOf(this.pendingText() + text);
	}

	private pendingText(): string {
		return textOf(this.typed);
	}
}

let virtual = false;

export const chip = new Chip();

/** The SDK's timer, which is the test runner's too until the test begins. */
export class Timer {
	static set(callback: Callback, milliseconds = 0): Timer {
		return virtual ? Timer.alarm(chip.time.after.bind(chip.time), callback, milliseconds) : RealTimer.set(callback as never, milliseconds);
	}

	static repeat(callback: Callback, milliseconds: number): Timer {
		return virtual ? Timer.alarm(chip.time.every.bind(chip.time), callback, milliseconds) : RealTimer.repeat(callback as never, milliseconds);
	}

	static clear(timer: Timer | undefined): void {
		if (timer instanceof VirtualTimer)
			chip.time.cancel(timer.alarm);
		else
			RealTimer.clear(timer as never);
	}

	private static alarm(add: VirtualTime["after"], callback: Callback, milliseconds: number): Timer {
		const timer = new VirtualTimer();
		timer.alarm = add(milliseconds, () => callback(timer));
		return timer;
	}
}

class VirtualTimer {
	alarm: ReturnType<VirtualTime["after"]> | undefined;
}

export const Time = {
	get ticks(): number {
		return chip.time.now();
	},
	delta(start: number, end = chip.time.now()): number {
		return end - start;
	}
};

/** embedded:storage/flash */
export const flash = {
	open({ path, mode = "r" }: { path: string; mode?: string }) {
		const cells = chip.flash.get(path);
		if (!cells)
			throw new Error(`no partition ${path}`);
		const writable = (): NorFlash => {
			if (mode !== "r+")
				throw new Error("read only");
			return cells;
		};
		return {
			read: (view: Uint8Array, offset: number) => cells.read(view, offset),
			write: (bytes: Uint8Array, offset: number) => writable().write(bytes, offset),
			eraseBlock(first: number, end = cells.size / cells.blockLength): void {
				for (let block = first; block < end; block++)
					writable().eraseBlock(block);
			},
			status: () => ({ size: cells.size, blocks: cells.size / cells.blockLength, blockLength: cells.blockLength }),
			close() {}
		};
	}
};

export class OTA {
	static confirm(): void {
		chip.log.push("confirm");
		chip.pending = false;
	}

	static activate(): void {
		chip.log.push("activate");
	}

	/** The chip's does not return; here the life just goes on. */
	static restart(): void {
		chip.log.push(`restart at ${chip.time.now()}`);
	}

	static get pending(): boolean {
		return chip.pending;
	}

	static get slot(): string {
		return "ota_1";
	}

	static get resetReason(): number {
		return chip.resetReason;
	}
}

export class HeldOutput {
	static get Output(): number {
		return 8;
	}

	static kept(pin: number): 0 | 1 | undefined {
		return chip.kept.get(pin);
	}

	private readonly pin: number;
	private readonly activeLow: number;

	constructor({ pin, mode, initialValue = 0, activeLow = false }: DigitalOptions) {
		if (mode !== 8)
			throw new RangeError("invalid mode");
		this.pin = pin as number;
		this.activeLow = activeLow ? 1 : 0;
		this.drive(chip.kept.get(this.pin) ?? (initialValue ^ this.activeLow) as 0 | 1);
	}

	read(): number {
		return chip.pads.get(this.pin)! ^ this.activeLow;
	}

	write(value: 0 | 1): void {
		this.drive((value ^ this.activeLow) as 0 | 1);
	}

	close(): void {}

	private drive(level: 0 | 1): void {
		chip.log.push(`pad ${this.pin} is ${level}`);
		chip.pads.set(this.pin, level);
		chip.kept.set(this.pin, level);
	}
}

/** Every number another one. */
export class Memory {
	static get heap(): number { return 1_000_001; }
	static get heapUsed(): number { return 2_002; }
	static get freeSlots(): number { return 3_003; }
	static get freeChunks(): number { return 40_004; }
	static collect(): void { chip.log.push("collect"); }
	static get internalFree(): number { return 5_005; }
	static get internalLargest(): number { return 6_006; }
	static get psramFree(): number { return 7_007; }
	static get psramLargest(): number { return 8_008; }
}

export class Netif {
	static station(): string | undefined {
		return chip.station;
	}

	static stayAwake(): void {
		if (!chip.awake)
			throw new Error("not started");
		chip.log.push("stay awake");
	}

	static mac(): string {
		return chip.mac;
	}
}

export class Serial extends chip.cable.io {
	constructor(options: SerialOptions) {
		super(options);
		chip.serialOptions = options;
	}
}

export class USBPort {
	static open(): boolean {
		return chip.usb;
	}

	static read(view: Uint8Array): number {
		const count = Math.min(view.length, chip.typed.length);
		view.set(chip.typed.subarray(0, count));
		chip.typed = chip.typed.slice(count);
		return count;
	}

	static write(bytes: ArrayBuffer): void {
		chip.shown += textOf(new Uint8Array(bytes));
	}
}

/** A network interface of the SDK: Ethernet, and what Wi-Fi has of it. */
class Interface {
	connection = 200;
	address: string | undefined;
	MAC = "a0:b1:c2:d3:e4:f5";
	readonly onChanged: (property: string) => void;

	constructor({ onChanged }: { onChanged(property: string): void }) {
		this.onChanged = onChanged;
	}

	configure(options: { hostname?: string; static?: { address: string; mask: string; gateway: string } }): void {
		chip.log.push(options.static ? `ethernet ${Object.values(options.static).join(" ")}` : `hostname ${options.hostname}`);
	}

	become(connection: number, address?: string): void {
		this.connection = connection;
		this.address = address;
		this.onChanged("connection");
	}

	close(): void {}
}

export class Ethernet extends Interface {
	constructor(options: { onChanged(property: string): void }) {
		if (!chip.ethernetChip)
			throw new Error("no W5500");
		super(options);
		chip.ethernet = this;
	}
}

export class WiFi extends Interface {
	RSSI = -61;

	constructor(options: { onChanged(property: string): void }) {
		super(options);
		chip.wifi = this;
	}

	connect({ SSID, password }: { SSID: string; password?: string }): void {
		chip.log.push(`connect ${SSID} ${password ?? "open"}`);
	}

	disconnect(): void {
		chip.log.push("disconnect");
	}
}

/** mDNS: its socket, and what it was told to say. */
export class DNSSD {
	readonly socket: InstanceType<typeof UDP>;
	claimed: { host: string; onError?(): void } | undefined;
	advertised: { serviceType: string; name: string; host: string; port: number; txt: Map<string, string> } | undefined;
	closed = false;

	constructor({ socket: { io } }: { socket: { io: typeof UDP } }) {
		if (chip.dnssdFails)
			throw new Error("no socket");
		this.socket = new io({
			port: 5_353,
			onReadable() {
				throw new Error(`a name of ${this.read()!.byteLength} bytes\r\nthat never ends`);
			}
		});
		chip.dnssd.push(this);
	}

	claim(options: { host: string; onError?(): void }): void {
		this.claimed = options;
	}

	advertise(options: NonNullable<DNSSD["advertised"]>): void {
		this.advertised = options;
	}

	close(): void {
		if (this.closed)
			throw new Error("closed twice");
		this.socket.close();
		this.closed = true;
	}
}

export const { TCP, Listener } = chip.network;

export class UDP extends chip.datagrams.at("192.168.1.1") {
	constructor(options: UDPOptions) {
		super(options);
		chip.log.push(`UDP ${options.port} of ${options.address ?? "every interface"}`);
	}
}

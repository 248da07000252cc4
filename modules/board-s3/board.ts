/**
 * The board with an ESP32-S3-WROOM-1 N16R8 (16 MB flash, 8 MB octal PSRAM) and a W5500. Wiring; the numbers are in manifest.json
 * beside this file ("config" and "defines"), and nowhere else:
 *
 *     GPIO  4   gate driver of the camera's P-FET: 1 = supplied. Through an N-FET with 100 kOhm to ground, so that the camera is off
 *               while the pod has never run. Must be an RTC pad (0..21): its level is latched through resets (pin/held).
 *     GPIO 17   UART1 TX -> the camera's RX (3.3 V)
 *     GPIO 18   UART1 RX <- the camera's TX
 *     GPIO  9   W5500 RSTn
 *     GPIO 10   W5500 SCSn      GPIO 11  MOSI      GPIO 12  SCLK      GPIO 13  MISO      GPIO 14  INTn
 *     GPIO 19, 20   USB: flashing, console
 *
 * The message queue of JavaScript's task ("task.queueLength" there): a full one stops the network for ever, and every source has one message
 * under way at most. HTTP 9 (8 and one being refused), bridge 2, listeners 2, TFTP 1 + 8 transfers, mDNS 1, UART 1, Wi-Fi 1, Ethernet 1,
 * promise jobs 1: 27. Wi-Fi and Ethernet events come in bursts, so 64.
 *
 * Taken by the module itself: 26 to 32 (flash), 33 to 37 (octal PSRAM). Avoided: 0, 3, 45, 46 (straps), 43, 44 (boot messages).
 */
import config from "mc/config";
import Listener from "embedded:io/socket/listener";
import TCP from "embedded:io/socket/tcp";
import UDP from "embedded:io/socket/udp";
import Time from "time";
import Timer from "timer";
import type { Board, Endpoints } from "base/board";
import type { Alarm, Time as PodTime } from "base/time";
import type { Flash } from "flash/flash";
import { Partition } from "flash/partition";
import { Memory } from "memory/memory";
import { Netif } from "network/netif";
import { OTA } from "ota/ota";
import { HeldOutput } from "pin/held";
import { Serial } from "serial/serial";
import { FIELDS } from "settings/fields";
import { Settings } from "settings/settings";
import { Networks } from "board-s3/networks";

/** A new image that doesn't serve within this time is given up: the restart brings the one before back. Milliseconds. */
const PROBATION = 5 * 60_000;

export interface BoardS3 extends Board {
	/** The settings of this pod, from flash; the first call reads them. */
	settings(): Settings;
	/** The idle firmware slot. Throws when there is none. */
	idleSlot(): Flash;
	/** Makes it the one to boot; throws when the chip finds the image invalid. */
	activate(): void;
	restart(): void;
	/** State of both networks, for `GET /status`; undefined before `start`. */
	networks(): Record<string, unknown> | undefined;
}

/* The only state: preloaded, these are undefined, and XS gives each machine its own copy when it is set. */
let settings: Settings | undefined;
let networks: Networks | undefined;
let probation: Timer | undefined;

function report(where: string, error: unknown): void {
	trace(`${where}: ${String(error)}\n`);
}

const time: PodTime = Object.freeze({
	now: () => Time.ticks,
	after: (milliseconds: number, callback: () => void): Alarm => Timer.set(() => callback(), milliseconds),
	every: (milliseconds: number, callback: () => void): Alarm => Timer.repeat(() => callback(), milliseconds),
	cancel: (alarm: Alarm | undefined): void => Timer.clear(alarm as Timer | undefined)
});

/** Build-time values (mcconfig wifi_ssid=...) count as the factory's. */
function factory(): Record<string, unknown> {
	const values: Record<string, unknown> = {};
	for (const name of Object.keys(FIELDS)) {
		if (config[name] !== undefined && name !== "name")
			values[name] = config[name];
	}
	return values;
}

function openSettings(): Settings {
	let flash: Partition | undefined;
	try {
		flash = new Partition("settings");
	}
	catch (error) {
		report("settings", error);
	}
	return new Settings({ schema: FIELDS, flash, factory: factory() });
}

const board: BoardS3 = Object.freeze({
	TCP: TCP as unknown as Board["TCP"],
	Listener: Listener as unknown as Board["Listener"],
	UDP: UDP as unknown as Board["UDP"],
	Serial,
	Digital: HeldOutput,
	uart: Object.freeze({ port: config.uart_port, transmit: config.uart_transmit, receive: config.uart_receive }),
	cameraPower: Object.freeze({ pin: config.power_pin, activeLow: config.power_active_low }),

	/** More than 128 KiB at once is always PSRAM (sdkconfig: CONFIG_SPIRAM_MALLOC_ALWAYSINTERNAL). */
	allocate(bytes: number): Uint8Array {
		return new Uint8Array(new SharedArrayBuffer(bytes));
	},

	powerAtStart(): boolean {
		const level = HeldOutput.kept(config.power_pin);
		return level !== undefined && (level === 1) !== config.power_active_low;
	},

	/** The pin keeps it by itself. */
	powerChanged(): void {},

	memory(): Record<string, number> {
		return {
			heap_bytes: Memory.heap,
			heap_used_bytes: Memory.heapUsed,
			internal_free_bytes: Memory.internalFree,
			internal_largest_free_block: Memory.internalLargest,
			psram_heap_free_bytes: Memory.psramFree,
			psram_heap_largest_free_block: Memory.psramLargest
		};
	},

	settings(): Settings {
		settings ??= openSettings();
		return settings;
	},

	idleSlot(): Flash {
		return new Partition("nextota");
	},

	activate(): void {
		OTA.activate();
	},

	restart(): void {
		OTA.restart();
	},

	networks(): Record<string, unknown> | undefined {
		return networks?.status;
	},

	start(ready: () => void): void {
		if (OTA.pending)
			probation = Timer.set(() => OTA.restart(), PROBATION);
		const chosen = board.settings();
		const hostname = chosen.get<string>("name") || `rack-${Netif.mac().slice(6)}`;
		networks = new Networks({ time, report, hostname, ssid: chosen.get("wifi_ssid"), password: chosen.get("wifi_password"), httpPort: config.httpPort ?? 8080, onReady: ready });
	},

	serving({ http, bridge, tftp }: Endpoints): void {
		trace(`serving: HTTP ${http}, UART ${bridge}, TFTP ${tftp}\n`);
		Timer.clear(probation);
		probation = undefined;
		if (OTA.pending)
			OTA.confirm();
	}
});

export default board;

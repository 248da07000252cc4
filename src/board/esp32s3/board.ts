/**
 * The board with an ESP32-S3-WROOM-1 N16R8 (16 MB flash, 8 MB octal PSRAM) and a W5500. Wiring; the numbers are in manifest.json
 * beside this file ("config" and "defines"), and nowhere else:
 *
 *     GPIO  4   gate driver of the camera's P-FET: 1 = supplied. Through an N-FET with 100 kOhm to ground, so that the camera is off
 *               while the pod has never run. Must be an RTC pad (0..21): its level is latched through resets (modules/esp32/pin).
 *     GPIO 17   UART1 TX -> the camera's RX (3.3 V)
 *     GPIO 18   UART1 RX <- the camera's TX
 *     GPIO  9   W5500 RSTn
 *     GPIO 10   W5500 SCSn      GPIO 11  MOSI      GPIO 12  SCLK      GPIO 13  MISO      GPIO 14  INTn
 *     GPIO 19, 20   USB: flashing, console
 *
 * The message queue of JavaScript's task ("task.queueLength" there): a full one stops the network for ever. Under way at most are one
 * message of all sockets together, mDNS's among them (modules/esp32/sockets), one of the UART (modules/esp32/serial) and one for promise
 * jobs; the USB console is looked at by a timer. Each event of Wi-Fi and Ethernet is a message of its own, and they come in bursts: so 64.
 *
 * Taken by the module itself: 26 to 32 (flash), 33 to 37 (octal PSRAM). Avoided: 0, 3, 45, 46 (straps), 43, 44 (boot messages).
 */
import config from "mc/config";
import Listener from "embedded:io/socket/listener";
import TCP from "embedded:io/socket/tcp";
import UDP from "embedded:io/socket/udp";
import Time from "time";
import Timer from "timer";
import type { Board, Endpoints, NetworkState, NetworkSetup, Terminal } from "board/board";
import type { OnDefect } from "base/guard";
import { printable } from "base/text";
import type { Alarm, Time as PodTime } from "base/time";
import type { Flash } from "base/flash";
import { Partition } from "esp32/flash/partition";
import { Memory } from "esp32/memory/memory";
import { Netif } from "esp32/netif/netif";
import { OTA } from "esp32/ota/ota";
import { HeldOutput } from "esp32/pin/held";
import { Serial } from "esp32/serial/serial";
import { CAMERA_NETWORK, Networks } from "board/esp32s3/networks";
import { openTerminal } from "board/esp32s3/terminal";
import type { Firmware } from "update/firmware";
import { ESP32S3 } from "update/image";

/** A new image that doesn't serve within this time is given up: the restart brings the one before back. Milliseconds. */
const PROBATION = 5 * 60_000;

/* The only state: preloaded, these are undefined, and XS gives each machine its own copy when it is set. */
let networks: Networks | undefined;
let probation: Timer | undefined;
let told: OnDefect | undefined;

/** trace() alone would say nothing in a release build: the SDK's console is empty there. */
function onDefect(where: string, error: unknown): void {
	if (told)
		told(where, error);
	else
		trace(`${printable(`${where}: ${String(error)}`, 240)}\n`);
}

const time: PodTime = Object.freeze({
	now: () => Time.ticks,
	after: (milliseconds: number, callback: (target: any) => void, target?: unknown): Alarm => Timer.set(() => callback(target), milliseconds),
	every: (milliseconds: number, callback: (target: any) => void, target?: unknown): Alarm =>
		Timer.repeat(() => callback(target), milliseconds),
	cancel: (alarm: Alarm | undefined): void => Timer.clear(alarm as Timer | undefined)
});

/** Bytes: blocks up to CONFIG_SPIRAM_MALLOC_ALWAYSINTERNAL (sdkconfig) are never in PSRAM. */
const SMALLEST_IN_PSRAM = 131_073;

/** `esp_reset_reason_t`, as far as it happens. */
const RESETS: Readonly<Record<number, string>> = Object.freeze({
	1: "power on", 3: "restart", 4: "panic", 5: "interrupt watchdog", 6: "task watchdog", 7: "watchdog", 8: "deep sleep", 9: "brown-out",
	11: "USB"
});

const firmware: Firmware = Object.freeze({
	chip: ESP32S3,
	get slot(): string {
		return OTA.slot;
	},
	get pending(): boolean {
		return OTA.pending;
	},
	get reset(): string {
		return RESETS[OTA.resetReason] ?? `reason ${OTA.resetReason}`;
	},
	idleSlot(): Flash {
		return new Partition("nextota");
	},
	activate(): void {
		OTA.activate();
	}
});

const board: Board = Object.freeze({
	TCP: TCP as unknown as Board["TCP"],
	Listener: Listener as unknown as Board["Listener"],
	UDP: UDP as unknown as Board["UDP"],
	Serial,
	Digital: HeldOutput,
	uart: Object.freeze({ port: config.uart_port, transmit: config.uart_transmit, receive: config.uart_receive }),
	cameraPower: Object.freeze({ pin: config.power_pin, activeLow: config.power_active_low }),

	/** A smaller block would come from internal memory: the rest of it is the price. */
	allocate(bytes: number): Uint8Array {
		return new Uint8Array(new SharedArrayBuffer(Math.max(bytes, SMALLEST_IN_PSRAM)), 0, bytes);
	},

	powerAtStart(): boolean {
		const level = HeldOutput.kept(config.power_pin);
		return level !== undefined && (level === 1) !== config.power_active_low;
	},

	/** The pin keeps it by itself. */
	powerChanged(): void {},

	heap: Memory,

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

	get name(): string {
		return `rack-${Netif.mac().slice(6)}`;
	},

	cameraNetwork: CAMERA_NETWORK,
	firmware,

	settingsFlash(): Flash {
		return new Partition("settings");
	},

	terminal(receive: (bytes: Uint8Array) => void): Terminal | undefined {
		return openTerminal(time, receive, onDefect);
	},

	restart(): void {
		OTA.restart();
	},

	networks(): NetworkState {
		return networks?.status ?? { overlap: false };
	},

	start(setup: NetworkSetup, ready: () => void): void {
		if (OTA.pending)
			probation = Timer.set(() => OTA.restart(), PROBATION);
		told = setup.onDefect;
		networks = new Networks({ ...setup, hostname: setup.name, time, onReady: ready, restart: () => OTA.restart() });
	},

	serving({ http, bridge, rfc2217, tftp }: Endpoints): void {
		trace(`serving: HTTP ${http}, UART ${bridge}, RFC 2217 ${rfc2217}, TFTP ${tftp}\n`);
		Timer.clear(probation);
		probation = undefined;
		if (OTA.pending)
			OTA.confirm();
	}
});

export default board;

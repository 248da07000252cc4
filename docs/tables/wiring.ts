/** The board's pins and the chip's flash, as src/board/esp32s3 has them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readPartitions } from "../../tests/device/flash-layout.ts";
import { code, table } from "./part.ts";

const ROOT = join(import.meta.dirname, "../..");

interface Manifest {
	config: { power_pin: number; power_active_low: boolean; uart_port: number; uart_transmit: number; uart_receive: number };
	defines: { ethernet: { hz: number; int_pin: number; reset_pin: number; spi: { cs_pin: number; port: string; miso_pin: number; mosi_pin: number; sck_pin: number } } };
}

/** A pin, the signal at its other end, and what there is to know. */
export function pins(): [pin: number, signal: string, remark: string][] {
	const { config, defines: { ethernet } } = JSON.parse(readFileSync(join(ROOT, "src/board/esp32s3/manifest.json"), "utf8")) as Manifest;
	const bus = `${ethernet.spi.port.replace("_HOST", "")}, ${ethernet.hz / 1e6} MHz`;
	return [
		[config.power_pin, "gate driver of the camera's P-FET", `${config.power_active_low ? "low" : "high"} is on; 100 kOhm to ground`],
		[config.uart_transmit, "camera RX", `UART${config.uart_port} transmits, 3.3 V`],
		[config.uart_receive, "camera TX", `UART${config.uart_port} receives, 3.3 V`],
		[ethernet.reset_pin, "W5500 RSTn", ""],
		[ethernet.spi.cs_pin, "W5500 SCSn", bus],
		[ethernet.spi.mosi_pin, "W5500 MOSI", bus],
		[ethernet.spi.sck_pin, "W5500 SCLK", bus],
		[ethernet.spi.miso_pin, "W5500 MISO", bus],
		[ethernet.int_pin, "W5500 INTn", ""],
		[19, "USB D-", "flashing and set-up console"],
		[20, "USB D+", "flashing and set-up console"]
	];
}

export function pinTable(): string {
	return table(["GPIO", "to", ""], pins(), "r");
}

const PURPOSES: Readonly<Record<string, string>> = {
	nvs: "ESP-IDF's: the radio's calibration",
	otadata: "ESP-IDF's: which slot boots",
	phy_init: "ESP-IDF's: the radio's start values",
	settings: "two copies of the settings, written in turn",
	ota_0: "a firmware slot",
	ota_1: "the other one",
	coredump: "what a panic leaves",
	spare: "nothing yet"
};

export function partitionTable(): string {
	return table(["partition", "offset", "KiB", "is"],
		readPartitions(ROOT).map(({ name, offset, size }) => [code(name), `0x${offset.toString(16).toUpperCase()}`, (size / 1024).toLocaleString("en-US"), PURPOSES[name] ?? ""]), "rrr".replace("r", " "));
}

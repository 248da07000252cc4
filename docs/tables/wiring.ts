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

export interface Pin {
	pin: number;
	part: "supply switch" | "camera's UART" | "W5500" | "USB";
	/** As it is called there. */
	signal: string;
	remark: string;
}

/** The pins in use, part by part. */
export function pins(): Pin[] {
	const { config, defines: { ethernet } } = JSON.parse(readFileSync(join(ROOT, "src/board/esp32s3/manifest.json"), "utf8")) as Manifest;
	const { spi } = ethernet;
	const bus = `${spi.port.replace("_HOST", "")}, ${ethernet.hz / 1e6} MHz`;
	return [
		{ pin: config.power_pin, part: "supply switch", signal: "gate", remark: `${config.power_active_low ? "low" : "high"} switches the camera on` },
		{ pin: config.uart_transmit, part: "camera's UART", signal: "RX", remark: `UART${config.uart_port} sends` },
		{ pin: config.uart_receive, part: "camera's UART", signal: "TX", remark: `UART${config.uart_port} receives` },
		{ pin: ethernet.reset_pin, part: "W5500", signal: "RSTn", remark: "" },
		{ pin: spi.cs_pin, part: "W5500", signal: "SCSn", remark: bus },
		{ pin: spi.mosi_pin, part: "W5500", signal: "MOSI", remark: bus },
		{ pin: spi.sck_pin, part: "W5500", signal: "SCLK", remark: bus },
		{ pin: spi.miso_pin, part: "W5500", signal: "MISO", remark: bus },
		{ pin: ethernet.int_pin, part: "W5500", signal: "INTn", remark: "" },
		// the chip's own: no manifest sets them
		{ pin: 19, part: "USB", signal: "D-", remark: "" },
		{ pin: 20, part: "USB", signal: "D+", remark: "" }
	];
}

export function pinTable(): string {
	return table(["GPIO", "part", "its signal", "remark"], pins().map(({ pin, part, signal, remark }) => [pin, part, signal, remark]), "r");
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
		readPartitions(ROOT).map(({ name, offset, size }) => [code(name), `0x${offset.toString(16).toUpperCase()}`, (size / 1024).toLocaleString("en-US"), PURPOSES[name] ?? ""]), " rr");
}

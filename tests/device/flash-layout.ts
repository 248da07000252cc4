/** The partition table and sdkconfig: do they fit the chip, each other, and what the firmware asks for? */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Graph, Problem } from "./graph.ts";
import { withoutEffect } from "./kconfig.ts";

export interface Partition {
	name: string;
	type: string;
	subtype: string;
	offset: number;
	size: number;
}

const FOLDER = "src/board/esp32s3/sdkconfig";
const TABLE = `${FOLDER}/partitions.csv`;
const CONFIG = `${FOLDER}/sdkconfig.defaults`;
const FIRST = 0x9000;	// after the boot loader and the table
const SECTOR = 0x1000;
const APP_ALIGNMENT = 0x10000;
/** Names that are made while the firmware runs: of JSON's and of the SDK's classes. More are had 32 at a time, from internal memory, for ever. */
const KEYS = 128;
/** What the firmware of such a pod takes at most: ESP-IDF with Wi-Fi about 1.0 MB, XS and the bytecode about 1.2 MB, and as much again. */
const LARGEST_IMAGE = 0x380000;

export function readPartitions(root: string): Partition[] {
	const partitions: Partition[] = [];
	for (const line of readFileSync(join(root, TABLE), "utf8").split("\n")) {
		if (line.trim() === "" || line.startsWith("#"))
			continue;
		const [name, type, subtype, offset, size] = line.split(",").map(item => item.trim());
		partitions.push({ name: name!, type: type!, subtype: subtype!, offset: Number(offset), size: Number(size) });
	}
	return partitions;
}

/** `CONFIG_X=y` lines as the later one decides; `problems` for names that are set twice differently. */
export function readConfig(root: string): { values: Map<string, string>; problems: Problem[] } {
	const values = new Map<string, string>();
	const problems: Problem[] = [];
	for (const line of readFileSync(join(root, CONFIG), "utf8").split("\n")) {
		const match = line.match(/^(CONFIG_\w+)=(.*)$/);
		if (!match) {
			if (line.trim() !== "" && !line.startsWith("#"))
				problems.push({ file: CONFIG, message: `can't be understood: ${line}` });
			continue;
		}
		const [, name, value] = match;
		if (values.has(name!) && values.get(name!) !== value)
			problems.push({ file: CONFIG, message: `${name} is set twice, to ${values.get(name!)} and ${value}` });
		values.set(name!, value!);
	}
	return { values, problems };
}

export function checkPartitions(root: string): Problem[] {
	const problems: Problem[] = [];
	const say = (message: string): void => void problems.push({ file: TABLE, message });
	const partitions = readPartitions(root);
	const { values } = readConfig(root);
	const flash = flashSize(values);
	const sorted = [...partitions].sort((a, b) => a.offset - b.offset);
	let end = FIRST;
	for (const { name, type, offset, size } of sorted) {
		if (!Number.isInteger(offset) || !Number.isInteger(size) || size <= 0)
			say(`${name}: offset or size is no number`);
		if (offset < end)
			say(`${name} at 0x${offset.toString(16)} overlaps what ends at 0x${end.toString(16)}`);
		if (offset % (type === "app" ? APP_ALIGNMENT : SECTOR) || size % SECTOR)
			say(`${name} is not aligned`);
		end = offset + size;
	}
	if (end > flash)
		say(`the partitions end at 0x${end.toString(16)}, the flash at 0x${flash.toString(16)}`);
	checkKinds(partitions, values, say);
	return problems;
}

function checkKinds(partitions: Partition[], values: Map<string, string>, say: (message: string) => void): void {
	const one = (name: string): Partition | undefined => {
		const found = partitions.find(partition => partition.name === name);
		if (!found)
			say(`there is no partition ${name}`);
		return found;
	};
	const [first, second] = [one("ota_0"), one("ota_1")];
	if (first && second && first.size !== second.size)
		say("the firmware slots differ in size, so an image may fit only one of them");
	for (const slot of [first, second]) {
		if (slot && slot.size < LARGEST_IMAGE)
			say(`${slot.name} is smaller than the largest image planned, 0x${LARGEST_IMAGE.toString(16)}`);
	}
	if ((one("otadata")?.size ?? 0) !== 0x2000)
		say("otadata must have two sectors");
	if ((one("settings")?.size ?? 0) < 2 * SECTOR)
		say("settings need two erase blocks at least");
	one("nvs");
	one("spare");
	if (values.get("CONFIG_ESP_COREDUMP_ENABLE_TO_FLASH") === "y")
		one("coredump");
}

function flashSize(values: Map<string, string>): number {
	for (const [name, value] of values) {
		const match = name.match(/^CONFIG_ESPTOOLPY_FLASHSIZE_(\d+)MB$/);
		if (match && value === "y")
			return Number(match[1]) * 1024 * 1024;
	}
	return 4 * 1024 * 1024;	// the SDK's default
}

/** Settings that the code relies on, each with the reason. */
const NEEDED: readonly [string, string, string][] = [
	["CONFIG_UART_ISR_IN_IRAM", "y", "console output would be lost during flash writes"],
	["CONFIG_RINGBUF_PLACE_ISR_FUNCTIONS_INTO_FLASH", "n", "CONFIG_UART_ISR_IN_IRAM depends on it"],
	["CONFIG_BOOTLOADER_APP_ROLLBACK_ENABLE", "y", "a bad update would stay"],
	["CONFIG_SPIRAM", "y", "files are kept in PSRAM"],
	["CONFIG_SPIRAM_MODE_OCT", "y", "the module's PSRAM is octal"],
	["CONFIG_SPIRAM_USE_MALLOC", "y", "SharedArrayBuffer takes its memory from malloc"],
	["CONFIG_ESP_TASK_WDT_EN", "y", "a hanging pod must restart"],
	["CONFIG_ETH_USE_SPI_ETHERNET", "y", "the W5500 is on SPI"],
	["CONFIG_ESP_WIFI_STATIC_TX_BUFFER_NUM", "12", "with Wi-Fi's memory in PSRAM its transmit buffers are static, and the memory plan counts them"],
	["CONFIG_LWIP_TCP_RTO_TIME", "1500", "the SDK's 3 s are long where a Wi-Fi loses the first segment"]
];

/** Settings whose exclusive alternatives must be switched off by name: the SDK's base file or Kconfig has them on. */
const EXCLUSIVE: readonly [string, string][] = [
	["CONFIG_SPIRAM_MODE_OCT", "CONFIG_SPIRAM_MODE_QUAD"],
	["CONFIG_SPIRAM_SPEED_80M", "CONFIG_SPIRAM_SPEED_40M"],
	["CONFIG_ESPTOOLPY_FLASHSIZE_16MB", "CONFIG_ESPTOOLPY_FLASHSIZE_4MB"]
];

export function checkConfig(root: string, graph: Graph): Problem[] {
	const { values, problems } = readConfig(root);
	const say = (message: string): void => void problems.push({ file: CONFIG, message });
	for (const [name, value, reason] of NEEDED) {
		if (values.get(name) !== value)
			say(`${name}=${value} is needed: ${reason}`);
	}
	for (const [chosen, other] of EXCLUSIVE) {
		if (values.get(chosen) === "y" && values.get(other) !== "n")
			say(`${chosen}=y needs ${other}=n beside it`);
	}
	for (const complaint of withoutEffect(values))
		say(complaint);
	const version = (graph.config as { version?: string }).version;
	if (values.get("CONFIG_APP_PROJECT_VER") !== JSON.stringify(version))
		say(`CONFIG_APP_PROJECT_VER is ${values.get("CONFIG_APP_PROJECT_VER")}, manifest.json's version ${version}: GET /firmware would name an image wrongly`);
	const keys = (graph.creation as { keys?: { initial: number } }).keys?.initial ?? 0;
	if (keys < KEYS)
		problems.push({ file: "manifest.json", message: `creation.keys.initial is ${keys} after all manifests; ${KEYS} names are made at run time` });
	const internal = Number(values.get("CONFIG_SPIRAM_MALLOC_ALWAYSINTERNAL"));
	const { chunk, heap } = graph.creation as { chunk?: { initial: number }; heap?: { initial: number } };
	if (!(chunk && chunk.initial < internal) || !(heap && heap.initial * 16 < internal))
		say("CONFIG_SPIRAM_MALLOC_ALWAYSINTERNAL must exceed the chunk and the slot heap, or XS lands in PSRAM");
	return problems.concat(checkPins(graph), checkNetworks(root));
}

/** What the board's networks must do once they are up, which nothing but the device itself would show. */
function checkNetworks(root: string): Problem[] {
	const file = "src/board/esp32s3/networks.ts";
	const source = readFileSync(join(root, file), "utf8");
	const problems: Problem[] = [];
	if (!/\bNetif\.stayAwake\(\)/.test(source))
		problems.push({ file, message: "nothing calls Netif.stayAwake: Wi-Fi's power save delays every packet to the pod" });
	if (!/\.advertise\(\{[^}]*\btxt:/.test(source))
		problems.push({ file, message: "advertises a service without a TXT record, which RFC 6763 section 6 requires" });
	return problems;
}

function checkPins({ config, defines }: Graph): Problem[] {
	const problems: Problem[] = [];
	const file = "src/board/esp32s3/manifest.json";
	const ethernet = defines.ethernet as Record<string, any> | undefined;
	const pins: Record<string, unknown> = { power_pin: config.power_pin, uart_transmit: config.uart_transmit, uart_receive: config.uart_receive };
	for (const name of ["int_pin", "reset_pin"])
		pins[`ethernet ${name}`] = ethernet?.[name];
	for (const name of ["cs_pin", "miso_pin", "mosi_pin", "sck_pin"])
		pins[`ethernet ${name}`] = ethernet?.spi?.[name];
	const taken = new Map<unknown, string>();
	for (const [name, pin] of Object.entries(pins)) {
		const other = taken.get(pin);
		if (other)
			problems.push({ file, message: `${name} and ${other} are both GPIO ${pin}` });
		taken.set(pin, name);
		if (typeof pin !== "number" || pin < 0 || pin > 48 || (pin > 21 && pin < 38))
			problems.push({ file, message: `${name}: GPIO ${pin} doesn't exist or belongs to flash and PSRAM` });
		else if ([0, 3, 19, 20, 43, 44, 45, 46].includes(pin))
			problems.push({ file, message: `${name}: GPIO ${pin} is a strap, USB or the boot console` });
	}
	if (!(Number(config.power_pin) <= 21))
		problems.push({ file, message: "power_pin must be an RTC pad, GPIO 0 to 21" });
	return problems;
}

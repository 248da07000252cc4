/** The firmware of the ESP32-S3 on a fake chip (chip.ts), as tests for XS: a map in which the drivers and the SDK's classes are the fake's. */
import { mkdirSync, writeFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../simulator/build.ts";
import { readManifest } from "../../simulator/manifest.ts";
import { buildTests, type XSTests } from "../node/xs.ts";

const OUT = join(ROOT, "build/board-tests");

/** Specifiers, and by what name chip.ts has what they export. */
const FAKES: Readonly<Record<string, string>> = {
	"embedded:io/socket/listener": "Listener",
	"embedded:io/socket/tcp": "TCP",
	"embedded:io/socket/udp": "UDP",
	"embedded:network/dnssd": "DNSSD",
	"embedded:network/interface/ethernet": "Ethernet",
	"embedded:network/interface/wifi": "WiFi",
	"embedded:storage/flash": "flash",
	"esp32/memory/memory": "Memory",
	"esp32/netif/netif": "Netif",
	"esp32/ota/ota": "OTA",
	"esp32/pin/held": "HeldOutput",
	"esp32/serial/serial": "Serial",
	"esp32/usb-port/usb-port": "USBPort",
	"time": "Time",
	"timer": "Timer"
};

/** The firmware's own. */
const REAL = ["src/board/esp32s3/board", "src/board/esp32s3/networks", "src/board/esp32s3/terminal", "modules/esp32/flash/partition"];

export async function buildBoard(): Promise<XSTests> {
	const { host, map } = await buildTests("debug");
	mkdirSync(OUT, { recursive: true });
	const lines = new Map(readFileSync(map, "utf8").split("\n").filter(Boolean).map(line => line.split("\t") as [string, string]));
	lines.set("real/timer", lines.get("timer")!);
	for (const [specifier, name] of Object.entries(FAKES)) {
		const path = join(OUT, `${name}.js`);
		writeFileSync(path, `export { ${name}, ${name} as default } from "tests/board/chip";\n`);
		lines.set(specifier, path);
	}
	for (const path of REAL)
		lines.set(path.replace(/^(src|modules)\//, ""), join(ROOT, "build/firmware", `${path}.js`));
	lines.set("board", lines.get("board/esp32s3/board")!);
	const { config } = readManifest(join(ROOT, "manifest.json"), join(ROOT, "src/board/esp32s3/manifest.json"));
	const given = join(OUT, "config.js");
	writeFileSync(given, `export default Object.freeze(${JSON.stringify(config)});\n`);
	lines.set("mc/config", given);
	const own = join(OUT, "map");
	writeFileSync(own, Array.from(lines, line => `${line.join("\t")}\n`).join(""));
	return { host, map: own };
}

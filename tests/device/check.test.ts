/** Each mistake that the device check is for is made in a copy of the tree, and must be named. */
import { strict as assert } from "node:assert";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { checkDevice } from "./check.ts";
import { readGraph } from "./graph.ts";
import { checkIncludes } from "./manifests.ts";

const ROOT = resolve(import.meta.dirname, "../..");

describe("check:device", function () {
	let tree: string;
	/** What is wrong with the tree as it is. */
	let known: Set<string>;

	before(function () {
		known = new Set(problems(ROOT));
	});

	beforeEach(function () {
		tree = mkdtempSync(join(tmpdir(), "rackpod-check-"));
		for (const part of ["manifest.json", "src", "modules", "docs"])
			cpSync(join(ROOT, part), join(tree, part), { recursive: true });
	});

	afterEach(function () {
		rmSync(tree, { recursive: true, force: true });
	});

	function problems(root: string): string[] {
		return checkDevice(root).problems.map(({ file, message }) => `${file}: ${message}`);
	}

	function edit(file: string, from: string | RegExp, to: string): void {
		const path = join(tree, file);
		const text = readFileSync(path, "utf8");
		const edited = text.replace(from, () => to);
		assert.notEqual(edited, text, `nothing to change in ${file}`);
		writeFileSync(path, edited);
	}

	/** The mistake must bring a new problem that matches each of `expressions`. */
	function named(...expressions: RegExp[]): void {
		const found = problems(tree).filter(problem => !known.has(problem));
		for (const expression of expressions)
			assert.ok(found.some(problem => expression.test(problem)), `${expression} in:\n${found.join("\n")}`);
	}

	it("when the tree is as committed then nothing is wrong", function () {
		assert.deepEqual([...known], []);
	});

	it("when a module is missing from the manifest then its importer and it are named", function () {
		edit("modules/settings/manifest.json", /\t\t"settings\/record": ".\/record",\n/, "");
		named(/modules\/settings\/settings\.ts: imports \.\/record, but no manifest has a module settings\/record/);
	});

	it("when a manifest names a file that isn't there then both are named", function () {
		edit("modules/update/manifest.json", "\"./image\"", "\"./imgae\"");
		named(/modules\/update\/manifest\.json: .*\.\/imgae/);
	});

	it("when a manifest names data that isn't there, or two files of one name, then they are named", function () {
		edit("modules/store/manifest.json", "\t\"modules\": {", "\t\"data\": { \"*\": [\"./manifest.json\", \"../base/manifest.json\", \"./page.html\"] },\n\t\"modules\": {");
		named(/modules\/store\/manifest\.json: data "\*" is \.\/page\.html, but there is no file modules\/store\/page\.html/,
			/data manifest\.json is modules\/base\/manifest\.json, but it is modules\/store\/manifest\.json already/);
	});

	it("when a manifest doesn't include one of those that its modules import then both and an importer are named, whichever it is", function () {
		const graph = readGraph(ROOT);
		let tried = 0;
		for (const [file, manifest] of graph.manifests) {
			if (manifest.modules.length === 0)
				continue;
			for (const include of manifest.includes.filter(include => graph.manifests.get(include)?.modules.length)) {
				const manifests = new Map(graph.manifests).set(file, { ...manifest, includes: manifest.includes.filter(other => other !== include) });
				const messages = checkIncludes(ROOT, { ...graph, manifests }).map(({ file, message }) => `${file}: ${message}`);
				assert.equal(messages.length, 1, `${file} without ${include}: ${messages}`);
				assert.ok(messages[0]!.startsWith(`${file}: does not include ${include}, of which `), messages[0]);
				tried++;
			}
		}
		assert.ok(tried > 40, `${tried}`);
	});

	it("when a manifest includes another twice, or one that its modules don't import, then both are named", function () {
		edit("modules/power/manifest.json", "\"../base/manifest.json\"", "\"../base/manifest.json\",\n\t\t\"../base/manifest.json\",\n\t\t\"../uart/manifest.json\"");
		named(/modules\/power\/manifest\.json: includes modules\/base\/manifest\.json twice/, /modules\/power\/manifest\.json: includes modules\/uart\/manifest\.json, of which it imports nothing/);
	});

	it("when a module imports from a room that its manifest doesn't include, if only a type, then both are named", function () {
		edit("modules/power/power.ts", "import { Refusal }", "import type { Log } from \"uart/log\";\nimport { Refusal }");
		named(/modules\/power\/manifest\.json: does not include modules\/uart\/manifest\.json, of which modules\/power\/power\.ts imports uart\/log/);
	});

	it("when a module is not preloaded then it is named", function () {
		edit("modules/update/manifest.json", "\t\t\"update/image\",\n", "");
		named(/module update\/image is not preloaded/);
	});

	it("when a module body calls native code then the line is named", function () {
		edit("modules/settings/record.ts", "const HEADER = 16;", "const HEADER = 16;\nconst EMPTY = Bytes.crc32(new Uint8Array(0), 0);");
		named(/modules\/settings\/record\.ts:\d+: the module body calls native code: const EMPTY/);
	});

	it("when a module body makes a native object or keeps a Map or an object then the line is named", function () {
		edit("modules/update/update.ts", "const HASH = 32;", "const HASH = 32;\nconst sha = new SHA256();\nconst updates = new Map<string, Update>();\nconst last = { size: 0 };");
		named(/calls native code: const sha/, /keeps a Map.*const updates/, /keeps unfrozen state: const last/);
	});

	it("when a table is frozen on its surface only then it is named", function () {
		edit("src/settings.ts", "satisfies Schema, true);", "satisfies Schema);");
		named(/src\/settings\.ts:\d+: frozen on the surface only/);
	});

	it("when a class has a static field then it is named", function () {
		edit("modules/update/update.ts", "\treadonly size: number;\n", "\tstatic count = 0;\n\treadonly size: number;\n");
		named(/modules\/update\/update\.ts: static class field.*static count/);
	});

	it("when a C function is misspelt then it is named on both sides", function () {
		edit("modules/esp32/ota/ota.c", "void xs_ota_confirm(", "void xs_ota_confrim(");
		named(/modules\/esp32\/ota\/ota\.c: the C function xs_ota_confirm is missing/, /nothing calls the C function xs_ota_confrim/);
	});

	it("when C has a warning or calls what isn't there then the file and the line are named", function () {
		edit("modules/esp32/pin/held.c", "uint32_t initial = 0, level;", "uint32_t initial = 0, level, unused;");
		edit("modules/esp32/ota/ota.c", "esp_ota_get_next_update_partition(NULL)", "esp_ota_next(NULL)");
		named(/modules\/esp32\/pin\/held\.c: .*held\.c:\d+.*unused/, /modules\/esp32\/ota\/ota\.c: .*esp_ota_next/);
	});

	it("when a static buffer of 300 KB appears then it is named with its size", function () {
		edit("modules/esp32/ota/ota.c", "void xs_ota_confirm(", "static char image[300 * 1024];\nchar *imageAddress(void);\nchar *imageAddress(void)\n{\n\treturn image;\n}\n\nvoid xs_ota_confirm(");
		named(/modules\/esp32\/ota\/ota\.c: image claims 307200 bytes/, /Internal RAM: \d+ bytes are planned/);
	});

	it("when the XS heap grows beyond internal memory then the plan says so", function () {
		edit("src/board/esp32s3/manifest.json", "\"initial\": 65536", "\"initial\": 131072");
		named(/CONFIG_SPIRAM_MALLOC_ALWAYSINTERNAL/, /Internal RAM: \d+ bytes are planned/, /docs\/device\.md: its memory plan is not that of the sources/);
	});

	it("when partitions overlap, are misaligned, too small, missing or exceed the flash then each is named", function () {
		const table = "src/board/esp32s3/sdkconfig/partitions.csv";
		edit(table, "0x420000, 0x400000", "0x410000, 0x400000");
		named(/ota_1 at 0x410000 overlaps what ends at 0x420000/);
		edit(table, "0x410000, 0x400000", "0x421000, 0x300000");
		named(/ota_1 is not aligned/, /slots differ in size/, /ota_1 is smaller than the largest image/);
		edit(table, "0x7d0000", "0x7e0000");
		named(/the partitions end at 0x1010000/);
		edit(table, /^settings.*\n/m, "");
		named(/there is no partition settings/);
	});

	it("when sdkconfig lacks or contradicts what the code needs then the setting is named", function () {
		const config = "src/board/esp32s3/sdkconfig/sdkconfig.defaults";
		edit(config, "CONFIG_UART_ISR_IN_IRAM=y", "CONFIG_UART_ISR_IN_IRAM=n");
		edit(config, "CONFIG_SPIRAM_MODE_QUAD=n\n", "");
		edit(config, "CONFIG_SPIRAM=y\n", "CONFIG_SPIRAM=y\nCONFIG_SPIRAM_USE_CAPS_ALLOC=y\nCONFIG_SPIRAM=n\n");
		named(/CONFIG_UART_ISR_IN_IRAM=y is needed/, /needs CONFIG_SPIRAM_MODE_QUAD=n/, /USE_CAPS_ALLOC is silently ignored/, /CONFIG_SPIRAM is set twice/);
	});

	it("when a header is not on the SDK's include path then the file is named", function () {
		edit("modules/esp32/usb-port/usb-port.c", "esp_driver_usb_serial_jtag/include/driver/usb_serial_jtag.h", "driver/usb_serial_jtag.h");
		named(/modules\/esp32\/usb-port\/usb-port\.c: .*driver\/usb_serial_jtag\.h: No such file/);
	});

	it("when a setting of ours is overridden by a manifest that comes later then both are named", function () {
		edit("manifest.json", /,\n\t\t\t"creation": \{[^]*?\n\t\t\t\}/, "");
		edit("src/board/esp32s3/manifest.json", "\"stack\": 512", "\"stack\": 512,\n\t\t\"keys\": {\n\t\t\t\"initial\": 128\n\t\t}");
		named(/src\/board\/esp32s3\/manifest\.json: creation\.keys\.initial is set again, to 32, by \$\(MODDABLE\)\/examples\/manifest_base\.json/, /creation\.keys\.initial is 32 after all manifests/);
	});

	it("when sdkconfig sets what has no effect, isn't known or is outside of its range then each is named", function () {
		const config = "src/board/esp32s3/sdkconfig/sdkconfig.defaults";
		edit(config, "CONFIG_ETH_USE_SPI_ETHERNET=y", ["CONFIG_ETH_USE_SPI_ETHERNET=y", "CONFIG_ETH_ENABLED=y", "CONFIG_ESP_WIFI_DYNAMIC_TX_BUFFER_NUM=32", "CONFIG_LWIP_TCP_RECVMBOX_SIZE=16",
			"CONFIG_LWIP_UDP_RECVMBOX_SIZE=16", "CONFIG_LWIP_TCP_WINDOW=5"].join("\n"));
		edit(config, "CONFIG_LWIP_TCP_SND_BUF_DEFAULT=2880", "CONFIG_LWIP_TCP_SND_BUF_DEFAULT=1000");
		named(/ETH_ENABLED has no prompt/, /DYNAMIC_TX_BUFFER_NUM has no effect: it needs CONFIG_SPIRAM_TRY_ALLOCATE_WIFI_LWIP off/, /LWIP_TCP_RECVMBOX_SIZE is for sockets and netconns/,
			/LWIP_UDP_RECVMBOX_SIZE is for/, /CONFIG_LWIP_TCP_WINDOW is not in tests\/device\/kconfig\.ts/, /SND_BUF_DEFAULT is 1000, outside of 2440 to 65535/);
	});

	it("when sdkconfig lacks the static transmit buffers, the short time-out or the version then each is named", function () {
		const config = "src/board/esp32s3/sdkconfig/sdkconfig.defaults";
		edit(config, "CONFIG_ESP_WIFI_STATIC_TX_BUFFER_NUM=12\n", "");
		edit(config, "CONFIG_LWIP_TCP_RTO_TIME=1500\n", "");
		edit(config, "CONFIG_APP_PROJECT_VER=\"0.1.0\"", "CONFIG_APP_PROJECT_VER=\"1\"");
		named(/STATIC_TX_BUFFER_NUM=12 is needed/, /RTO_TIME=1500 is needed/, /CONFIG_APP_PROJECT_VER is "1", manifest\.json's version 0\.1\.0/);
	});

	it("when what TCP may send grows beyond PSRAM, or the plan in docs/device.md is another, then that is said", function () {
		edit("src/board/esp32s3/sdkconfig/sdkconfig.defaults", "CONFIG_LWIP_TCP_SND_BUF_DEFAULT=2880", "CONFIG_LWIP_TCP_SND_BUF_DEFAULT=17280");
		named(/PSRAM: \d+ bytes are planned, 8388608 are there/, /docs\/device\.md: its memory plan/);
	});

	it("when the radio is let to sleep, or the mDNS service has no TXT record, then that is said", function () {
		edit("src/board/esp32s3/networks.ts", "Netif.stayAwake();", "");
		edit("src/board/esp32s3/networks.ts", ", txt: new Map()", "");
		named(/networks\.ts: nothing calls Netif\.stayAwake/, /networks\.ts: .*without a TXT record/);
	});

	it("when two signals share a pin, or a pin belongs to the PSRAM, then it is named", function () {
		edit("src/board/esp32s3/manifest.json", "\"uart_transmit\": 17", "\"uart_transmit\": 14");
		edit("src/board/esp32s3/manifest.json", "\"power_pin\": 4", "\"power_pin\": 36");
		named(/ethernet int_pin and uart_transmit are both GPIO 14/, /power_pin: GPIO 36/, /power_pin must be an RTC pad/);
	});
});

/** The device's serial port, its two tasks and JavaScript's as threads, under two sanitizers. */
import { strict as assert } from "node:assert";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { INCLUDE_PATH } from "./include-path.ts";

const ROOT = resolve(import.meta.dirname, "../..");

describe("serial: its tasks", function () {
	let folder: string;

	before(function () {
		folder = mkdtempSync(join(tmpdir(), "rackpod-serial-"));
		const ids = new Set(readFileSync(join(ROOT, "modules/esp32/serial/serial.c"), "utf8").match(/\bxsID_\w+/g));
		writeFileSync(join(folder, "mc.xs.h"), `enum { xsID_none, ${[...ids].join(", ")} };\n`);
	});

	after(function () {
		rmSync(folder, { recursive: true, force: true });
	});

	for (const sanitizer of ["address,undefined", "thread"])
		it(`when the port is closed at any moment then nobody tells a task or fills a queue that is gone (${sanitizer})`, function () {
			const program = join(folder, "serial");
			execFileSync("gcc", ["-std=gnu17", "-Wall", "-Wextra", "-Werror", "-O1", "-g", `-fsanitize=${sanitizer}`, "-fno-sanitize-recover=all", "-DCONFIG_UART_ISR_IN_IRAM=1", `-I${folder}`,
				`-I${join(import.meta.dirname, "sdk")}`, ...INCLUDE_PATH.map(path => `-I${join(import.meta.dirname, "idf", path)}`), join(import.meta.dirname, "serial.c"), "-lpthread", "-o", program]);
			const { status, signal, stdout, stderr } = spawnSync(program, ["7"], { encoding: "utf8", timeout: 50_000 });
			assert.equal(status, 0, `${signal ?? ""} ${stdout}${stderr}`);
		});
});

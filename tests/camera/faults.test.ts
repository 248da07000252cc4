/** The faults that a camera can be given: each acts as on the real ones, or a tool that falls for it would not be found out. */
import { strict as assert } from "node:assert";
import { ENVIRONMENT_OFFSET, ENVIRONMENT_SIZE, Environment } from "../../simulator/camera/environment.ts";
import type { Settings } from "../../simulator/camera/machine.ts";
import { parseOptions } from "../../simulator/camera/options.ts";
import { pattern } from "./support/frames.ts";
import { Rig } from "./support/rig.ts";

const MIB = 1024 * 1024;

function atPrompt(settings: Partial<Settings>, more = {}): Rig {
	return new Rig({ settings, ...more }).prompt();
}

describe("a camera's faults", () => {
	const OFFSET = 0x80000;

	for (const [protection, erases, unlocks, useless] of [
		["lock", /Erased: OK/, "sf lock 0", "sf protect unlock 0 100000"],
		["protect", /is protected and cannot be erased/, "sf protect unlock 0 100000", "sf lock 0"],
		["pin", /Erased: OK/, undefined, "sf lock 0"]
	] as const) {
		it(`when the flash is protected (${protection}) then nothing changes it until it is unlocked`, () => {
			const rig = atPrompt({ protection });
			rig.camera.nor.cells.set(pattern(65536), OFFSET);
			const before = rig.camera.nor.cells.slice(OFFSET, OFFSET + 65536);
			const program = (): string => {
				const answer = rig.command("sf probe 0; sf erase 80000 10000");
				rig.command("mw.b 42000000 55 10000");
				rig.command("sf write 42000000 80000 10000");
				return answer;
			};
			assert.match(program(), erases);
			rig.command(useless);
			program();
			assert.deepEqual(rig.camera.nor.cells.slice(OFFSET, OFFSET + 65536), before);
			rig.camera.power(false);
			rig.prompt();
			program();
			assert.deepEqual(rig.camera.nor.cells.slice(OFFSET, OFFSET + 65536), before);
			if (!unlocks)
				return;
			rig.command(unlocks);
			program();
			assert.ok(rig.camera.nor.cells.subarray(OFFSET, OFFSET + 65536).every(byte => byte === 0x55));
		});
	}

	it("when U-Boot reaches only a part of the flash then it says so, and what lies behind lands before", () => {
		const rig = atPrompt({ reach: MIB }, { norSize: 2 * MIB });
		assert.match(rig.command("sf probe 0"), /total 2 MiB\n.*Only lower 1MiB accessible/);
		rig.camera.nor.cells.fill(0, 0x80000, 0x90000);
		rig.camera.nor.cells.fill(0, MIB + 0x80000, MIB + 0x90000);
		rig.command("sf erase 180000 10000");
		assert.equal(rig.camera.nor.cells[0x80000], 0xff);
		assert.equal(rig.camera.nor.cells[MIB + 0x80000], 0);
	});

	it("when a read is a misread then one bit is wrong, and the next read is right", () => {
		const rig = atPrompt({ misreads: [2] });
		rig.camera.nor.cells.set(pattern(0x1000), OFFSET);
		rig.command("sf probe 0");
		const wrong = [1, 2, 3].map(() => {
			rig.command("sf read 42000000 80000 1000");
			return Buffer.from(rig.camera.memory(0x42000000, 0x1000)).filter((byte, index) => byte !== pattern(0x1000)[index]).length;
		});
		assert.deepEqual(wrong, [0, 1, 0]);
	});

	it("when the environment has autostart then a kernel that is loaded is started, and a file that is none is not", () => {
		const rig = atPrompt({ environment: { autostart: "yes", serverip: "192.168.1.1" } });
		rig.pod.files.set("file", pattern(1000));
		assert.match(rig.command("tftpboot 42000000 file"), /Automatic boot of image at addr 0x42000000 \.\.\.\n.*Wrong Image Format/);
		const kernel = pattern(1000);
		kernel.set([0x27, 0x05, 0x19, 0x56]);
		rig.pod.files.set("uImage", kernel);
		rig.send("tftpboot 42000000 uImage\r");
		rig.expect("Starting kernel");
	});

	for (const environment of [{ netmask: "255.255.255.248", gatewayip: "192.168.1.14" }, { vlan: "5" }] as Record<string, string>[]) {
		it(`when the environment has ${JSON.stringify(environment)} then the pod is not found until that is changed`, () => {
			const rig = atPrompt({ environment: { serverip: "192.168.1.1", ...environment } });
			rig.pod.files.set("file", pattern(1000));
			assert.match(rig.command("tftpboot 42000000 file"), /ARP Retry count exceeded/);
			rig.command("setenv netmask 255.255.255.0; setenv vlan");
			assert.match(rig.command("tftpboot 42000000 file"), /Bytes transferred = 1000/);
		});
	}

	it("when the flash holds no environment and U-Boot saves it then it is written at the first start, not at the second", () => {
		const rig = atPrompt({ savesDefault: true, environment: { mine: "yes" } });
		assert.equal(Environment.decode(rig.camera.nor.read(ENVIRONMENT_OFFSET, ENVIRONMENT_SIZE))!.get("mine"), "yes");
		assert.equal(rig.names().filter(name => name === "saveenv").length, 1);
		rig.camera.power(false);
		rig.prompt();
		assert.equal(rig.names().filter(name => name === "saveenv").length, 1);
	});

	it("when the watchdog bites then the camera starts anew in the middle of that command, with its RAM", () => {
		const rig = atPrompt({ watchdog: [3] });
		rig.command("mw.b 42000000 77 10");
		rig.command("sf probe 0");
		const from = rig.received.length;
		rig.send("sf erase 80000 10000\r");
		rig.expect("U-Boot 20", 60000, from);
		assert.ok(!rig.text.slice(from).includes("Erased"));
		assert.equal(rig.camera.memory(0x42000000, 1)[0], 0x77);
		assert.ok(rig.camera.nor.cells.subarray(OFFSET, OFFSET + 65536).every(byte => byte === 0xff));
	});

	it("when they are options then they are these", () => {
		const { settings } = parseOptions(["--board", "x", "--env", "a=b", "--env", "c=", "--saves-default", "--write-protect", "pin", "--reach", "16M", "--misread", "1,5", "--watchdog", "7"]).camera;
		const { environment, savesDefault, protection, reach, misreads, watchdog } = settings!;
		assert.deepEqual({ environment, savesDefault, protection, reach, misreads, watchdog },
			{ environment: { a: "b", c: "" }, savesDefault: true, protection: "pin", reach: 16 * MIB, misreads: [1, 5], watchdog: [7] });
	});
});

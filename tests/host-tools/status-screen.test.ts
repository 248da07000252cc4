/** `rackpod status` as people see it. */
import { strict as assert } from "node:assert";
import { statusScreen } from "../../host-tools/cli/screen/status-screen.ts";
import type { PodStatus } from "../../modules/protocol/answers.ts";

const STATUS: PodStatus = {
	name: "rack-7", version: "0.1.0", uptime_seconds: 12_000,
	memory: { psram_total_bytes: 8126464, psram_free_bytes: 8126464, files: 2, max_files: 32, uploads: 0, heap_slots: 1 },
	power: { camera_on: true, switching: false, seconds: 70 },
	uart: { owner: null, baud: 115200, rx: 5, tx: 0, overruns: 0, dropped: 0 },
	tftp: { transfers: 3, completed: 3, failed: 0, under_way: [] },
	fastboot: { running: false, last_result: null },
	networks: { hostname: null, wifi: { ssid: "LAB" }, lab: { address: "10.0.0.7", up: true }, camera: { address: "192.168.1.1", up: true }, overlap: false },
	settings: { origin: "flash", kept: true, problems: [] },
	firmware: { slot: "ota_0", pending: false, reset: "power on", update: null, last_error: null },
	faults: { count: 0, last: null }
};

describe("the status screen", () => {
	it("when all is well then each thing has its line, and nothing more", () => {
		assert.deepEqual(statusScreen(STATUS), [
			"pod       rack-7, firmware 0.1.0, up for 3 h 20 min",
			"camera    on for 1 min",
			"console   free, 115200 baud",
			"files     2 of 32; 7936 KB free",
			"tftp      3 transfers completed, 0 failed",
			"fastboot  none since the pod started",
			"network   10.0.0.7 in LAB"
		]);
	});

	for (const [what, change, line] of [
		["the supply can't be read", { power: { camera_on: null, error: "power_readback" } }, /^camera +nobody knows whether it is on \(power_readback\)$/m],
		["somebody has the console, and bytes were lost", { uart: { owner: "bridge 10.0.0.9", baud: 921600, overruns: 1, dropped: 2 } }, /^console +held by bridge 10\.0\.0\.9, 921600 baud; 3 bytes lost$/m],
		["a fastboot runs", { fastboot: { running: true, phase: "agent", bytes_sent: 50, bytes_total: 100, last_result: null } }, /^fastboot +running: agent, 50 %$/m],
		["the last fastboot failed", { fastboot: { running: false, last_result: { success: false, last_phase: "spl", failed_phase: "spl", error: "SPL DATA 3" } } }, /^fastboot +the last one failed in phase spl: SPL DATA 3$/m],
		["the last one worked", { fastboot: { running: false, last_result: { success: true, last_phase: "done", banner: "U-Boot 2016.11" } } }, /^fastboot +the last one worked: U-Boot 2016\.11$/m],
		["the networks overlap", { networks: { lab: null, overlap: true } }, /^! +the lab's network and the camera's overlap/m],
		["there were defects", { faults: { count: 2, last: "x" } }, /^! +2 defects of the firmware; the last one: x$/m],
		["the firmware is on trial", { firmware: { pending: true } }, /^! +the firmware is new/m],
		["settings are unreadable", { settings: { problems: ["a"] } }, /^! +settings: a$/m]
	] as const) {
		it(`when ${what} then that is seen`, () => {
			assert.match(statusScreen({ ...STATUS, ...change } as PodStatus).join("\n"), line);
		});
	}

	it("when a pod tells only its name then that is what there is", () => {
		assert.deepEqual(statusScreen({ name: "p", version: "1" }), ["pod  p, firmware 1"]);
	});
});

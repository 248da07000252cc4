/**
 * labgrid, configured and otherwise as it is: it switches the camera's power, stops autoboot and uses U-Boot's prompt, logs into Linux.
 * A real U-Boot and Linux run in QEMU's virt, with the files in labgrid/; the simulated camera, whose U-Boot behaves as OpenIPC's,
 * gets the environment that docs/clients.md shows.
 */
import { strict as assert } from "node:assert";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PACKAGE, PROGRAM } from "../../simulator/qemu/virt.ts";
import { needs, needsPackages, needsPython } from "../support/needs.ts";
import { blocks, read } from "../support/documents.ts";
import { testPod, type TestPod } from "../support/running-pod.ts";
import { smallCamera } from "../support/small-camera.ts";
import { environmentFile, labgrid } from "./support/labgrid.ts";
import { NETWORKS, qemuPod } from "./support/qemu-pod.ts";

/** Autoboot counts down this long, so that a busy computer is in time to stop it. Camera seconds. */
const PATIENT = ["--bootdelay", "10", "--linux-time", "1000"];

describe("labgrid", function () {
	this.timeout(300_000); // the pod may have to be built
	needsPython("labgrid", "pytest", "serial");
	let pod: TestPod | undefined;

	afterEach(async () => {
		await pod?.stop();
		pod = undefined;
	});

	describe("with the environment in docs/clients.md and a flashed camera", () => {
		let folder: string;

		beforeEach(() => {
			folder = mkdtempSync(join(tmpdir(), "rackpod-test-"));
		});
		afterEach(() => rmSync(folder, { recursive: true, force: true }));

		it("when its power, U-Boot and shell drivers work through the pod then its tests pass", async () => {
			const [environment, ...others] = blocks("yaml", read("docs/clients.md"));
			assert.ok(environment?.includes("UBootDriver") && others.length === 0);
			const state = join(folder, "state");
			mkdirSync(state);
			writeFileSync(join(state, "nor.bin"), smallCamera(folder, 1).flash);
			pod = await testPod({ camera: "sim", state, timeScale: 0.5, cameraArguments: PATIENT });
			assert.equal(await labgrid(pod, environment, "test_camera.py"), 4);
		});
	});

	describe("with a camera in QEMU", () => {
		needs(PROGRAM);

		describe("with U-Boot", () => {
			needsPackages(PACKAGE);

			it("when its U-Boot driver works through the pod then its tests pass", async () => {
				pod = await qemuPod(NETWORKS[0]!, ["--machine", "virt"]);
				assert.equal(await labgrid(pod, environmentFile("u-boot.yaml"), "test_u_boot.py"), 5);
			});
		});

		describe("with Linux", () => {
			needs("xz");
			needsPackages("linux-image-cloud-arm64", "busybox-static");

			it("when its shell driver works through the pod then its tests pass", async () => {
				pod = await qemuPod(NETWORKS[0]!, ["--machine", "virt", "--linux"]);
				assert.equal(await labgrid(pod, environmentFile("linux.yaml"), "test_linux.py"), 3);
			});
		});
	});
});

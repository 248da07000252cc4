/**
 * labgrid, configured and otherwise as it is: it switches the camera's power, stops autoboot and uses the prompt of a real U-Boot, logs
 * into a real Linux. Both run in QEMU's virt; the files in labgrid/ are what a user would write.
 */
import { strict as assert } from "node:assert";
import { execFile } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { PACKAGE, PROGRAM } from "../../simulator/qemu/virt.ts";
import { needs, needsPackages, needsPython, PYTHON } from "../support/needs.ts";
import { NETWORKS, qemuPod, type QemuPod } from "./support/qemu-pod.ts";

const FILES = join(import.meta.dirname, "labgrid");

describe("labgrid", function () {
	this.timeout(300_000); // the pod may have to be built
	needs(PROGRAM, "xz");
	needsPython("labgrid", "pytest");
	needsPackages(PACKAGE, "linux-image-cloud-arm64", "busybox-static");

	describe("with a camera in QEMU", () => {
		let pod: QemuPod | undefined;
		let folder: string;

		beforeEach(() => {
			folder = mkdtempSync(join(tmpdir(), "rackpod-test-"));
		});
		afterEach(async () => {
			await pod?.stop();
			pod = undefined;
			rmSync(folder, { recursive: true, force: true });
		});

		/** Runs `tests` with the environment file `environment`, its ports replaced by the pod's. */
		async function labgrid(environment: string, tests: string, ...camera: string[]): Promise<string> {
			pod = await qemuPod(NETWORKS[0]!, ["--machine", "virt", ...camera]);
			const text = readFileSync(join(FILES, environment), "utf8").replace("8080", String(pod.httpPort)).replace("9000", String(pod.bridgePort));
			writeFileSync(join(folder, environment), text);
			copyFileSync(join(FILES, tests), join(folder, tests));
			const { stdout } = await promisify(execFile)(PYTHON, ["-m", "pytest", "-p", "no:cacheprovider", "--lg-env", environment, tests], { cwd: folder })
				.catch((error: { stdout: string }) => assert.fail(error.stdout));
			return stdout;
		}

		it("when its U-Boot driver works through the pod then its tests pass", async () => {
			assert.match(await labgrid("u-boot.yaml", "test_u_boot.py"), / 5 passed in /);
		});

		it("when its shell driver works through the pod then its tests pass", async () => {
			assert.match(await labgrid("linux.yaml", "test_linux.py", "--linux"), / 3 passed in /);
		});
	});
});

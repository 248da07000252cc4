/** `rackpod restore` on the firmware and cameras that are not what they seem. The cases in between are in tests/host-tools. */
import { strict as assert } from "node:assert";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assertStopped } from "../support/lab/restore.ts";
import { endAll, forward, rackpod, testPod, type Result, type TestPod } from "../support/pod-lab.ts";
import { NOR_SIZE, restored, restoreWords, smallCamera, type SmallCamera } from "../support/small-camera.ts";

describe("rackpod restore, a camera that is not what it seems", function () {
	this.timeout(180_000);
	let folder: string;
	let pods: TestPod[];
	let camera: SmallCamera;
	let old: Buffer;

	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), "rackpod-faults-"));
		pods = [];
		old = smallCamera(folder, 50).flash;
		camera = smallCamera(folder, 1);
	});

	afterEach(async () => {
		endAll();
		await Promise.all(pods.map(pod => pod.stop()));
		rmSync(folder, { recursive: true, force: true });
	});

	async function start(...more: string[]): Promise<TestPod> {
		const pod = await testPod({ camera: "sim", nor: old, cameraArguments: more });
		pods.push(pod);
		return pod;
	}

	const restore = (pod: TestPod, ...more: string[]): Promise<Result> => rackpod(...restoreWords(camera, pod, ...more));
	function assertRestored(pod: TestPod, { code, stdout, stderr }: Result, flash = old): void {
		assert.equal(code, 0, `${stdout}\n${stderr}\n${pod.log.join("\n")}`);
		assert.ok(pod.nor().equals(restored(camera, flash)), "the flash differs from the dump");
	}

	it("when two pods share an address then each restore reaches its own camera, and another's console is refused", async () => {
		const [right, wrong] = [await start(), await start()];
		assertStopped(await restore(right, "--console-port", String(wrong.bridgePort)), 4, /is not shown to be that of the pod[^]*Nothing was erased[^]*--console-port/);
		assertRestored(right, await restore(right, "--console-port", String(forward(right.bridgePort))));
		assert.ok(wrong.nor().equals(old));
		assertRestored(wrong, await restore(wrong));
	});

	it("when its flash is protected then that is said, and it is as it was", async () => {
		const pod = await start("--write-protect", "pin");
		assertStopped(await restore(pod), 6, /kernel: the flash did not change: it is write-protected, after 2 writes\. Nothing was erased: the flash is as it was before/);
		assert.ok(pod.nor().equals(old));
	});

	for (const kind of ["lock", "protect"]) {
		it(`when its flash can be unlocked (${kind}) then it is, and restored`, async () => {
			const pod = await start("--write-protect", kind);
			assertRestored(pod, await restore(pod));
		});
	}

	it("when its environment would start what is loaded, behind a gateway and with tags, then it is restored all the same", async () => {
		const pod = await start("--env", "autostart=yes", "--env", "netmask=255.255.255.248", "--env", "gatewayip=192.168.1.14", "--env", "vlan=7");
		assertRestored(pod, await restore(pod));
	});

	it("when U-Boot writes its environment at each blank start then that is noted and not taken for the flash's old state", async () => {
		old.fill(0xff, 0x40000, 0x50000);
		const pod = await start("--saves-default");
		await pod.ask("inject network off");
		assertStopped(await restore(pod, "--tries", "1"), 5, /Nothing was erased by this restore, but U-Boot has written to the flash by itself \("Saving Environment to SPI Flash/);
		assert.ok(!pod.nor().equals(old));
	});

	it("when reads of a right flash are wrong now and then then nothing is erased and the chip is named", async () => {
		old = camera.flash;
		const pod = await start("--misread", "1,4,6");
		const result = await restore(pod, "--no-reset");
		assertRestored(pod, result);
		assert.match(result.stdout, /this chip or its clock reads unreliably/);
		assert.ok(!/: erased/.test(result.stdout));
	});

	it("when the watchdog bites in the middle then it is brought up again and the flash is right", async () => {
		const pod = await start("--watchdog", "25,60");
		const result = await restore(pod);
		assertRestored(pod, result);
		assert.match(result.stdout, /the camera has restarted by itself \("(System startup|U-Boot )/);
	});

	it("when the root file system is none then Linux's panic is said at once", async () => {
		const rootfs = camera.pieces.at(-1)!;
		rootfs.bytes.set([1, 2, 3, 4]);
		writeFileSync(join(camera.dump, rootfs.file), rootfs.bytes);
		const pod = await start();
		assertStopped(await restore(pod, "--force", "--expect-timeout", "600"), 5, /the camera does not start: ".*Unable to mount root fs[^]*written and verified[^]*--layout/);
	});

	it("when it has 32 MB of which U-Boot reaches 16 then what lies behind is refused", async () => {
		old = Buffer.concat([old, Buffer.alloc(NOR_SIZE, 0xff)]);
		const pod = await start("--nor-size", "32M", "--reach", "16M");
		const layout = "256k(boot),64k(env),3072k(kernel),16384k(all),10240k(rootfs),-(rootfs_data)";
		assertStopped(await rackpod("restore", camera.dump, "--layout", layout, "--uboot", camera.uboot, "--profile", camera.profile, "--pod", pod.http), 2, /rootfs ends at 0x[0-9a-f]+, behind the 16384 KB that this U-Boot reaches of the camera's flash\. Nothing was erased/);
		assert.ok(pod.nor().equals(old));
	});
});

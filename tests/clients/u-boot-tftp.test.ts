/**
 * A real U-Boot's TFTP: every window, and a network that repeats, swaps, delays and loses. A load may fail, and then U-Boot says so; what
 * it calls loaded has the right CRC in its RAM.
 */
import { strict as assert } from "node:assert";
import { filled } from "../../simulator/random.ts";
import { PACKAGE, PROGRAM } from "../../simulator/qemu/virt.ts";
import { needs, needsPackages } from "../support/needs.ts";
import { sizes } from "../support/thorough.ts";
import { BAD_NETWORKS } from "./support/bad-networks.ts";
import { NETWORKS, qemuPod, type QemuPod } from "./support/qemu-pod.ts";
import { SECONDS, UBootLoader } from "./support/u-boot-loader.ts";

/** Block sizes and windows of U-Boot's TFTP: with PROVE=1, as the bad networks; tests/modules/tftp goes through all in virtual time. */
const TERMS = [
	...Array.from({ length: 16 }, (_, index) => [1468, index + 1] as const),
	...[512, 1024, 1467].flatMap(block => [[block, 1], [block, 16]] as const)
];
/** On a bad network. */
const WINDOWS = [1, 8];
const LOADS = 2;
/** U-Boot's timers are real, so the pod's are. */
const REAL = { timeScale: 1 };

describe("TFTP of U-Boot 2025.01 in QEMU", function () {
	this.timeout(LOADS * 4 * SECONDS * 1000); // loads that fail take long; the pod may have to be built
	needs(PROGRAM);
	needsPackages(PACKAGE);

	describe("on a good network", () => {
		let pod: QemuPod;
		let uboot: UBootLoader;

		before(async () => {
			pod = await qemuPod(NETWORKS[0]!, ["--machine", "virt"], REAL);
			uboot = new UBootLoader(pod, filled(1_000_001, 6));
		});
		after(() => pod?.stop());

		for (const [block, window] of sizes([[1468, 1], [1468, 8], [512, 16]] as const, TERMS)) {
			it(`when it loads blocks of ${block} in windows of ${window} then the CRC in its RAM is right`, async () => {
				assert.equal(await uboot.load({ block, window }), true);
			});
		}
	});

	for (const { title, faults, passes } of sizes(BAD_NETWORKS.slice(-1), BAD_NETWORKS)) {
		describe(`on a network where ${title}`, () => {
			let pod: QemuPod;
			let uboot: UBootLoader;

			before(async () => {
				pod = await qemuPod(NETWORKS[0]!, ["--machine", "virt", "--faults", JSON.stringify({ seed: 1, ...faults })], REAL);
				uboot = new UBootLoader(pod, filled(150_001, 7));
			});
			after(() => pod?.stop());

			for (const window of WINDOWS) {
				it(`when it loads in windows of ${window} then the CRC in its RAM is right${passes ? "" : ", or it says that it failed"}`, async () => {
					let loaded = 0;
					for (let attempt = 0; attempt < LOADS; attempt++)
						loaded += Number(await uboot.load({ window }));
					assert.ok(loaded >= (passes ? LOADS : 1), `${LOADS - loaded} of ${LOADS} failed`);
				});
			}
		});
	}

	describe("on a network where everything is lost", () => {
		let pod: QemuPod;

		before(async () => {
			pod = await qemuPod(NETWORKS[0]!, ["--machine", "virt", "--faults", JSON.stringify({ seed: 1, loss: 1 })]);
		});
		after(() => pod?.stop());

		it("when it loads then it says that it failed", async () => {
			await pod.client.stage("file", filled(1000, 8));
			await pod.client.powerOn();
			const console = await pod.takeOver();
			await console.run("setenv ipaddr 192.168.1.10");
			await console.run("setenv tftptimeout 1000");
			await console.run("setenv tftptimeoutcountmax 3");
			assert.match(await console.run("tftpboot ${kernel_addr_r} 192.168.1.1:file", { seconds: SECONDS }), /Retry count exceeded/);
		});
	});
});

/**
 * A real U-Boot's TFTP: every window, and a network that repeats, swaps, delays and loses. A load may fail, and then U-Boot says so; what
 * it calls loaded has the right CRC in its RAM.
 */
import { strict as assert } from "node:assert";
import { crc32 } from "node:zlib";
import type { UBootConsole } from "../../host-tools/index.ts";
import { filled } from "../../simulator/demo-images.ts";
import { PACKAGE, PROGRAM } from "../../simulator/qemu/virt.ts";
import { needs, needsPackages } from "../support/needs.ts";
import { BAD_NETWORKS } from "./support/bad-networks.ts";
import { NETWORKS, qemuPod, type QemuPod } from "./support/qemu-pod.ts";

/** Block sizes and windows of U-Boot's TFTP. */
const TERMS = [
	...Array.from({ length: 16 }, (_, index) => [1468, index + 1] as const),
	...[512, 1024, 1467].flatMap(block => [[block, 1], [block, 16]] as const)
];
/** On a bad network. */
const WINDOWS = [1, 8];
const LOADS = 2;
/** Of U-Boot's 10 tries at 5 s each for one block, of which it may need some more than once. */
const SECONDS = 120;

describe("TFTP of U-Boot 2025.01 in QEMU", function () {
	this.timeout(300_000); // the pod may have to be built
	needs(PROGRAM);
	needsPackages(PACKAGE);

	describe("on a good network", () => {
		const bytes = filled(1_000_001, 6);
		let pod: QemuPod;
		let console: UBootConsole;

		before(async () => {
			pod = await qemuPod(NETWORKS[0]!, ["--machine", "virt"]);
			console = await prompt(pod, bytes);
		});
		after(() => pod?.stop());

		for (const [block, window] of TERMS) {
			it(`when it loads blocks of ${block} in windows of ${window} then the CRC in its RAM is right`, async () => {
				await console.run(`setenv tftpblocksize ${block}`);
				assert.equal(await load(console, window, bytes), true);
			});
		}
	});

	for (const { title, faults, passes } of BAD_NETWORKS) {
		describe(`on a network where ${title}`, () => {
			const bytes = filled(150_001, 7);
			let pod: QemuPod;
			let console: UBootConsole;

			before(async () => {
				// U-Boot's timers are real, so the pod's are
				pod = await qemuPod(NETWORKS[0]!, ["--machine", "virt", "--faults", JSON.stringify({ seed: 1, ...faults })], { timeScale: 1 });
				console = await prompt(pod, bytes);
			});
			after(() => pod?.stop());

			for (const window of WINDOWS) {
				it(`when it loads in windows of ${window} then the CRC in its RAM is right${passes ? "" : ", or it says that it failed"}`, async function () {
					this.timeout(LOADS * SECONDS * 1000 + 20_000);
					let loaded = 0;
					for (let attempt = 0; attempt < LOADS; attempt++)
						loaded += Number(await load(console, window, bytes));
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
			const bytes = filled(1000, 8);
			const console = await prompt(pod, bytes);
			await console.run("setenv tftptimeout 1000");
			await console.run("setenv tftptimeoutcountmax 3");
			assert.equal(await load(console, 1, bytes), false);
		});
	});
});

/** U-Boot's prompt, with `bytes` staged. */
async function prompt(pod: QemuPod, bytes: Uint8Array): Promise<UBootConsole> {
	await pod.client.stage("file", bytes);
	await pod.client.powerOn();
	const console = await pod.takeOver();
	await console.run("setenv ipaddr 192.168.1.10");
	await console.run("setenv serverip 192.168.1.1");
	return console;
}

/** Whether U-Boot says that it has loaded the file, which then must be so; it must say that it failed otherwise. */
async function load(console: UBootConsole, window: number, bytes: Uint8Array): Promise<boolean> {
	const size = bytes.length.toString(16);
	await console.run(`setenv tftpwindowsize ${window}`);
	await console.run(`mw.b \${kernel_addr_r} 0 ${size}`); // what was loaded before
	const said = await console.run("tftpboot ${kernel_addr_r} file", { seconds: SECONDS });
	const transferred = /Bytes transferred = (\d+) /.exec(said)?.[1];
	if (transferred === undefined) {
		assert.match(said, /Retry count exceeded|TFTP error/, "failed without a word");
		return false;
	}
	assert.equal(Number(transferred), bytes.length, said);
	const crc = crc32(bytes).toString(16).padStart(8, "0");
	assert.ok((await console.run(`crc32 \${kernel_addr_r} ${size}`)).endsWith(crc), said);
	return true;
}

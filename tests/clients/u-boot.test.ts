/**
 * A camera that is a real U-Boot: Debian's SPL and U-Boot for sifive_u under Debian's QEMU, brought up through /fastboot and our boot ROM,
 * flashed by `rackpod restore`.
 */
import { strict as assert } from "node:assert";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { fastbootBlob, loadProfile, type UBootConsole } from "../../host-tools/index.ts";
import { LAYOUT, PACKAGE } from "../../simulator/qemu/sifive.ts";
import { needs, needsNo, needsPackages } from "../support/needs.ts";
import { until } from "../support/running-pod.ts";
import { sizes } from "../support/thorough.ts";
import { NETWORKS, qemuPod, type QemuPod } from "./support/qemu-pod.ts";
import { LAYOUT_MAP, sifiveImages, type SifiveImages } from "./support/sifive-images.ts";

const RACKPOD = resolve(import.meta.dirname, "../../host-tools/rackpod.js");

describe("U-Boot 2025.01 in QEMU", function () {
	this.timeout(300_000);
	needs("qemu-system-riscv64");
	needsPackages(PACKAGE);

	for (const network of sizes(NETWORKS.slice(0, 1), NETWORKS)) { // linux.test.ts knows the tap device, too
		describe(network.title, () => {
			needsNo(network.obstacle);

			describe("a camera", () => {
				let folder: string;
				let pod: QemuPod;
				let images: SifiveImages;

				before(async () => {
					folder = mkdtempSync(join(tmpdir(), "rackpod-test-"));
					// not Debian's bytes: what speaks with this version came through the pod and from nowhere else
					images = await sifiveImages(folder, "2075");
					pod = await qemuPod(network, ["--nor", join(folder, "nor.img")]);
				});
				after(async () => {
					await pod?.stop();
					rmSync(folder, { recursive: true, force: true });
				});

				it("when its flash is blank and it is restored then what was uploaded runs, the flash holds the image and the new version starts", async () => {
					await restore(pod, images);
					const [download, flash, ...more] = pod.events.filter(({ event }) => event === "run");
					assert.deepEqual(download, { event: "run", source: "download", spl: facts(images.spl), uboot: facts(images.uboot) });
					assert.deepEqual(flash, { event: "run", source: "flash", spl: facts(images.spl) });
					assert.deepEqual(more, []);
					assert.ok(readFileSync(join(folder, "nor.img")).equals(images.nor));
					const log = await said(pod);
					assert.equal(log.split(`U-Boot SPL ${images.version}`).length, 3, "once after the upload, once after the reset");
					assert.equal(log.split(`U-Boot ${images.version}`).length, 3);
				});

				it("when the environment is saved then it is there after a reset and after a power cycle", async () => {
					let console = await pod.takeOver();
					await console.run("setenv rack 17");
					assert.match(await console.run("saveenv", { seconds: 60 }), /OK$/);
					assert.ok(readFileSync(join(folder, "nor.img")).subarray(LAYOUT.environment.offset).includes("rack=17\0"));
					await console.leave("reset");
					await again(console);
					await pod.client.powerCycle();
					console = await pod.takeOver();
					assert.equal(await console.run("printenv rack"), "rack=17");
					console.close();
				});

				async function again(console: UBootConsole): Promise<void> {
					assert.ok(await console.hear(`U-Boot ${images.version}`, 60));
					await console.takeOver(60);
					assert.equal(await console.run("printenv rack"), "rack=17");
					console.close();
				}

				if (network.tap)
					return;

				it("when another version is restored over it by erasing and writing then only that one starts, and the environment stays", async () => {
					const debian = await sifiveImages(join(folder, "debian"));
					const board = join(folder, "erasing.json");
					writeFileSync(board, withoutUpdate(readFileSync(debian.board, "utf8")));
					await restore(pod, { ...debian, board });
					assert.match(await said(pod), /=> sf erase 0x[^]*Erased: OK[^]*=> sf write 0x[^]*Written: OK/);
					const nor = readFileSync(join(folder, "nor.img"));
					const { offset, size } = LAYOUT.environment;
					assert.ok(nor.subarray(offset, offset + size).includes("rack=17\0"));
					nor.fill(0xff, offset, offset + size);
					assert.ok(nor.equals(debian.nor));
				});

				it("when U-Boot is cut short then the SPL says so, and the flash stays as it is", async () => {
					const before = readFileSync(join(folder, "nor.img"));
					const profile = await loadProfile(images.profile);
					await pod.client.fastboot(fastbootBlob(profile, { spl: images.spl, uboot: images.uboot.subarray(0, 65_536) }));
					await until("the SPL complains", async () => (await said(pod)).endsWith("SPL: failed to boot from all boot devices\r\n### ERROR ### Please RESET the board ###\r\n"));
					assert.ok(readFileSync(join(folder, "nor.img")).equals(before));
				});
			});
		});
	}
});

async function restore(pod: QemuPod, { dump, ubootFile, profile, board, version }: SifiveImages): Promise<void> {
	await promisify(execFile)(process.execPath, [
		RACKPOD, "restore", dump, "--pod", pod.http, "--uboot", ubootFile, "--profile", profile,
		"--board", board, "--layout", LAYOUT_MAP, "--expect", `U-Boot ${version}`
	]);
}

/** A board description whose U-Boot is not told to erase and write in one command. */
function withoutUpdate(text: string): string {
	const board = JSON.parse(text) as { commands: { update?: unknown } };
	assert.ok(board.commands.update);
	delete board.commands.update;
	return JSON.stringify(board);
}

async function said(pod: QemuPod): Promise<string> {
	return Buffer.from((await pod.client.uartLog()).bytes).toString("latin1");
}

function facts(bytes: Uint8Array): { size: number; sha256: string } {
	return { size: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
}

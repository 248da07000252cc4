/** Linux on the device: Debian's kernel with busybox on QEMU's virt netboots from the pod, writes its disk from it and uploads from it. */
import { strict as assert } from "node:assert";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { filled } from "../../simulator/random.ts";
import { linuxImages } from "../../simulator/qemu/initramfs.ts";
import { HOST, PACKAGE, PROGRAM } from "../../simulator/qemu/virt.ts";
import { ROOT, run } from "../support/command.ts";
import { needs, needsNo, needsPackages } from "../support/needs.ts";
import { Peer, until } from "../support/running-pod.ts";
import { LinuxConsole } from "./support/linux-console.ts";
import { NETWORKS, qemuPod, type QemuPod } from "./support/qemu-pod.ts";

describe("Linux in QEMU", function () {
	this.timeout(300_000); // the pod may have to be built
	needs(PROGRAM, "xz");
	needsPackages("linux-image-cloud-arm64", "busybox-static");

	for (const network of NETWORKS) {
		describe(network.title, () => {
			needsNo(network.obstacle);
			needsPackages(PACKAGE);

			describe("a camera", () => {
				let folder: string;
				let disk: string;
				let pod: QemuPod;
				let linux: LinuxConsole;
				let peer: Peer;

				before(async () => {
					folder = mkdtempSync(join(tmpdir(), "rackpod-test-"));
					disk = join(folder, "disk.img");
					pod = await qemuPod(network, ["--machine", "virt", "--disk", disk], { psram: 64 << 20 });
				});
				after(async () => {
					peer?.close();
					await pod?.stop();
					rmSync(folder, { recursive: true, force: true });
				});

				it("when its U-Boot loads kernel and initramfs by TFTP then Linux starts and lets us in", async () => {
					const { kernel, initramfs } = await linuxImages();
					await pod.client.stage("kernel", kernel);
					await pod.client.stage("initramfs", initramfs);
					await pod.client.powerOn();
					const console = await pod.takeOver();
					await console.run("setenv ipaddr 192.168.1.10");
					await console.run("setenv serverip 192.168.1.1");
					for (const [address, name, { length }] of [["kernel_addr_r", "kernel", kernel], ["ramdisk_addr_r", "initramfs", initramfs]] as const)
						assert.match(await console.run(`tftpboot \${${address}} ${name}`, { seconds: 100 }), new RegExp(`Bytes transferred = ${length} `));
					await console.leave("booti ${kernel_addr_r} ${ramdisk_addr_r}:${filesize} ${fdtcontroladdr}");
					assert.ok(await console.hear("login: ", 60), console.lastWords);
					console.close();
					peer = await Peer.connect(pod.bridgePort, pod.host);
					peer.send("\r"); // a new client sees what comes from now on
					linux = await LinuxConsole.login(peer);
					assert.match(await linux.run("uname -sm"), /^Linux aarch64/);
				});

				it("when it writes an image from GET /tftp/<name> to its disk then the disk holds it", async () => {
					const image = filled(8_000_123, 8);
					await pod.client.stage("rootfs", image);
					// the camera's own wire leads to the pod's HTTP where it is a real one; otherwise there is a second card for it
					const host = network.tap ? "192.168.1.1" : HOST;
					await linux.run(`wget -q -O - http://${host}:${pod.httpPort}/tftp/rootfs | dd of=/dev/vda bs=64k iflag=fullblock conv=fsync`);
					assert.ok(readFileSync(disk).subarray(0, image.length).equals(image));
				});

				it("when it uploads a partition by TFTP then the pod has it", async () => {
					const size = 3_000_000;
					await pod.client.arm("mtd3", size);
					await linux.run(`dd if=/dev/vda of=/tmp/mtd3 bs=${size} count=1 iflag=fullblock`);
					await linux.run("tftp -p -b 1468 -l /tmp/mtd3 -r mtd3 192.168.1.1");
					const uploaded = Buffer.from(await (await fetch(`${pod.http}/tftp/mtd3`)).arrayBuffer());
					assert.ok(uploaded.equals(filled(8_000_123, 8).subarray(0, size)));
				});

				it("when it downloads by TFTP itself then the bytes are right", async () => {
					await linux.run("cd /tmp && tftp -g -b 1468 -r rootfs 192.168.1.1 && dd if=/dev/vda of=image bs=8000123 count=1 iflag=fullblock && cmp rootfs image");
				});
			});
		});
	}

	it("when its kernel and initramfs are asked for in a folder then they are in it", async () => {
		const folder = mkdtempSync(join(tmpdir(), "rackpod-test-"));
		try {
			const into = join(folder, "images");
			const { code, stderr } = await run(process.execPath, ["--import", "tsx", join(ROOT, "simulator/qemu/initramfs.ts"), into]);
			assert.equal(code, 0, stderr);
			const { kernel } = await linuxImages();
			assert.ok(readFileSync(join(into, "kernel")).equals(kernel));
			assert.deepEqual([...readFileSync(join(into, "initramfs")).subarray(0, 2)], [0x1f, 0x8b]); // gzip
		}
		finally {
			rmSync(folder, { recursive: true, force: true });
		}
	});

	describe("on a camera that comes up in it by itself", () => {
		let pod: QemuPod;
		let peer: Peer;
		let linux: LinuxConsole;

		before(async () => {
			pod = await qemuPod(NETWORKS[0]!, ["--machine", "virt", "--linux"]);
			peer = await Peer.connect(pod.bridgePort, pod.host);
			await pod.client.powerOn();
			linux = await LinuxConsole.login(peer);
		});
		after(async () => {
			peer?.close();
			await pod?.stop();
		});

		/** What happens to the camera after `before` events, up to and with `last`. */
		async function eventsTo(last: string, before: number): Promise<string[]> {
			await until(`the camera's event "${last}"`, async () => pod.events.slice(before).some(({ event }) => event === last));
			return pod.events.slice(before).map(({ event }) => event);
		}

		it("when it restarts itself then it comes up again, its supply as it was", async () => {
			const before = pod.events.length;
			linux.leave("reboot -f");
			linux = await LinuxConsole.login(peer);
			assert.deepEqual(await eventsTo("run", before), ["reset", "run"]);
		});

		it("when it powers itself off then it stays off until its supply is switched off and on", async () => {
			const before = pod.events.length;
			linux.leave("poweroff -f");
			assert.deepEqual(await eventsTo("off", before), ["off"]);
			await pod.client.powerCycle();
			linux = await LinuxConsole.login(peer);
			assert.deepEqual(await eventsTo("run", before), ["off", "power", "power", "run"]);
		});
	});
});

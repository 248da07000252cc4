/** Linux on the device: Debian's kernel with busybox on QEMU's virt netboots from the pod, writes its disk from it and uploads from it. */
import { strict as assert } from "node:assert";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { filled } from "../../simulator/demo-images.ts";
import { linuxImages } from "../../simulator/qemu/initramfs.ts";
import { HOST, PACKAGE, PROGRAM } from "../../simulator/qemu/virt.ts";
import { needs, needsNo, needsPackages } from "../support/needs.ts";
import { Peer } from "../support/running-pod.ts";
import { LinuxConsole } from "./support/linux-console.ts";
import { NETWORKS, qemuPod, type QemuPod } from "./support/qemu-pod.ts";

/** Block sizes and windows of U-Boot's TFTP. */
const TERMS = [
	...Array.from({ length: 16 }, (_, index) => [1468, index + 1] as const),
	...[512, 1024, 1467].flatMap(block => [[block, 1], [block, 16]] as const)
];

describe("Linux in QEMU", function () {
	this.timeout(300_000); // the pod may have to be built
	needs(PROGRAM, "xz");
	needsPackages(PACKAGE, "linux-image-cloud-arm64", "busybox-static");

	for (const network of NETWORKS) {
		describe(network.title, () => {
			needsNo(network.obstacle);

			describe("a camera", () => {
				let folder: string;
				let disk: string;
				let pod: QemuPod;
				let linux: LinuxConsole;
				let peer: Peer;

				before(async () => {
					folder = mkdtempSync(join(tmpdir(), "rackpod-test-"));
					disk = join(folder, "disk.img");
					pod = await qemuPod(network, ["--machine", "virt", "--disk", disk], 64 << 20);
				});
				after(async () => {
					peer?.close();
					await pod?.stop();
					rmSync(folder, { recursive: true, force: true });
				});

				if (!network.tap)
					it("when its U-Boot loads with every window, and other block sizes, then the CRC in its RAM is right each time", async () => {
						const bytes = filled(1_000_001, 6);
						const crc = crc32(bytes).toString(16).padStart(8, "0");
						await pod.client.stage("file", bytes);
						await pod.client.powerOn();
						const console = await pod.takeOver();
						await console.run("setenv ipaddr 192.168.1.10");
						await console.run("setenv serverip 192.168.1.1");
						for (const [block, window] of TERMS) {
							await console.run(`setenv tftpblocksize ${block}`);
							await console.run(`setenv tftpwindowsize ${window}`);
							await console.run(`mw.b \${kernel_addr_r} 0 ${bytes.length.toString(16)}`);
							assert.match(await console.run("tftpboot ${kernel_addr_r} file", { seconds: 60 }), /Bytes transferred = 1000001 /);
							assert.ok((await console.run(`crc32 \${kernel_addr_r} ${bytes.length.toString(16)}`)).endsWith(crc), `block ${block}, window ${window}`);
						}
						console.close();
						await pod.client.remove("file");
						await pod.client.powerOff();
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
});

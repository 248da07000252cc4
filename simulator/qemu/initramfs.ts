/**
 * An initramfs for the Linux that a camera netboots: busybox, the kernel modules for QEMU's virtio devices, a getty on the console. Made
 * of the pinned packages, without root and without a cpio program.
 *
 *     npx tsx simulator/qemu/initramfs.ts DIR      writes DIR/kernel and DIR/initramfs, to be staged and netbooted
 */
import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { programObstacle } from "./obstacle.ts";
import { packages, runProgram } from "./packages.ts";

/** In the order in which they are loaded. */
const MODULES = ["net/core/failover", "drivers/net/net_failover", "drivers/net/virtio_net", "drivers/block/virtio_blk"];

export const HOSTNAME = "camera";
export const PASSWORD = "12345";
/** crypt(PASSWORD) */
const PASSWORD_HASH = "$1$rackpod$jQy9JZxNqRBHn9VgQCk3m0";

const INIT = `#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
for module in ${MODULES.map(path => path.split("/").at(-1)).join(" ")}; do insmod /lib/$module.ko; done
hostname ${HOSTNAME}
ip link set lo up
ip address add 192.168.1.10/24 dev eth0
ip link set eth0 up
if ip link show eth1 >/dev/null 2>&1; then ip address add 10.0.2.15/24 dev eth1; ip link set eth1 up; fi
exec /bin/busybox init
`;

const INITTAB = `ttyAMA0::respawn:/bin/getty -L 115200 ttyAMA0 vt100
::ctrlaltdel:/bin/reboot -f
`;

export interface LinuxImages {
	/** Uncompressed arm64 Image, as booti wants it. */
	kernel: Buffer;
	/** Compressed by gzip. */
	initramfs: Buffer;
}

/** @throws PackageError when the packages can't be had */
export async function linuxImages(): Promise<LinuxImages> {
	const [linux, busybox] = await packages("linux-image-cloud-arm64", "busybox-static") as [string, string];
	const boot = join(linux, "boot");
	const kernel = readdirSync(boot).find(name => name.startsWith("vmlinuz-"))!;
	const modules = join(linux, "usr/lib/modules", kernel.slice("vmlinuz-".length), "kernel");
	const archive = new Archive();
	for (const folder of ["bin", "dev", "etc", "lib", "mnt", "proc", "root", "sys", "tmp"])
		archive.add(folder, 0o40755);
	archive.add("dev/console", 0o20600, Buffer.alloc(0), [5, 1]);
	archive.add("bin/busybox", 0o100755, readFileSync(join(busybox, "usr/bin/busybox")));
	archive.add("bin/sh", 0o120777, Buffer.from("busybox"));
	archive.add("init", 0o100755, Buffer.from(INIT));
	archive.add("etc/inittab", 0o100644, Buffer.from(INITTAB));
	archive.add("etc/passwd", 0o100644, Buffer.from(`root:${PASSWORD_HASH}:0:0:root:/root:/bin/sh\n`));
	archive.add("etc/group", 0o100644, Buffer.from("root:x:0:\n"));
	archive.add("etc/profile", 0o100644, Buffer.from("export PS1='\\u@\\h:\\w# '\n"));
	for (const module of MODULES)
		archive.add(`lib/${module.split("/").at(-1)}.ko`, 0o100644, await unpack(join(modules, `${module}.ko.xz`)));
	return { kernel: readFileSync(join(boot, kernel)), initramfs: gzipSync(archive.end(), { level: 1 }) };
}

async function unpack(file: string): Promise<Buffer> {
	const { stdout } = await promisify(execFile)("xz", ["-dc", file], { encoding: "buffer", maxBuffer: 1 << 24 });
	return stdout;
}

/** cpio's "newc" format (the kernel's Documentation/driver-api/early-userspace/buffer-format.rst). */
class Archive {
	#parts: Buffer[] = [];
	#inode = 1;

	/** @param device major and minor number of a device node */
	add(name: string, mode: number, content: Buffer = Buffer.alloc(0), [major, minor] = [0, 0]): void {
		const fields = [this.#inode++, mode, 0, 0, 1, 0, content.length, 0, 0, major, minor, name.length + 1, 0];
		const head = "070701" + fields.map(field => field.toString(16).padStart(8, "0")).join("") + name + "\0";
		this.#parts.push(pad(Buffer.from(head, "latin1")), pad(content));
	}

	end(): Buffer {
		this.add("TRAILER!!!", 0);
		return Buffer.concat(this.#parts);
	}
}

function pad(bytes: Buffer): Buffer {
	const rest = -bytes.length & 3;
	return rest ? Buffer.concat([bytes, Buffer.alloc(rest)]) : bytes;
}

async function main(args: string[]): Promise<void> {
	const [folder, ...more] = args;
	const obstacle = folder === undefined || more.length || folder.startsWith("-") ? "usage: npx tsx simulator/qemu/initramfs.ts DIR" : programObstacle("xz");
	if (obstacle) {
		process.stderr.write(`${obstacle}\n`);
		process.exitCode = 2;
		return;
	}
	const images = await linuxImages();
	mkdirSync(folder!, { recursive: true });
	for (const name of ["kernel", "initramfs"] as const) {
		const file = join(folder!, name);
		writeFileSync(file, images[name]);
		process.stdout.write(`${file} ${images[name].length} bytes\n`);
	}
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href)
	await runProgram(main);

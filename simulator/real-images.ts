/**
 * `npm run real-images -- DIR`: a 16 MB camera's flash made of real firmware, for the demo and a test: Debian's U-Boot, kernel and
 * busybox for one ARM board (a DreamPlug), laid out by OpenIPC's map for 16 MB as mtd0 to mtd4, with the U-Boot and a profile to
 * bring it up by. Needs mkimage and mkenvimage (u-boot-tools), mksquashfs (squashfs-tools), and once the network for the packages.
 *
 * Everything comes out the same, byte for byte, whenever it is made. Nobody runs it: the simulated camera looks at the uImage's
 * checksums, the environment's, and the squashfs's magic.
 */
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { PROFILE } from "./demo-images.ts";
import { PackageError, packages } from "./qemu/packages.ts";

const run = promisify(execFile);

/** The programs it calls. */
export const TOOLS: readonly string[] = ["apt-get", "dpkg-deb", "mkimage", "mkenvimage", "mksquashfs"];

const KIB = 1024;
/** Where the compressed U-Boot begins, behind what stands for the SPL. */
const SPL_SIZE = 16 * KIB;
const PARTITIONS = { boot: 256 * KIB, env: 64 * KIB, kernel: 3072 * KIB, rootfs: 10240 * KIB, rootfs_data: 2752 * KIB };

const ENVIRONMENT = `baseaddr=0x42000000
bootargs=mem=\${osmem} console=ttyAMA0,115200 panic=20 root=/dev/mtdblock3 rootfstype=squashfs init=/sbin/init mtdparts=\${mtdparts}
bootcmd=setenv setargs setenv bootargs \${bootargs}; run setargs; sf probe 0; sf read \${baseaddr} 0x50000 0x300000; bootm \${baseaddr}
bootdelay=1
ethaddr=02:00:00:00:00:10
ipaddr=192.168.1.20
mtdparts=hi_sfc:256k(boot),64k(env),3072k(kernel),10240k(rootfs),-(rootfs_data)
osmem=32M
serverip=192.168.1.1
`;

/** Busybox is many programs; which one it is, it takes from the name it is called by. */
const APPLETS = ["sbin/init", "sbin/getty", "sbin/ifconfig", "sbin/insmod", "sbin/modprobe", "sbin/reboot", "sbin/syslogd",
	"bin/sh", "bin/login", "bin/mount", "bin/ls", "bin/cat", "bin/cp", "bin/dmesg", "bin/hostname", "bin/ps", "bin/ping"];
const FILES: Readonly<Record<string, string>> = {
	"etc/inittab": "::sysinit:/etc/rc\nttyAMA0::respawn:/sbin/getty -L 115200 ttyAMA0 vt100\n::ctrlaltdel:/sbin/reboot\n",
	"etc/rc": "#!/bin/sh\nmount -t proc proc /proc\nmount -t sysfs sysfs /sys\nmount -t tmpfs tmpfs /tmp\nhostname camera\n",
	"etc/passwd": "root::0:0:root:/root:/bin/sh\n",
	"etc/group": "root:x:0:\n",
	"etc/fstab": "proc /proc proc defaults 0 0\n"
};
/** Of the kernel's modules, what a camera might use. */
const MODULES = ["drivers/mtd", "drivers/usb/storage", "drivers/net/usb", "fs/jffs2", "fs/squashfs", "fs/nfs", "net/ipv4", "net/wireless", "net/mac80211"];

export interface Images {
	/** Folder of mtd0 to mtd4. */
	dump: string;
	uboot: string;
	profile: string;
}

/** Makes all of it in `folder`. @throws PackageError when a package can't be had */
export async function makeRealImages(folder: string): Promise<Images> {
	const [uboot, linux, busybox] = await packages("u-boot", "linux-image-marvell", "busybox-static:armel") as [string, string, string];
	const dump = join(folder, "dump");
	mkdirSync(dump, { recursive: true });
	const work = mkdtempSync(join(tmpdir(), "rackpod-images-"));
	try {
		const boot = bootImage(uboot);
		const partitions: Record<keyof typeof PARTITIONS, Uint8Array> = {
			boot,
			env: await environment(work),
			kernel: await kernel(linux, work),
			rootfs: await rootFileSystem(linux, busybox, work),
			rootfs_data: new Uint8Array(0)
		};
		for (const [index, [name, size]] of (Object.entries(PARTITIONS) as [keyof typeof PARTITIONS, number][]).entries())
			writeFileSync(join(dump, `mtd${index}.${name}.bin`), padded(name, partitions[name], size));
		writeFileSync(join(folder, "u-boot.bin"), boot);
	}
	finally {
		rmSync(work, { recursive: true, force: true });
	}
	writeFileSync(join(folder, "profile.json"), JSON.stringify({ ...PROFILE, name: "real-images" }, null, "\t") + "\n");
	return { dump, uboot: join(folder, "u-boot.bin"), profile: join(folder, "profile.json") };
}

/** A camera's U-Boot is an SPL and then U-Boot compressed. This board needs no SPL: U-Boot's first 16 KiB stand for it. */
function bootImage(folder: string): Uint8Array {
	const uboot = readFileSync(join(folder, "usr/lib/u-boot/dreamplug/u-boot.kwb"));
	return Buffer.concat([uboot.subarray(0, SPL_SIZE), gzipSync(uboot, { level: 9 })]);
}

async function environment(work: string): Promise<Uint8Array> {
	writeFileSync(join(work, "environment"), ENVIRONMENT);
	await run("mkenvimage", ["-s", String(PARTITIONS.env), "-o", join(work, "env.bin"), join(work, "environment")]);
	return readFileSync(join(work, "env.bin"));
}

/** zImage and device tree in a uImage. */
async function kernel(linux: string, work: string): Promise<Uint8Array> {
	const version = releaseOf(linux);
	const tree = join(linux, "usr/lib", `linux-image-${version}`, "kirkwood-dreamplug.dtb");
	writeFileSync(join(work, "zImage"), Buffer.concat([readFileSync(join(linux, "boot", `vmlinuz-${version}`)), readFileSync(tree)]));
	await run("mkimage", ["-A", "arm", "-O", "linux", "-T", "kernel", "-C", "none", "-a", "40008000", "-e", "40008000", "-n", `Linux-${version}`.slice(0, 32),
		"-d", join(work, "zImage"), join(work, "uImage")], { env: { ...process.env, SOURCE_DATE_EPOCH: "0" } });
	return readFileSync(join(work, "uImage"));
}

async function rootFileSystem(linux: string, busybox: string, work: string): Promise<Uint8Array> {
	const root = join(work, "root");
	for (const folder of ["bin", "dev", "etc", "proc", "root", "sbin", "sys", "tmp", "mnt"])
		mkdirSync(join(root, folder), { recursive: true });
	cpSync(join(busybox, "bin/busybox"), join(root, "bin/busybox"));
	for (const applet of APPLETS)
		symlinkSync("/bin/busybox", join(root, applet));
	for (const [name, text] of Object.entries(FILES))
		writeFileSync(join(root, name), text, { mode: name === "etc/rc" ? 0o755 : 0o644 });
	const modules = join("lib/modules", releaseOf(linux), "kernel");
	for (const folder of MODULES)
		cpSync(join(linux, modules, folder), join(root, modules, folder), { recursive: true });
	await run("mksquashfs", [root, join(work, "rootfs"), "-comp", "xz", "-b", "256K", "-all-root", "-all-time", "0", "-mkfs-time", "0", "-processors", "1", "-noappend", "-quiet", "-no-progress"]);
	return readFileSync(join(work, "rootfs"));
}

function releaseOf(linux: string): string {
	return readdirSync(join(linux, "lib/modules"))[0]!;
}

/** The rest of a partition is erased flash. */
function padded(name: string, content: Uint8Array, size: number): Uint8Array {
	if (content.length > size)
		throw new Error(`${name} has ${content.length} bytes, its partition only ${size}`);
	const bytes = new Uint8Array(size).fill(0xff);
	bytes.set(content);
	return bytes;
}

async function main([folder, ...rest]: string[]): Promise<void> {
	if (!folder || folder.startsWith("-") || rest.length) {
		process.stderr.write("usage: npm run real-images -- DIR\n");
		process.exitCode = 2;
		return;
	}
	try {
		const { dump, uboot, profile } = await makeRealImages(resolve(folder));
		process.stdout.write(`npm run demo -- --dump ${dump} --uboot ${uboot} --profile ${profile}\n`);
	}
	catch (error) {
		const { code, syscall, path } = error as NodeJS.ErrnoException;
		const missing = code === "ENOENT" && syscall?.startsWith("spawn") ? path : undefined;
		if (!missing && !(error instanceof PackageError))
			throw error;
		process.stderr.write(missing ? `${missing} is missing; it needs ${TOOLS.join(", ")} (Debian: u-boot-tools, squashfs-tools)\n` : `${(error as Error).message}\n`);
		process.exitCode = 1;
	}
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href)
	await main(process.argv.slice(2));

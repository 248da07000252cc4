/**
 * `tsx simulator/qemu/main.ts --board DIR --tftp HOST:PORT`: a real U-Boot attached to a board, until SIGTERM. Without a board, before
 * it is there or while its pod restarts, the camera has no supply. One JSON object a line on stdout says what happens; the first one is
 * {"event":"ready"}. Why the camera fails or hangs is said on stderr, too.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Command, Option } from "commander";
import { timeScale as scale } from "../arguments.ts";
import { norObstacle, QemuCamera } from "./camera.ts";
import type { Faults } from "./faults.ts";
import { linuxImages } from "./initramfs.ts";
import { programObstacle } from "./obstacle.ts";
import { PackageError, packages } from "./packages.ts";
import { PROGRAM as SIFIVE_PROGRAM } from "./sifive.ts";
import { FIRMWARE, PACKAGE, PROGRAM as VIRT_PROGRAM, type Start } from "./virt.ts";
import { VirtCamera } from "./virt-camera.ts";
import { CameraLink } from "./link.ts";

interface Options {
	board: string;
	tftp: string;
	machine: "sifive" | "virt";
	linux?: boolean;
	disk?: string;
	nor?: string;
	tap?: string;
	faults?: string;
	timeScale: number;
	untilEof?: boolean;
}

const command = new Command("npm start -- --camera qemu --")
	.description("A camera that is a real U-Boot, or Linux, in QEMU.")
	.requiredOption("--board <dir>", "the board's folder, with uart, power and line")
	.requiredOption("--tftp <host:port>", "where the pod's TFTP server listens; not used with --tap")
	.addOption(new Option("--machine <name>", "sifive: NOR flash, comes up through /fastboot; virt: netboots Linux").choices(["sifive", "virt"]).default("sifive"))
	.option("--linux", "virt: come up in Linux by itself, without U-Boot")
	.option("--disk <file>", "virt: image of the disk, 64 MiB (default: disk.img in the board's folder)")
	.option("--nor <file>", "sifive: image of the NOR, 32 MiB (default: nor.img in the board's folder)")
	.option("--tap <interface>", "a tap device in this network namespace, instead of the wire that needs no root")
	.option("--faults <json>", '{"seed":1,"loss":0.001,"duplicate":0,"reorder":0,"delay":0}, without --tap')
	.option("--time-scale <factor>", "as the pod's", scale, 1)
	.option("--until-eof", "end when stdin ends");
const { board, tftp, machine, linux, disk, nor, tap, faults, timeScale, untilEof } = command.parse().opts<Options>();

const norFile = resolve(nor ?? join(board, "nor.img"));
const obstacle = programObstacle(machine === "sifive" ? SIFIVE_PROGRAM : VIRT_PROGRAM, ...linux ? ["xz"] : [])
	?? (machine === "sifive" ? norObstacle(norFile) : undefined);
if (obstacle)
	command.error(obstacle);

const work = mkdtempSync(join(tmpdir(), "rackpod-qemu-"));
const emit = (event: string, facts: Record<string, unknown>): void => {
	process.stdout.write(JSON.stringify({ event, ...facts }) + "\n");
	if (facts["reason"])
		process.stderr.write(`the camera ${event === "hang" ? "hangs" : "failed"}: ${facts["reason"]}\n`);
};
const wire = tap ? undefined : await CameraLink.open({ path: join(work, "wire"), tftp, faults: faults ? JSON.parse(faults) as Faults : undefined });
const common = {
	board: resolve(board),
	netdev: wire?.netdev ?? `tap,id=wire,ifname=${tap},script=no,downscript=no`,
	timeScale,
	emit,
	onConnected: () => emit("ready", {})
};
const camera = machine === "sifive"
	? new QemuCamera({ ...common, work, nor: norFile })
	: new VirtCamera({ ...common, firmware: await firmware(), disk: resolve(disk ?? join(board, "disk.img")) });

async function firmware(): Promise<Start["firmware"]> {
	const failed = (error: unknown): never => {
		if (error instanceof PackageError)
			command.error(error.message);
		throw error;
	};
	if (!linux)
		return join((await packages(PACKAGE).catch(failed))[0]!, FIRMWARE);
	const images = await linuxImages().catch(failed);
	const files = { kernel: join(work, "kernel"), initramfs: join(work, "initramfs") };
	writeFileSync(files.kernel, images.kernel);
	writeFileSync(files.initramfs, images.initramfs);
	return files;
}

let ending = false;
async function end(): Promise<void> {
	if (ending)
		return;
	ending = true;
	await camera.close();
	wire?.close();
	rmSync(work, { recursive: true, force: true });
	process.exit();
}
process.once("SIGINT", () => void end());
process.once("SIGTERM", () => void end());
if (untilEof)
	process.stdin.on("end", () => void end()).resume();

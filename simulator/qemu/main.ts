/**
 * `tsx simulator/qemu/main.ts --board DIR --tftp HOST:PORT`: a real U-Boot attached to a board, until SIGTERM. Without a board, before
 * it is there or while its pod restarts, the camera has no supply. One JSON object a line on stdout says what happens; the first one is
 * {"event":"ready"}. Why the camera fails or hangs is said on stderr, too.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { norObstacle, QemuCamera } from "./camera.ts";
import type { Faults } from "./faults.ts";
import { linuxImages } from "./initramfs.ts";
import { programObstacle } from "./obstacle.ts";
import { qemuCommand, type QemuOptions } from "./options.ts";
import { PackageError, packages } from "./packages.ts";
import { PROGRAM as SIFIVE_PROGRAM } from "./sifive.ts";
import { FIRMWARE, PACKAGE, PROGRAM as VIRT_PROGRAM, type Start } from "./virt.ts";
import { VirtCamera } from "./virt-camera.ts";
import { CameraLink } from "./link.ts";

const command = qemuCommand();
const { board, tftp, machine, linux, disk, nor, tap, faults, timeScale, untilEof } = command.parse().opts<QemuOptions>();

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
const wire = tap ? undefined : await CameraLink.open({
	path: join(work, "wire"), tftp, faults: faults ? JSON.parse(faults) as Faults : undefined
});
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

/**
 * `tsx simulator/qemu/main.ts --board DIR --tftp HOST:PORT`: a real U-Boot attached to a board, until SIGTERM or the board's end.
 * One JSON object a line on stdout says what happens; the first one is {"event":"ready"}.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Command } from "commander";
import { QemuCamera } from "./camera.ts";
import type { Faults } from "./faults.ts";
import { CameraWire } from "./wire.ts";

interface Options {
	board: string;
	tftp: string;
	nor?: string;
	tap?: string;
	faults?: string;
	timeScale: string;
	untilEof?: boolean;
}

const { board, tftp, nor, tap, faults, timeScale, untilEof } = new Command("main.ts")
	.requiredOption("--board <dir>", "the board's folder, with uart, power and line")
	.requiredOption("--tftp <host:port>", "where the pod's TFTP server listens; not used with --tap")
	.option("--nor <file>", "image of the NOR, 32 MiB (default: nor.img in the board's folder)")
	.option("--tap <interface>", "a tap device in this network namespace, instead of the wire that needs no root")
	.option("--faults <json>", '{"seed":1,"loss":0.001,"duplicate":0,"reorder":0,"delay":0}, without --tap')
	.option("--time-scale <factor>", "as the pod's", "1")
	.option("--until-eof", "end when stdin ends")
	.parse().opts<Options>();

const work = mkdtempSync(join(tmpdir(), "rackpod-qemu-"));
const emit = (event: string, facts: Record<string, unknown>): void => {
	process.stdout.write(JSON.stringify({ event, ...facts }) + "\n");
};
const wire = tap ? undefined : await CameraWire.open({ path: join(work, "wire"), tftp, faults: faults ? JSON.parse(faults) as Faults : undefined });
const camera = new QemuCamera({
	board: resolve(board),
	work,
	nor: resolve(nor ?? join(board, "nor.img")),
	network: wire?.nic ?? ["-nic", `tap,ifname=${tap},script=no,downscript=no`],
	timeScale: Number(timeScale),
	emit,
	onClosed: () => void end()
});
emit("ready", {});

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

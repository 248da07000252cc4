/**
 * `npm run demo`: the pod's main job, watched from beginning to end. A camera with a blank flash is brought up through its boot ROM
 * and restored; then the flash is compared with the dump byte by byte.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { processContext } from "../host-tools/cli/context.ts";
import { main as rackpod } from "../host-tools/cli/main.ts";
import { loadLayout } from "../host-tools/index.ts";
import { refuseWhatNpmTook, timeScale } from "./arguments.ts";
import { SMALL_UBOOT, writeDemoImages } from "./demo-images.ts";
import { startPod } from "./pod.ts";

interface Options {
	dump?: string;
	uboot?: string;
	profile?: string;
	timeScale: number;
	keep?: boolean;
}

const command = new Command("npm run demo --")
	.description("Restore a camera with a blank flash, on the real firmware, with everything but the camera real.")
	.option("--dump <dir>", "your own dump: mtd0, mtd1, ... in flash order (default: made-up images, 7,664 KiB)")
	.option("--uboot <file>", "the U-Boot to bring up (default: a made-up one)")
	.option("--profile <file>", "the SoC's profile (default: a hi3516ev300's)")
	.option("--time-scale <factor>", "0.25 runs pod and camera four times as fast", timeScale, 1)
	.option("--keep", "keep the folder with the images and the camera's flash")
	.action(demo);

async function demo(options: Options): Promise<void> {
	const begin = Date.now();
	const folder = mkdtempSync(join(tmpdir(), "rackpod-demo-"));
	const made = writeDemoImages(folder, SMALL_UBOOT);
	const dump = options.dump ?? made.dump;
	const pod = await startPod({ httpPort: 0, bridgePort: 0, tftpPort: 0, state: join(folder, "state"), timeScale: options.timeScale });
	const stop = (): void => void pod.stop();
	process.once("exit", stop);
	try {
		say(`a pod serves at ${pod.http}, its camera has a blank flash; watch it with: curl ${pod.http}/status`);
		const code = await rackpod([
			"restore", dump,
			"--uboot", options.uboot ?? made.uboot,
			"--profile", options.profile ?? made.profile,
			"--pod", pod.http
		], processContext());
		process.exitCode = code || await compare(dump, join(pod.state, "nor.bin"));
	}
	finally {
		await pod.stop();
		if (options.keep)
			say(`images and flash are in ${folder}`);
		else
			rmSync(folder, { recursive: true, force: true });
	}
	say(process.exitCode ? "the demo FAILED" : `done in ${((Date.now() - begin) / 1000).toFixed(1)} s`);
}

/** The flash must hold the dump and be blank elsewhere. Returns an exit code. */
async function compare(dump: string, norFile: string): Promise<number> {
	const nor = readFileSync(norFile);
	const expected = new Uint8Array(nor.length).fill(0xff);
	for (const { path, offset } of await loadLayout(dump))
		expected.set(readFileSync(path), offset);
	const at = expected.findIndex((byte, index) => byte !== nor[index]);
	if (at >= 0) {
		say(`the flash differs from the dump at 0x${at.toString(16)}`);
		return 6;
	}
	say(`the flash equals the dump in all ${nor.length.toLocaleString("en")} bytes`);
	return 0;
}

function say(text: string): void {
	process.stdout.write(text + "\n");
}

refuseWhatNpmTook(command);
await command.parseAsync();

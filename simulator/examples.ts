/**
 * `npm run examples`: the folder `examples` with what a restore needs, made up: a dump, the U-Boot to bring the camera up with, and the
 * profile of its chip. The simulated camera takes them as a real one takes real ones.
 */
import { resolve } from "node:path";
import { SMALL_UBOOT, versionOf, writeDemoImages } from "./demo-images.ts";

const SEED = 1;

if (process.argv.length > 2) {
	process.stderr.write("usage: npm run examples\n");
	process.exit(2);
}
writeDemoImages(resolve(import.meta.dirname, "../examples"), SMALL_UBOOT, SEED);
process.stdout.write(`examples/dump                a camera's flash: boot, env, kernel and rootfs as mtd0 to mtd3, 7,664 KiB
examples/u-boot.bin          ${versionOf(SEED)}
examples/hi3516ev300.json    where the chip's boot ROM wants it, and how its DDR is set up

With a pod that \`npm start\` runs:

  npx rackpod restore examples/dump --uboot examples/u-boot.bin --profile examples/hi3516ev300.json --pod localhost
`);

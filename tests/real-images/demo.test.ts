/** The main job on images that somebody really runs: a U-Boot, a kernel and a root file system of Debian's. */
import { strict as assert } from "node:assert";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PackageError } from "../../simulator/qemu/packages.ts";
import { makeRealImages, TOOLS, type Images } from "../../simulator/real-images.ts";
import { rackpod, run } from "../support/command.ts";
import { needs } from "../support/needs.ts";
import { testPod } from "../support/running-pod.ts";

describe("real images", function () {
	this.timeout(300_000);
	needs(...TOOLS);
	let folder: string;
	let images: Images;

	before(async function () {
		folder = mkdtempSync(join(tmpdir(), "rackpod-real-"));
		try {
			images = await makeRealImages(folder);
		}
		catch (error) {
			if (!(error instanceof PackageError))
				throw error;
			console.log(`skipped: real images: ${error.message}`);
			this.skip();
		}
	});

	after(() => {
		if (folder)
			rmSync(folder, { recursive: true, force: true });
	});

	it("when they are made then they fill a 16 MB flash and each partition begins with what belongs there", () => {
		const files = readdirSync(images.dump).sort().map(name => readFileSync(join(images.dump, name)));
		assert.equal(files.reduce((sum, { length }) => sum + length, 0), 16 * 1024 * 1024);
		const [boot, , kernel, rootfs, data] = files as [Buffer, Buffer, Buffer, Buffer, Buffer];
		assert.ok(boot.subarray(0, 200_000).includes(readFileSync(images.uboot).subarray(0, 190_000)));
		assert.equal(kernel.readUInt32BE(0), 0x27051956);
		assert.equal(rootfs.toString("latin1", 0, 4), "hsqs");
		assert.ok(data.every(byte => byte === 0xff));
	});

	it("when the demo is given them then the camera reaches its login and its flash equals the dump", async () => {
		const { code, stdout, stderr } = await run("npm", ["run", "--silent", "demo", "--", "--time-scale", "0.2", "--dump", images.dump, "--uboot", images.uboot, "--profile", images.profile]);
		assert.equal(code, 0, stdout + stderr);
		assert.match(stdout, /^the camera said "login:"/m);
		assert.match(stdout, /^the flash equals the dump in all 16,777,216 bytes$/m);
	});

	it("when the camera checks its kernel's checksums then it starts it with the arguments of the dump's environment", async () => {
		const pod = await testPod({ camera: "sim", cameraArguments: ["--kernel", "crc"] });
		try {
			const { code, stderr } = await rackpod("restore", images.dump, "--uboot", images.uboot, "--profile", images.profile, "--only", "mtd0,mtd1,mtd2,mtd3",
				"--pod", pod.http);
			assert.equal(code, 0, stderr);
			const events = await pod.ask("events") as { event: string; commandLine?: string }[];
			const start = events.find(({ event }) => event === "linux");
			assert.match(start?.commandLine ?? "", /init=\/sbin\/init mtdparts=hi_sfc:256k\(boot\)/);
		}
		finally {
			await pod.stop();
		}
	});
});

/**
 * What a person at `npm start` hears when the camera in QEMU can't come up. QEMU is a program here that complains as the real one does,
 * so that each complaint can be had at any time.
 */
import { strict as assert } from "node:assert";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { advised } from "../../simulator/qemu/advice.ts";
import { PROGRAM } from "../../simulator/qemu/sifive.ts";
import { ROOT, Running, endAll } from "../support/command.ts";
import { until } from "../support/running-pod.ts";

describe("a camera in QEMU that can't come up", function () {
	this.timeout(300_000); // the pod may have to be built
	let folder: string;
	let nor: string;

	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), "rackpod-test-"));
		nor = join(folder, "nor.img");
	});
	afterEach(() => {
		endAll();
		rmSync(folder, { recursive: true, force: true });
	});

	/** `npm start` with a shell script as QEMU. */
	function start(qemu: string, ...camera: string[]): Running {
		writeFileSync(join(folder, PROGRAM), `#!/bin/sh\n${qemu}\n`, { mode: 0o755 });
		const args = ["--import", "tsx", join(ROOT, "simulator/start.ts"), "--http-port", "0", "--bridge-port", "0", "--tftp-port", "0",
			"--camera", "qemu", "--", "--nor", nor, ...camera];
		return new Running(process.execPath, args, { env: { ...process.env, PATH: folder + delimiter + process.env["PATH"] } });
	}

	/** Switches the camera's power on; returns the line about the camera that npm start says then, and ends it. */
	async function complaintOf(pod: Running): Promise<string> {
		const { http } = JSON.parse(await pod.line(line => line.startsWith("{"))) as { http: string };
		await fetch(`${http}/power/on`, { method: "POST" });
		const complaint = /^the camera .*$/m;
		await until("npm start says what is wrong", async () => complaint.test(pod.stderr));
		pod.child.kill("SIGTERM");
		await pod.ended;
		return complaint.exec(pod.stderr)![0];
	}

	it("when the image of its flash has another size then npm start ends and says which it must have", async () => {
		writeFileSync(nor, Buffer.alloc(1000));
		const { code, stdout, stderr } = await start("exit 1").ended;
		assert.deepEqual([code, stdout], [1, ""]);
		assert.ok(stderr.includes(`--nor ${nor} has 1000 bytes, the flash has 33554432: pad it with 0xFF, or leave it out for a blank one\n`), stderr);
	});

	it("when its flash is blank then npm start says so, and how it gets an image", async () => {
		assert.equal(await complaintOf(start("exit 1")),
			"the camera hangs: the flash is blank: bring the camera up through POST /fastboot, or start it with --nor and an image that has an SPL");
	});

	it("when the pod restarts then the camera is still there afterwards, and says the same", async () => {
		const pod = start("exit 1");
		const { http } = JSON.parse(await pod.line(line => line.startsWith("{"))) as { http: string };
		await fetch(`${http}/restart`, { method: "POST" });
		// between two firmwares nobody listens
		const reset = (): Promise<string> => fetch(`${http}/status`).then(async answer => (await answer.json() as { firmware: { reset: string } }).firmware.reset, () => "");
		await until("the pod is back", async () => pod.child.exitCode !== null || await reset() === "restart");
		assert.equal(pod.child.exitCode, null, pod.stderr);
		await fetch(`${http}/power/on`, { method: "POST" });
		await until("the camera says what is wrong", async () => pod.stderr.includes("the camera hangs: the flash is blank") || pod.child.exitCode !== null);
		assert.equal(pod.child.exitCode, null, pod.stderr);
		pod.child.kill("SIGTERM");
		await pod.ended;
	});

	it("when QEMU refuses its command line then npm start says why, and what to do", async () => {
		writeFileSync(nor, Buffer.alloc(32 << 20, 0x13));
		const refusal = `${PROGRAM}: -netdev stream,id=wire: Parameter 'type' does not accept value 'stream'`;
		assert.equal(await complaintOf(start(`echo "${refusal}" >&2; exit 1`)),
			`the camera failed: ${PROGRAM} ended with 1: ${refusal}; this QEMU has no \`-netdev stream\`: it needs QEMU 7.2 or newer, or --tap as root`);
	});

	it("when QEMU ends without a word of its guest's then that is no reset, and npm start says how it goes on", async () => {
		writeFileSync(nor, Buffer.alloc(32 << 20, 0x13));
		const starts = join(folder, "starts");
		assert.equal(await complaintOf(start(`echo started >> ${starts}; exit 0`)),
			`the camera failed: ${PROGRAM} ended: somebody else ended it; switch the camera's power off and on`);
		assert.equal(readFileSync(starts, "latin1"), "started\n");
	});

	it("when QEMU complains about what has its cause outside the camera then what to do follows, in the same line", () => {
		const cases: [string, RegExp][] = [
			["-netdev tap,ifname=camera0: could not configure /dev/net/tun (camera0): Device or resource busy", /another program has this tap device/],
			["-netdev tap,ifname=camera0: could not open /dev/net/tun: Permission denied", /needs root/],
			["-drive file=disk.img: Failed to get \"write\" lock\nIs another process using the image [disk.img]?", /another QEMU has this image/],
			["failed to read the initial flash content", /33554432 bytes/]
		];
		for (const [complaint, advice] of cases) {
			assert.match(advised(complaint), advice);
			assert.ok(!advised(complaint).includes("\n"));
		}
		assert.equal(advised("something else"), "something else");
	});
});

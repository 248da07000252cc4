/** The `rackpod` command as a process: its environment, pipes and terminals. What it does with a pod is in tests/lab/cli.test.ts. */
import { strict as assert } from "node:assert";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeUBoot } from "../../simulator/demo-images.ts";
import { endAll, ROOT, run, Running, startRackpod } from "../support/command.ts";
import { needs } from "../support/needs.ts";
import { testPod, until, type TestPod } from "../support/running-pod.ts";

describe("rackpod", function () {
	this.timeout(120_000);
	let folder: string;
	let pod: TestPod;

	before(() => {
		folder = mkdtempSync(join(tmpdir(), "rackpod-cli-"));
	});

	beforeEach(async () => {
		// its flash holds a U-Boot and no kernel: after the power-on it ends at its prompt
		const state = mkdtempSync(join(folder, "state"));
		writeFileSync(join(state, "nor.bin"), makeUBoot(20 * 1024, 1));
		pod = await testPod({ camera: "sim", state, cameraArguments: ["--bootdelay", "1"] });
	});

	afterEach(async () => {
		endAll();
		await pod.stop();
	});

	after(() => rmSync(folder, { recursive: true, force: true }));

	const where = (): string[] => ["--pod", pod.http];
	/** Switches the camera on and waits for its prompt. */
	async function prompt(): Promise<void> {
		await pod.client.powerOn();
		await until("the camera is at its prompt", async () => Buffer.from((await pod.client.uartLog()).bytes).toString("latin1").endsWith("OpenIPC # "));
	}

	describe("status", () => {
		it("when the pod is given by the environment then that one is asked", async () => {
			const { code, stdout } = await run(process.execPath, [`${ROOT}/host-tools/rackpod.js`, "status"], { env: { ...process.env, RACKPOD: `127.0.0.1:${pod.httpPort}` } });
			assert.equal(code, 0);
			assert.match(stdout, /^pod +rackpod,/);
		});
	});

	describe("console", () => {
		it("when its input is a pipe then what is typed is run, the answer printed, and it leaves at the end", async () => {
			await prompt();
			const result = await run(process.execPath, [`${ROOT}/host-tools/rackpod.js`, "console", ...where()], { input: "\x03printenv soc\r" });
			assert.equal(result.code, 0, result.stderr);
			assert.match(result.stdout, /U-Boot 2016\.11[^]*soc=hi3516ev300/);
		});

		it("when nobody reads what it prints any more then it leaves", async () => {
			await prompt();
			const running = startRackpod("console", "--no-backlog", ...where());
			await until("it has the line", async () => (await pod.client.uart()).owner?.startsWith("bridge") === true);
			running.child.stdout!.destroy();
			running.child.stdin!.write("\x03");
			assert.equal((await running.ended).code, 0);
		});

		describe("in a terminal", () => {
			needs("script");

			it("when keys are typed then they go to the camera, Ctrl-C too, and Ctrl-] leaves", async () => {
				await prompt();
				const words = [process.execPath, `${ROOT}/host-tools/rackpod.js`, "console", ...where()];
				const terminal = new Running("script", ["-qec", words.map(word => `'${word}'`).join(" "), "/dev/null"]);
				const shows = (text: RegExp): Promise<void> => until(`the terminal shows ${text}`, async () => {
					await new Promise(resolve => setTimeout(resolve, 20));
					return text.test(terminal.stdout);
				});
				await shows(/\[rackpod: connected; Ctrl-\] leaves\]/);
				terminal.child.stdin!.write("\x03");
				await shows(/<INTERRUPT>/);
				terminal.child.stdin!.write("printenv soc\r");
				await shows(/soc=hi3516ev300[\r\n]/);
				terminal.child.stdin!.write("\x1d");
				const { code } = await terminal.ended;
				assert.equal(code, 0);
				await until("the line is free", async () => (await pod.client.uart()).owner === null);
			});
		});
	});
});

/** A pod with a real serial port in the PTY's place: what the pod's own board offers is one. */
import { strict as assert } from "node:assert";
import { join } from "node:path";
import { Running, endAll } from "../support/command.ts";
import { testPod, type TestPod } from "../support/running-pod.ts";

describe("npm start -- --uart", function () {
	this.timeout(60_000);
	let other: TestPod | undefined;

	afterEach(async () => {
		endAll();
		await other?.stop();
		other = undefined;
	});

	it("when the serial port is pulled out then the pod says so and ends", async () => {
		other = await testPod();
		const uart = join(other.state, "uart");
		const program = new Running(process.execPath, ["--import", "tsx", "simulator/start.ts", "--http-port", "0", "--bridge-port", "0", "--tftp-port", "0", "--camera", "none", "--uart", uart]);
		await program.line(() => true);
		process.kill(other.pid, "SIGKILL");
		const { code, stderr } = await program.ended;
		assert.equal(code, 1);
		for (const line of [`${uart}: the serial port is gone`, "the firmware ended with the loss of its serial port"])
			assert.ok(stderr.split("\n").includes(line), stderr);
	});
});

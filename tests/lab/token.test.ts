/** A pod with a token, as the rackpod command's users meet it. */
import { strict as assert } from "node:assert";
import { fetch, rackpodWith, testPod, type TestPod } from "../support/pod-lab.ts";

interface Run {
	code: number;
	text: string;
}

describe("a pod with a token", () => {
	let pod: TestPod;

	before(async () => {
		pod = await testPod();
		await fetch(`${pod.http}/settings`, { method: "PATCH", body: JSON.stringify({ token: "open sesame" }) });
	});

	after(() => pod.stop());

	const rackpod = async (env: Record<string, string>, ...args: string[]): Promise<Run> => {
		const { code, stdout, stderr } = await rackpodWith(env, ...args, "--pod", pod.http);
		return { code: code!, text: stdout + stderr };
	};

	it("when no token is given then nothing changes, and the message says how to give it", async () => {
		const { code, text } = await rackpod({}, "stage", import.meta.filename);
		assert.equal(code, 4, text);
		assert.match(text, /unauthorized[\s\S]*--token[\s\S]*RACKPOD_TOKEN/);
		assert.deepEqual((await pod.client.files()).files, []);
	});

	it("when a wrong token is given then nothing changes either", async () => {
		assert.equal((await rackpod({ RACKPOD_TOKEN: "open wheat" }, "power", "on")).code, 4);
		assert.equal((await pod.client.power()).camera_on, false);
	});

	it("when only looking then no token is needed", async () => {
		assert.equal((await rackpod({}, "ls")).code, 0);
	});

	it("when the token comes as option or from the environment then it works", async () => {
		const option = await rackpod({}, "stage", import.meta.filename, "--token", "open sesame");
		assert.equal(option.code, 0, option.text);
		const environment = await rackpod({ RACKPOD_TOKEN: "open sesame" }, "power", "on");
		assert.equal(environment.code, 0, environment.text);
		assert.equal((await pod.client.power()).camera_on, true);
	});
});

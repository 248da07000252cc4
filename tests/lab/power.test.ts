/** The camera's supply, as HTTP clients switch it and as whoever plays the camera sees it. */
import { strict as assert } from "node:assert";
import { fetch, Peer } from "../support/lab/client.ts";
import { begin, camera, end, pod } from "../support/lab/console-pod.ts";
import { now, pause, until } from "../support/lab/world.ts";

interface Answer {
	status: number;
	body: any;
}

describe("the camera's power", () => {
	beforeEach(() => begin());
	afterEach(end);

	const post = async (action: string): Promise<Answer> => {
		const answer = await fetch(`${pod.http}/power/${action}`, { method: "POST" });
		return { status: answer.status, body: await answer.json() };
	};
	const isOn = async (): Promise<boolean> => (await (await fetch(`${pod.http}/power`)).json() as { camera_on: boolean }).camera_on;
	const settled = (seconds: number): Promise<void> =>
		until(`the supply is unchanged for ${seconds} s of the pod's time`, async () => (await (await fetch(`${pod.http}/power`)).json() as { seconds: number }).seconds >= seconds);
	const switching = async (): Promise<boolean> => (await (await fetch(`${pod.http}/status`)).json() as any).power.switching;

	it("when the pod starts then the camera is off, and stays so until somebody asks", async () => {
		await settled(4);
		assert.deepEqual(camera.words, ["off"]);
		assert.deepEqual(await (await fetch(`${pod.http}/power/state`)).text(), "0");
	});

	it("when it was switched long after the start then the seconds count from the switch", async () => {
		const seconds = async (): Promise<number> => (await (await fetch(`${pod.http}/power`)).json() as { seconds: number }).seconds;
		await pause(100_500);
		assert.equal(await seconds(), 100);
		await post("on");
		assert.equal(await seconds(), 0);
		await pause(7_500);
		assert.equal(await seconds(), 7);
	});

	it("when it is switched on, and on again, then the camera sees one change and the client the state", async () => {
		const { status, body } = await post("on");
		assert.deepEqual([status, body.camera_on, body.camera_path], [200, true, "5V"]);
		assert.equal((await post("on")).status, 200);
		assert.deepEqual((await post("off")).body.camera_on, false);
		await camera.until(() => camera.words.length === 3, "off");
		assert.deepEqual(camera.words, ["off", "on", "off"]);
		assert.equal(await isOn(), false);
	});

	it("when it is switched on right after off then it waits 2 s of the pod's time, and the answer comes when it is on", async () => {
		await post("on");
		const asked = now();
		await post("off");
		const { body } = await post("on");
		assert.equal(body.camera_on, true);
		await camera.until(() => camera.words.length === 4, "on");
		assert.deepEqual(camera.words, ["off", "on", "off", "on"]);
		assert.ok(camera.power[3]!.at - asked >= 2000, `${camera.power[3]!.at - asked} ms`);
	});

	it("when it is cycled from on then the camera sees off and on, and when from off then on alone", async () => {
		await post("cycle");
		await camera.until(() => camera.words.length === 2, "on");
		const { status, body } = await post("cycle");
		assert.deepEqual([status, body.camera_on], [200, true]);
		await camera.until(() => camera.words.length === 4, "off and on");
		assert.deepEqual(camera.words, ["off", "on", "off", "on"]);
	});

	it("when off comes while a switch-on waits then off wins, the other is told, and the camera stays off", async () => {
		await post("on");
		await post("off");
		const waiting = post("on");
		await until("the switch-on waits", switching);
		assert.equal((await post("off")).status, 200);
		const { status, body } = await waiting;
		assert.deepEqual([status, body.error], [409, "power_busy"]);
		await settled(4);
		assert.equal(await isOn(), false);
		assert.deepEqual(camera.words, ["off", "on", "off"]);
		assert.equal((await post("on")).body.camera_on, true, "a switch-on after the parked off ends powered");
	});

	it("when many ask at the same time then each is answered and the camera sees one cycle", async () => {
		await post("on");
		const answers = await Promise.all(["cycle", "cycle", "on", "cycle", "on", "cycle"].map(post));
		assert.deepEqual(answers.map(({ status, body }) => [status, body.camera_on]), Array(6).fill([200, true]));
		await camera.until(() => camera.words.length === 4, "off and on");
		await settled(1);
		assert.deepEqual(camera.words, ["off", "on", "off", "on"]);
	});

	it("when a client goes away while it waits for power then it comes on all the same, and nobody else suffers", async () => {
		await post("on");
		await post("off");
		const peer = await Peer.connect(pod.httpPort);
		peer.send("POST /power/on HTTP/1.1\r\nHost: pod\r\nContent-Length: 0\r\n\r\n");
		await until("the switch-on waits", switching);
		peer.close();
		assert.equal((await post("on")).body.camera_on, true);
		await camera.until(() => camera.words.length === 4, "on");
		const { faults } = await (await fetch(`${pod.http}/status`)).json() as any;
		assert.equal(faults.count, 0, faults.last);
	});

	it("when labgrid switches then PUT takes 1 or 0 and GET answers that character alone", async () => {
		const put = (body: string): Promise<Response> => fetch(`${pod.http}/power/state`, { method: "PUT", body });
		const get = async (): Promise<string> => (await fetch(`${pod.http}/power/state`)).text();
		assert.equal(await get(), "0");
		assert.equal(await (await put("1")).text(), "1");
		assert.equal(await get(), "1");
		assert.equal(await (await put("0")).text(), "0");
		assert.equal(await get(), "0");
		assert.equal(await (await put("1\n")).text(), "1", "as from a shell");
		await camera.until(() => camera.words.length === 4, "on");
		assert.deepEqual(camera.words, ["off", "on", "off", "on"]);
	});

	it("when the answer is looked at closely then it has a length, a type and no newline", async () => {
		const answer = await fetch(`${pod.http}/power/state`);
		assert.deepEqual([answer.headers.get("content-length"), answer.headers.get("content-type")], ["1", "text/plain"]);
		await answer.arrayBuffer();
	});

	it("when the pod stops then nobody switches the camera off", async () => {
		await post("on");
		await camera.until(() => camera.words.length === 2, "on");
		pod.lab.restart();
		await camera.until(() => camera.gone, "the end of DIR/power");
		assert.deepEqual(camera.words, ["off", "on"]);
	});
});

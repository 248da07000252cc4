/** `POST /fastboot` as its client knows it: what it answers, what it shows, who may disturb it, and what it leaves behind. */
import { strict as assert } from "node:assert";
import { crc32 } from "node:zlib";
import { filled } from "../../simulator/random.ts";
import { blob, loader } from "../support/blob.ts";
import { fetch, pause, Peer, testPod, until, type TestPod } from "../support/pod-lab.ts";

/** Addresses of blob() and of the profile. */
const STEP = 0x04013000;
const SPL = 0x04010500;
const UBOOT = 0x41000000;

/** A U-Boot that takes 4 s of the pod's time on the wire. */
const LONG = blob({ agent: loader(46_000, 4) });

interface Answer {
	status: number;
	body: any;
}

const post = async (pod: TestPod, body: Uint8Array): Promise<Answer> => {
	const answer = await fetch(`${pod.http}/fastboot`, { method: "POST", body });
	return { status: answer.status, body: await answer.json() };
};
const json = async (pod: TestPod, path: string): Promise<any> => (await fetch(`${pod.http}${path}`)).json();
const inPhase = (pod: TestPod, phase: string): Promise<void> => until(`it is in ${phase}`, async () => (await json(pod, "/fastboot")).phase === phase);
const free = async (pod: TestPod): Promise<number> => (await pod.client.files()).psram_free_bytes;

describe("fastboot", () => {
	let pod: TestPod;
	let memory: number;

	beforeEach(async () => {
		pod = await testPod({ camera: "sim" });
		memory = await free(pod);
	});

	afterEach(async () => {
		await until("the pages are back", async () => (await free(pod)) === memory);
		const { faults } = await json(pod, "/status");
		await pod.stop();
		assert.equal(faults.count, 0, faults.last);
	});

	it("when the camera comes up then the answer says what happened, and the camera got exactly what was sent", async () => {
		const [prestep0, ddrstep0, spl, agent] = [filled(64, 1), filled(64, 2), filled(17408, 3), loader(20_001, 4)];
		const { status, body } = await post(pod, blob({ prestep0, ddrstep0, spl, agent }));
		const { success, last_phase, failed_phase, error, bytes_sent, ff_runs_zeroed, prompt } = body;
		assert.deepEqual([status, success, last_phase, failed_phase, error], [200, true, "done", undefined, undefined]);
		assert.deepEqual([bytes_sent, ff_runs_zeroed, prompt], [64 + 64 + 17408 + 20_001, 0, undefined]);
		assert.ok(body.handshake_markers >= 5 && body.elapsed_ms > 2000 && body.rate > 5000 && body.rate < 11520, JSON.stringify(body));
		assert.deepEqual(await pod.ask("uploads"), [
			{ address: STEP, size: 64, crc32: crc32(prestep0) },
			{ address: STEP, size: 64, crc32: crc32(ddrstep0) },
			{ address: SPL, size: 17408, crc32: crc32(spl) },
			{ address: UBOOT, size: 20_001, crc32: crc32(agent) }
		]);
		assert.equal((await pod.ask("state")).stage, "uboot");
		assert.deepEqual(await json(pod, "/fastboot"), { running: false, last_result: body });
		assert.deepEqual((await json(pod, "/status")).fastboot.last_result, body);
	});

	it("when GET asks meanwhile then it shows phases in order, bytes that grow, and a rate", async () => {
		await pod.client.powerOn();
		const boot = post(pod, LONG);
		const seen: any[] = [];
		for (let state; (state = await json(pod, "/fastboot")).running || seen.length === 0;) {
			if (state.running)
				seen.push(state);
			await pause(5);
		}
		assert.equal((await boot).status, 200);
		// on a busy computer the first attempt may have failed: the last one is judged
		const attempt = seen.filter(({ attempt }) => attempt === seen[seen.length - 1].attempt);
		const phases = attempt.map(({ phase }) => phase).filter((phase, index, all) => phase !== all[index - 1]);
		const order = ["power", "handshake", "frame_for_start", "prestep0", "ddrstep0", "spl", "agent", "done"];
		assert.deepEqual(phases, order.filter(phase => phases.includes(phase)));
		assert.ok(phases.includes("power") && phases.includes("spl") && phases.includes("agent"), String(phases));
		const bytes = attempt.map(({ bytes_sent }) => bytes_sent);
		assert.deepEqual(bytes, [...bytes].sort((one, other) => one - other));
		assert.ok(new Set(bytes).size >= 5, `${new Set(bytes).size} different numbers of bytes`);
		const late = attempt.filter(({ phase }) => phase === "agent").pop();
		assert.equal(late.bytes_total, 64 + 64 + 2100 + 46_000);
		assert.ok(late.rate > 500 && late.rate < 11520 && late.attempt >= 1 && late.elapsed_ms > 2000, JSON.stringify(late));
		assert.deepEqual(seen[0].last_result, null);
	});

	it("when a second one is posted, or power on or cycle, then all are refused as busy and the first goes on", async () => {
		const boot = post(pod, LONG);
		await inPhase(pod, "agent");
		const { status, body } = await post(pod, blob());
		assert.deepEqual([status, body.success, body.error, body.failed_phase, body.last_phase], [409, false, "busy", "request", "request"]);
		for (const action of ["on", "cycle"]) {
			const answer = await fetch(`${pod.http}/power/${action}`, { method: "POST" });
			assert.deepEqual([answer.status, (await answer.json() as any).error], [409, "busy"], action);
		}
		const answer = await fetch(`${pod.http}/power/state`, { method: "PUT", body: "1" });
		assert.deepEqual([answer.status, (await answer.json() as any).error], [409, "busy"]);
		assert.equal((await boot).body.success, true);
	});

	it("when settings are changed meanwhile then that is refused as busy, also when their body was on its way, and works afterwards", async () => {
		const early = await Peer.connect(pod.httpPort);
		early.send("PATCH /settings HTTP/1.1\r\nHost: pod\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 18\r\n\r\n");
		await early.until(text => text.includes("100 Continue"), "100 Continue");
		const boot = post(pod, LONG);
		await inPhase(pod, "agent");
		const patch = (): Promise<Response> => fetch(`${pod.http}/settings`, { method: "PATCH", body: "{\"file_idle\":7200}" });
		const answer = await patch();
		assert.deepEqual([answer.status, (await answer.json() as any).error], [409, "busy"]);
		early.send("{\"file_idle\":7201}");
		await early.untilClosed();
		assert.match(early.text, /409 [^]*"error":"busy"/);
		await pod.client.powerOff();
		await boot;
		assert.equal((await patch()).status, 200);
	});

	it("when two are posted at the same moment then one runs and the other is busy", async () => {
		const answers = await Promise.all([post(pod, blob()), post(pod, blob())]);
		assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409]);
		const { body } = answers.find(({ status }) => status === 409)!;
		assert.deepEqual([body.success, body.error, body.failed_phase], [false, "busy", "request"]);
	});

	it("when power off comes in the middle then it ends with the phase named, the camera stays off, and the next one works", async () => {
		const boot = post(pod, LONG);
		await inPhase(pod, "agent");
		assert.equal((await pod.client.powerOff()).camera_on, false);
		const { status, body } = await boot;
		assert.deepEqual([status, body.success, body.last_phase, body.failed_phase, body.error], [500, false, "agent", "agent", "cancelled: the camera was switched off"]);
		await until("the pod's next 3 s have passed", async () => (await json(pod, "/power")).seconds >= 3);
		assert.equal((await json(pod, "/power")).camera_on, false);
		assert.equal((await post(pod, blob())).status, 200);
	});

	it("when power off comes while it waits to switch on then the camera stays off", async () => {
		await pod.client.powerOn();
		const boot = post(pod, blob());
		await inPhase(pod, "power");
		await pod.client.powerOff();
		assert.equal((await boot).body.failed_phase, "power");
		await until("the pod's next 3 s have passed", async () => (await json(pod, "/power")).seconds >= 3);
		assert.equal((await json(pod, "/power")).camera_on, false);
	});

	it("when DELETE comes then the client is told, nothing runs, and a second DELETE finds nothing", async () => {
		const boot = post(pod, LONG);
		await inPhase(pod, "agent");
		const remove = async (): Promise<any> => (await fetch(`${pod.http}/fastboot`, { method: "DELETE" })).json();
		assert.deepEqual(await remove(), { ok: true, cancelled: true });
		const { status, body } = await boot;
		assert.deepEqual([status, body.failed_phase, body.error], [500, "agent", "cancelled: DELETE /fastboot"]);
		assert.deepEqual(await remove(), { ok: true, cancelled: false });
		assert.equal((await post(pod, blob())).status, 200);
	});

	for (const phase of ["power", "spl", "agent"])
		it(`when the client goes away in phase ${phase} then it ends and the next one works`, async () => {
			await pod.client.powerOn();
			const peer = await Peer.connect(pod.httpPort);
			const body = blob({ spl: filled(20_000, 3), agent: loader(46_000, 4) });
			peer.send(`POST /fastboot HTTP/1.1\r\nHost: pod\r\nContent-Length: ${body.length}\r\n\r\n`);
			peer.send(body);
			await inPhase(pod, phase);
			peer.close();
			await until("it has ended", async () => !(await json(pod, "/fastboot")).running);
			const { success, error, failed_phase } = (await json(pod, "/fastboot")).last_result;
			assert.deepEqual([success, error, failed_phase], [false, "cancelled: the client has gone", phase]);
			assert.equal((await post(pod, blob())).status, 200);
		});

	it("when it prefers not to wait then 202 names its id, going away ends nothing, and the result has that id", async () => {
		const first = (await post(pod, blob())).body;
		assert.equal(first.id, 1);
		const peer = await Peer.connect(pod.httpPort);
		peer.send(`POST /fastboot HTTP/1.1\r\nHost: pod\r\nPrefer: wait=10, Respond-Async\r\nConnection: close\r\nContent-Length: ${LONG.length}\r\n\r\n`);
		peer.send(LONG);
		await peer.untilClosed();
		assert.match(peer.text, /^HTTP\/1.1 202 /);
		assert.match(peer.text, /\r\nPreference-Applied: respond-async\r\n/i);
		assert.match(peer.text, /\r\nLocation: \/fastboot\r\n/i);
		assert.deepEqual(JSON.parse(peer.text.split("\r\n\r\n")[1]!), { id: 2, running: true });
		const { running, id, last_result } = await json(pod, "/fastboot");
		assert.deepEqual([running, id, last_result.id], [true, 2, 1]);
		await until("it is over", async () => !(await json(pod, "/fastboot")).running);
		const after = await json(pod, "/fastboot");
		assert.deepEqual([after.last_result.id, after.last_result.success, "id" in after], [2, true, false]);
	});

	it("when it prefers not to wait and the body is no blob then it is refused at once", async () => {
		const answer = await fetch(`${pod.http}/fastboot`, { method: "POST", body: filled(50_000, 0x41), headers: { Prefer: "respond-async" } });
		assert.deepEqual([answer.status, (await answer.json() as any).error], [400, "bad_blob"]);
		assert.equal((await json(pod, "/fastboot")).last_result, null);
	});

	it("when everything is full and the body is no blob, however long, then no file goes and no transfer ends", async () => {
		const put = async (name: string, size: number): Promise<void> => assert.equal((await fetch(`${pod.http}/tftp/${name}`, { method: "PUT", body: filled(size, 1) })).status, 200);
		await put("left", 4_000_000);
		await post(pod, blob());
		await put("new", 4_100_000);
		const before = await json(pod, "/tftp");
		for (const body of [filled(2_000_000, 0x41), new Uint8Array(1_000_000), blob({ spl: filled(100, 1) }).subarray(0, 300)])
			assert.equal((await post(pod, body)).body.error, "bad_blob");
		const chunked = await Peer.connect(pod.httpPort);
		chunked.send("POST /fastboot HTTP/1.1\r\nHost: pod\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\nf4240\r\n");
		chunked.send(filled(1_000_000, 0x42));
		chunked.send("\r\n0\r\n\r\n");
		await chunked.untilClosed();
		assert.match(chunked.text, /"error":"bad_blob"/);
		const after = await json(pod, "/tftp");
		assert.deepEqual(after.files.map(({ name }: any) => name), ["left", "new"]);
		assert.equal(after.psram_free_bytes, before.psram_free_bytes);
		await pod.client.clear();
	});

	it("when the client goes away in the middle of the body then nothing was started and its pages are free", async () => {
		const peer = await Peer.connect(pod.httpPort);
		const body = blob({ agent: loader(100_000, 4) });
		peer.send(`POST /fastboot HTTP/1.1\r\nHost: pod\r\nContent-Length: ${body.length}\r\n\r\n`);
		peer.send(body.subarray(0, 50_000));
		await until("its pages are taken", async () => (await free(pod)) < memory);
		peer.close();
		await until("its pages are free", async () => (await free(pod)) === memory);
		assert.deepEqual(await json(pod, "/fastboot"), { running: false, last_result: null });
		assert.equal((await pod.ask("state")).power, false);
	});

	it("when the rate was 921600 then the camera is met at 115200 all the same", async () => {
		await pod.client.setBaud(921600);
		assert.equal((await post(pod, blob())).body.success, true);
		assert.equal((await pod.client.uart()).baud, 115200);
	});

	it("when the answer has come then the bridge accepts at once, and sees the camera's next words only", async () => {
		const { body } = await post(pod, blob());
		const peer = await Peer.connect(pod.bridgePort);
		assert.equal(body.success, true);
		await peer.until(text => text.includes("autoboot"), "the countdown");
		assert.ok(!peer.text.includes("System startup"), JSON.stringify(peer.text));
	});

	it("when files were staged before then they count as free afterwards, and go only when their room is needed", async () => {
		await pod.client.stage("old", filled(6_000_000, 5));
		await post(pod, blob());
		const area = await pod.client.files();
		assert.equal(area.psram_free_bytes, memory);
		assert.deepEqual(area.files.map(({ name, reclaimable }) => [name, reclaimable]), [["old", true]]);
		await pod.client.stage("small", filled(1_000_000, 6));
		assert.deepEqual((await pod.client.files()).files.map(({ name }) => name), ["old", "small"]);
		await pod.client.stage("large", filled(5_000_000, 7));
		assert.deepEqual((await pod.client.files()).files.map(({ name }) => name), ["small", "large"]);
		await pod.client.clear();
	});

	it("when a run that broke off left every page taken then the next one boots and stages all the same", async () => {
		await pod.client.stage("left-behind", new Uint8Array(memory));
		assert.equal((await post(pod, blob())).status, 200);
		await pod.client.stage("next", filled(7_000_000, 8));
		assert.deepEqual((await pod.client.files()).files.map(({ name }) => name), ["next"]);
		await pod.client.clear();
	});

	it("when there is noise on the line in every phase then the camera comes up all the same", async () => {
		const spl = filled(4_000, 3);
		const agent = loader(20_000, 4);
		const boot = post(pod, blob({ spl, agent }));
		let over = false;
		void boot.then(() => over = true);
		for (const phase of ["handshake", "spl", "agent"]) {
			await until(`it is in ${phase}`, async () => over || (await json(pod, "/fastboot")).phase === phase);
			await pod.ask("inject noise 20");
		}
		const { body } = await boot;
		assert.equal(body.success, true, JSON.stringify(body));
		const uploads = await pod.ask("uploads");
		assert.deepEqual(uploads.slice(-2), [{ address: SPL, size: 4_000, crc32: crc32(spl) }, { address: UBOOT, size: 20_000, crc32: crc32(agent) }]);
	});
});

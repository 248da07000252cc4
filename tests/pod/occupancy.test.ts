/** Who may act when: every cell of the table, through the doors of a running pod. */
import { strict as assert } from "node:assert";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TABLE, type Action, type Job } from "../../src/occupancy.ts";
import { routes } from "../../src/routes/index.ts";
import { blob } from "../support/blob.ts";
import { ask, firmwareImage, podOn } from "../support/chip.ts";
import { Peer, until, type TestPod } from "../support/running-pod.ts";

const SIZE = 3 * 4096 - 100;
const REFUSAL: Record<Job, string> = { fastboot: "busy", update: "update_running", restart: "restarting" };

/** A body with which the route does what it is for; what ends a job comes last. */
const BODIES: Record<string, string | Uint8Array> = {
	"PUT /power/state": "0", "POST /uart/baud": "{\"rate\":115200}", "PATCH /settings": "{\"file_idle\":7000}", "POST /fastboot": "too short", "POST /firmware": firmwareImage(SIZE), "PUT /firmware": firmwareImage(SIZE)
};

/** Those that would end the job, and with it the test. */
const ENDS: Record<Job, Action[]> = { fastboot: ["power_off", "cancel_fastboot"], update: ["cancel_update"], restart: [] };

describe("who may act when", function () {
	let state: string;
	let pod: TestPod;

	beforeEach(async function () {
		state = mkdtempSync(join(tmpdir(), "rackpod-occupancy-"));
		// the farewell before a restart takes long here, by its clock
		pod = await podOn(state, undefined, { timeScale: 20, settings: { power_off: "0" } });
	});

	afterEach(async function () {
		await pod.stop();
		rmSync(state, { recursive: true, force: true });
	});

	/** Has `job` go on. */
	const begin: Record<Job, () => Promise<unknown>> = {
		async fastboot() {
			const body = blob();
			const client = await Peer.connect(pod.httpPort);
			client.send(`POST /fastboot HTTP/1.1\r\nHost: pod\r\nContent-Length: ${body.length}\r\n\r\n`);
			client.send(body);
			await until("a fastboot runs", async () => (await ask(pod, "/fastboot")).body.running);
		},
		async update() {
			const client = await Peer.connect(pod.httpPort);
			client.send(`POST /firmware HTTP/1.1\r\nHost: pod\r\nContent-Length: ${SIZE}\r\n\r\n`);
			await until("an update runs", async () => (await ask(pod, "/firmware")).body.update !== null);
		},
		restart: () => ask(pod, "/restart", { method: "POST" })
	};

	it("when a route changes something then it says what it begins", function () {
		for (const { method, path, action } of routes)
			assert.equal(action !== undefined, method !== "GET", `${method} ${path}`);
	});

	for (const job of ["fastboot", "update", "restart"] as const)
		it(`when a ${job} goes on then what it keeps from being begun is refused by its name, and the rest isn't`, async function () {
			await begin[job]();
			for (const { method, path, action } of routes) {
				if (action === undefined || ENDS[job].includes(action))
					continue;
				const at = `${method} ${path}`;
				const { status, body } = await ask(pod, path.replace("<name>", "x"), { method, body: BODIES[at] ?? "" });
				if (TABLE[action].includes(job))
					assert.deepEqual([status, body.error], [409, REFUSAL[job]], at);
				else
					assert.ok(!Object.values(REFUSAL).includes(body.error), `${at}: ${JSON.stringify(body)}`);
			}
		});

	it("when an update hangs then DELETE /firmware ends it, its client is told, and the next one begins", async function () {
		const client = await Peer.connect(pod.httpPort);
		client.send(`POST /firmware HTTP/1.1\r\nHost: pod\r\nContent-Length: ${SIZE}\r\n\r\n`);
		client.send(firmwareImage(SIZE).subarray(0, 5000));
		await until("half of it has come", async () => (await ask(pod, "/firmware")).body.update?.received === 5000);
		assert.deepEqual((await ask(pod, "/firmware", { method: "DELETE" })).body, { ok: true, cancelled: true });
		await client.until(text => text.includes("update_over"), "the answer");
		assert.match(client.text, /^HTTP\/1\.1 409 /);
		const { update, last_error, slot } = (await ask(pod, "/firmware")).body;
		assert.deepEqual([update, last_error, slot], [null, "cancelled", "ota_0"]);
		assert.deepEqual((await ask(pod, "/firmware", { method: "DELETE" })).body, { ok: true, cancelled: false });
		assert.equal((await ask(pod, "/firmware", { method: "POST", body: firmwareImage(SIZE) })).status, 200);
	});
});

/** Who may act when: every cell of the table, through the doors of a whole pod. */
import { strict as assert } from "node:assert";
import { TABLE, type Job } from "occupancy";
import { routes } from "routes/index";
import { blob } from "../support/blob.ts";
import { firmwareImage } from "../support/firmware-image.ts";
import { ask, Datagrams, Peer } from "../support/lab/client.ts";
import { startPod, type TestPod } from "../support/lab/test-pod.ts";
import { until } from "../support/lab/world.ts";
import { textOf } from "../support/strings.ts";

const SIZE = 3 * 4096 - 100;
const REFUSAL: Record<Job, string> = { fastboot: "busy", update: "update_running", restart: "restarting" };

/** A body with which the route does what it is for; what ends a job comes last. */
const BODIES: Record<string, string | Uint8Array> = {
	"PUT /power/state": "0", "POST /uart/baud": "{\"rate\":115200}", "PATCH /settings": "{\"file_idle\":7000}", "POST /fastboot": "too short", "POST /firmware": firmwareImage(SIZE), "PUT /firmware": firmwareImage(SIZE)
};

/** Whether `job` goes on, as the pod shows it. */
const GOES_ON: Record<"fastboot" | "update", (pod: TestPod) => Promise<boolean>> = {
	fastboot: async pod => (await ask(pod, "/fastboot")).body.running,
	update: async pod => (await ask(pod, "/firmware")).body.update !== null
};

/** What the pod answers to a camera that wants to upload `name`, as text. */
async function writeRequest(pod: TestPod, name: string): Promise<string> {
	const socket = new Datagrams(pod);
	try {
		socket.send(`\0\x02${name}\0octet\0`, pod.tftpPort);
		await until("it is answered", () => socket.received.length > 0);
		return textOf(socket.received[0]!.bytes);
	}
	finally {
		socket.close();
	}
}

describe("who may act when", function () {
	let pod: TestPod;

	beforeEach(async function () {
		pod = await startPod({ settings: { power_off: "0" } });
	});

	afterEach(async function () {
		await pod.stop();
	});

	/** Has `job` go on. */
	const begin: Record<Job, () => Promise<unknown>> = {
		async fastboot() {
			const body = blob();
			const client = await Peer.connect(pod.httpPort);
			client.send(`POST /fastboot HTTP/1.1\r\nHost: pod\r\nContent-Length: ${body.length}\r\n\r\n`);
			client.send(body);
			await until("a fastboot runs", () => GOES_ON.fastboot(pod));
		},
		async update() {
			const client = await Peer.connect(pod.httpPort);
			client.send(`POST /firmware HTTP/1.1\r\nHost: pod\r\nContent-Length: ${SIZE}\r\n\r\n`);
			await until("an update runs", () => GOES_ON.update(pod));
		},
		restart: () => ask(pod, "/restart", { method: "POST" })
	};

	it("when a route changes something then it says what it begins", function () {
		for (const { method, path, action } of routes)
			assert.equal(action !== undefined, method !== "GET", `${method} ${path}`);
	});

	for (const job of ["fastboot", "update", "restart"] as const)
		it(`when ${job === "update" ? "an" : "a"} ${job} goes on then what it keeps from being begun is refused by its name, and the rest isn't`, async function () {
			await ask(pod, "/tftp/dump?upload=100", { method: "PUT" });
			const holder = await Peer.connect(pod.bridgePort);
			await until("it has the console", async () => (await ask(pod, "/uart")).body.bridge.client_port === holder.socket.localPort);
			await begin[job]();
			for (const port of [pod.bridgePort, pod.rfc2217Port]) {
				const newcomer = await Peer.connect(port);
				if (TABLE.line[job] === "refused") {
					await newcomer.until(text => text.includes("rackpod: the pod restarts"), "the reason");
					await newcomer.untilClosed();
				}
				else
					await until("it reads along", async () => (await ask(pod, "/uart")).body.bridge.newcomers === 1);
				newcomer.close();
				await until("it has gone", async () => (await ask(pod, "/uart")).body.bridge.newcomers === 0);
			}
			const answer = await writeRequest(pod, "dump");
			assert.match(answer, TABLE.stage[job] === "refused" ? /^\0\x05\0\x02the pod restarts/ : /^\0\x04\0\0$/);
			for (const { method, path, action } of routes) {
				if (action === undefined || TABLE[action][job] === "ends")
					continue;
				const at = `${method} ${path}`;
				const { status, body } = await ask(pod, path.replace("<name>", "x"), { method, body: BODIES[at] ?? "" });
				if (TABLE[action][job] === "refused")
					assert.deepEqual([status, body.error], [409, REFUSAL[job]], at);
				else
					assert.ok(!Object.values(REFUSAL).includes(body.error), `${at}: ${JSON.stringify(body)}`);
			}
		});

	for (const { method, path, action } of routes) {
		for (const job of ["fastboot", "update"] as const) {
			if (action !== undefined && TABLE[action][job] === "ends")
				it(`when ${job === "update" ? "an" : "a"} ${job} goes on then ${method} ${path} ends it`, async function () {
					await begin[job]();
					const { status } = await ask(pod, path, { method, body: BODIES[`${method} ${path}`] ?? "" });
					assert.equal(status, 200);
					await until("it has ended", async () => !await GOES_ON[job](pod));
				});
		}
	}

	it("when a body of {} was on its way as a job began then what the job keeps out is refused all the same", async function () {
		const early = await Peer.connect(pod.httpPort);
		early.send("POST /restart HTTP/1.1\r\nHost: pod\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{");
		await begin.fastboot();
		early.send("}");
		await early.untilClosed();
		assert.match(early.text, /^HTTP\/1\.1 409 [^]*"error":"busy"/);
		assert.ok(await GOES_ON.fastboot(pod));
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

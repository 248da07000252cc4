/** What a request to a pod may hold, at its limits and one beyond. The numbers are written down once more on purpose. */
import { strict as assert } from "node:assert";
import { blob } from "../support/blob.ts";
import { firmwareImage } from "../support/firmware-image.ts";
import { ask, fetch, Peer, testPod, until, type JSONAnswer, type TestPod } from "../support/pod-lab.ts";

describe("what a request may hold", function () {
	let pod: TestPod;

	beforeEach(async function () {
		pod = await testPod({ camera: "sim" });
	});

	afterEach(async function () {
		const { faults } = (await ask(pod, "/status")).body;
		await pod.stop();
		assert.equal(faults.count, 0, faults.last);
	});

	const send = (method: string, path: string, body?: string | Uint8Array): Promise<JSONAnswer> => ask(pod, path, { method, body });
	/** JSON of exactly `size` bytes. */
	const padded = (json: string, size: number): string => json.padEnd(size);
	const taken = async (method: string, path: string, body?: string | Uint8Array): Promise<void> => {
		const answer = await send(method, path, body);
		assert.equal(answer.status, 200, `${method} ${path} ${body?.length}: ${JSON.stringify(answer.body)}`);
	};
	const refused = async (error: string, detail: Record<string, unknown>, method: string, path: string, body?: string | Uint8Array): Promise<void> => {
		const answer = await send(method, path, body);
		assert.equal(answer.body.error, error, `${method} ${path}: ${JSON.stringify(answer.body)}`);
		for (const [name, value] of Object.entries(detail))
			assert.equal(answer.body[name], value, `${method} ${path}: ${name} in ${JSON.stringify(answer.body)}`);
	};

	for (const [method, path, json, most] of [
		["POST", "/uart/baud", "{\"rate\":115200}", 256],
		["POST", "/uart/break", "{\"milliseconds\":1}", 256],
		["PATCH", "/settings", "{\"file_idle\":60}", 4_096],
		["PUT", "/power/state", "0", 16]
	] as const)
		it(`when the body of ${method} ${path} has ${most} bytes then it is taken, and one more is too many`, async function () {
			// labgrid's answer is a bare digit
			assert.equal((await fetch(pod.http + path, { method, body: padded(json, most) })).status, 200);
			await refused("body_too_large", { limit: most }, method, path, padded(json, most + 1));
		});

	it("when a body comes where none is taken then {} of 512 bytes is, and one more is too many", async function () {
		await taken("POST", "/power/on", padded("{}", 512));
		await refused("unexpected_body", { size: 513 }, "POST", "/power/on", padded("{}", 513));
	});

	for (const [path, field, least, most] of [["/uart/baud", "rate", 1_200, 3_000_000], ["/uart/break", "milliseconds", 1, 1_000]] as const)
		it(`when ${field} is ${least} or ${most} then it is taken, and beyond it is not`, async function () {
			for (const value of [least, most]) {
				const { status, body } = await send("POST", path, JSON.stringify({ [field]: value }));
				assert.deepEqual([status, body], [200, { [field]: value }]);
			}
			for (const value of [least - 1, most + 1])
				await refused("bad_number", { field, minimum: least, maximum: most }, "POST", path, JSON.stringify({ [field]: value }));
		});

	it("when a break has no length then it has 250 ms", async function () {
		assert.deepEqual((await send("POST", "/uart/break")).body, { milliseconds: 250 });
	});

	it("when the log is read from its end then that is empty, and one beyond is refused", async function () {
		await taken("POST", "/power/on");
		await until("the camera has spoken", async () => (await ask(pod, "/uart")).body.log_end > 0);
		await taken("POST", "/power/off");
		const { log_end } = (await ask(pod, "/uart")).body;
		const answer = await fetch(`${pod.http}/uart/log?since=${log_end}`);
		assert.deepEqual([answer.status, await answer.text(), answer.headers.get("x-log-next")], [200, "", String(log_end)]);
		for (const path of ["/uart/log", "/uart/stream"])
			await refused("bad_since", { field: "since", end: log_end }, "GET", `${path}?since=${log_end + 1}`);
	});

	it("when a file's name has 127 characters then it is taken, and one more is too many", async function () {
		await taken("PUT", `/tftp/${"n".repeat(127)}`, "x");
		await refused("bad_name", { max_length: 127 }, "PUT", `/tftp/${"n".repeat(128)}`, "x");
	});

	it("when a file's name is missing then the answer says where it goes", async function () {
		for (const path of ["/tftp/", "/tftp"]) {
			const { status, body } = await send("PUT", path, "x");
			if (path === "/tftp/")
				assert.deepEqual([status, body.error, body.field, body.value], [400, "bad_name", "name", ""]);
			assert.ok(body.message.endsWith(`; a name is missing: PUT /tftp/<name>, as in curl -T uImage ${pod.http}/tftp/`), body.message);
		}
	});

	it("when a file fills all room then it is taken, and one byte more is too many; so it is with an armed slot", async function () {
		const all = 8_388_608 - 262_144;
		await refused("oom", { requested: all + 1, psram_largest_free: all }, "PUT", "/tftp/all", new Uint8Array(all + 1));
		await taken("PUT", "/tftp/all", new Uint8Array(all));
		await taken("DELETE", "/tftp");
		for (const size of [0, all + 1])
			await refused("bad_number", { field: "upload", minimum: 1, maximum: all }, "PUT", `/tftp/slot?upload=${size}`);
		for (const size of [1, all]) {
			assert.deepEqual((await send("PUT", `/tftp/slot?upload=${size}`)).body, { name: "slot", armed_size: size });
			await taken("DELETE", "/tftp");
		}
	});

	it("when a file of no bytes is staged then it is one", async function () {
		assert.deepEqual((await send("PUT", "/tftp/empty", "")).body, { name: "empty", size: 0, crc32: "00000000" });
	});

	it("when a fastboot's body has 2 MiB then it is taken, and one byte more is too many", async function () {
		const most = 2_097_152;
		const rest = blob({ agent: new Uint8Array(0) }).length;
		const whole = blob({ agent: new Uint8Array(most - rest).fill(0x55) });
		assert.equal(whole.length, most);
		const boot = send("POST", "/fastboot", whole);
		await until("it runs", async () => (await ask(pod, "/fastboot")).body.running);
		await taken("DELETE", "/fastboot");
		assert.match((await boot).body.error, /^cancelled/);
		await refused("blob_too_large", { limit: most, size: most + 1 }, "POST", "/fastboot", new Uint8Array(most + 1));
	});

	it("when a fastboot's body is too large and its length isn't known then it is refused at the first byte too many", async function () {
		const most = 2_097_152;
		const rest = blob({ agent: new Uint8Array(0) }).length;
		const peer = await Peer.connect(pod.httpPort);
		peer.send(`POST /fastboot HTTP/1.1\r\nHost: pod\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n${most.toString(16)}\r\n`);
		peer.send(blob({ agent: new Uint8Array(most - rest).fill(0x55) }));
		peer.send("\r\n1\r\nx");
		await peer.untilClosed();
		assert.match(peer.text, new RegExp(`^HTTP/1\\.1 413 [^]*"error":"blob_too_large"[^]*"limit":${most},"size":${most + 1}`));
	});

	it("when a fastboot's length says that it is too large then it is refused before its first byte", async function () {
		const peer = await Peer.connect(pod.httpPort);
		peer.send("POST /fastboot HTTP/1.1\r\nHost: pod\r\nExpect: 100-continue\r\nContent-Length: 2097153\r\n\r\n");
		await peer.until(text => text.includes("blob_too_large"), "the refusal");
		assert.match(peer.text, /^HTTP\/1\.1 413 /);
		peer.close();
	});

	it("when a firmware image has the size of its slot then it is taken, and one byte more, or less than any has, is not", async function () {
		const [least, most] = [144, 4_194_304];
		for (const size of [least - 1, most + 1])
			await refused("bad_image_size", { size, minimum: least, maximum: most }, "PUT", "/firmware", new Uint8Array(size));
		await refused("bad_image", { reason: "magic" }, "PUT", "/firmware", new Uint8Array(least));
		const { body } = await send("PUT", "/firmware", firmwareImage(most));
		assert.deepEqual([body.size, body.restarting], [most, true], JSON.stringify(body));
	});

	it("when a request's target has 1,024 characters then it is taken, and one more is too many", async function () {
		const path = (length: number): string => "/".padEnd(length, "x");
		await refused("not_found", {}, "GET", path(1_024));
		await refused("target_too_long", { limit: 1_024 }, "GET", path(1_025));
	});

	it("when a request has 48 header lines then it is taken, and one more is too many", async function () {
		const answer = async (lines: number): Promise<string> => {
			const peer = await Peer.connect(pod.httpPort);
			peer.send(`GET /power HTTP/1.1\r\nHost: pod\r\nConnection: close\r\n${"X: y\r\n".repeat(lines - 2)}\r\n`);
			await peer.untilClosed();
			return peer.text;
		};
		assert.match(await answer(48), /^HTTP\/1\.1 200 /);
		assert.match(await answer(49), /^HTTP\/1\.1 431 [^]*"limit":48/);
	});

	for (const [what, header, error] of [
		["a form", "Content-Type: Multipart/Form-Data; boundary=x", "unsupported_body"],
		["compressed", "Content-Encoding: gzip", "unsupported_body"],
		["a part", "Content-Range: bytes 0-2/6", "partial_body"]
	] as const)
		it(`when a body is ${what} then it is refused before any of it is kept`, async function () {
			const [name, value] = header.split(": ") as [string, string];
			for (const method of ["PUT", "POST"]) {
				const answer = await fetch(`${pod.http}/tftp/a`, { method, body: "abc", headers: { [name]: value } });
				const body = await answer.json() as any;
				assert.deepEqual([answer.status, body.error, body.field], [error === "partial_body" ? 400 : 415, error, name]);
			}
			assert.deepEqual((await pod.client.files()).files, []);
		});

	it("when a body's coding is identity then it is taken", async function () {
		for (const coding of ["identity", "Identity", ""])
			assert.equal((await fetch(`${pod.http}/tftp/a`, { method: "PUT", body: "abc", headers: { "Content-Encoding": coding } })).status, 200, coding);
	});

	it("when a slot is armed with a body then that is refused, also where its length isn't known", async function () {
		await refused("unexpected_body", { field: "upload" }, "PUT", "/tftp/slot?upload=10", "x");
		const peer = await Peer.connect(pod.httpPort);
		peer.send("PUT /tftp/slot?upload=10 HTTP/1.1\r\nHost: pod\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n");
		await peer.untilClosed();
		assert.match(peer.text, /^HTTP\/1\.1 400 [^]*"error":"unexpected_body"/);
		assert.deepEqual((await pod.client.files()).files, []);
	});

	it("when a host has 260 characters then advice names it, and a longer one is called POD", async function () {
		const advice = async (length: number): Promise<string> => {
			const peer = await Peer.connect(pod.httpPort);
			peer.send(`PUT /tftp/a HTTP/1.1\r\nHost: ${"h".repeat(length)}\r\nConnection: close\r\nContent-Type: multipart/x\r\nContent-Length: 0\r\n\r\n`);
			await peer.untilClosed();
			return / (\S+)\/tftp\/"/.exec(peer.text)![1]!;
		};
		assert.equal(await advice(260), `http://${"h".repeat(260)}`);
		assert.equal(await advice(261), "POD");
	});

	it("when a token in a header is as long as a token may be then it is known", async function () {
		const token = "t".repeat(64);
		await taken("PATCH", "/settings", JSON.stringify({ token }));
		assert.equal((await ask(pod, "/power/off", { method: "POST", token })).status, 200);
		assert.equal((await ask(pod, "/power/off", { method: "POST", token: token.slice(1) })).status, 401);
		assert.equal((await ask(pod, "/settings", { method: "PATCH", body: "{\"token\":null}", token })).status, 200);
	});
});

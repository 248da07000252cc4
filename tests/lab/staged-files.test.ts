/** Staged files as HTTP clients list them, read them back and remove them. */
import { strict as assert } from "node:assert";
import { ask, fetch, pause, Peer, testPod, type TestPod } from "../support/pod-lab.ts";

describe("staged files", () => {
	let pod: TestPod;

	beforeEach(async () => {
		pod = await testPod();
	});

	afterEach(() => pod.stop());

	it("when a file was staged long after the start then its age counts from there", async () => {
		const age = async (): Promise<number | undefined> => (await pod.client.files()).files[0]!.age_seconds;
		await pause(100_000);
		await pod.client.stage("a", new Uint8Array(3));
		assert.equal(await age(), 0);
		await pause(7_500);
		assert.equal(await age(), 7);
	});

	it("when a file is read back or removed then it is the one that is there, and what is not there is refused by its name", async () => {
		await pod.client.stage("a", new Uint8Array([1, 2, 3]));
		assert.deepEqual([...new Uint8Array(await (await fetch(`${pod.http}/tftp/a`)).arrayBuffer())], [1, 2, 3]);
		assert.equal((await fetch(`${pod.http}/tftp/a`, { method: "DELETE" })).status, 200);
		for (const method of ["GET", "DELETE"]) {
			const { status, body } = await ask(pod, "/tftp/a", { method });
			assert.deepEqual([status, body.error, body.name], [404, "no_such_file", "a"], method);
		}
	});

	it("when two stage a file that must not be there yet then who is done first has it, and the other is refused", async () => {
		const slow = await Peer.connect(pod.httpPort);
		slow.send("PUT /tftp/a HTTP/1.1\r\nHost: pod\r\nConnection: close\r\nIf-None-Match: *\r\nContent-Length: 4\r\n\r\nsl");
		await pause(100);
		assert.equal((await fetch(`${pod.http}/tftp/a`, { method: "PUT", body: "quick", headers: { "If-None-Match": "*" } })).status, 200);
		slow.send("ow");
		await slow.untilClosed();
		assert.match(slow.text, /^HTTP\/1\.1 412 [^]*"error":"precondition_failed"/);
		assert.equal(await (await fetch(`${pod.http}/tftp/a`)).text(), "quick");
	});

	it("when a part of a file is asked for then that comes, and a part behind its end is refused with its size", async () => {
		await pod.client.stage("a", new Uint8Array([0x61, 0x62, 0x63]));
		const part = async (range: string): Promise<string> => {
			const peer = await Peer.connect(pod.httpPort);
			peer.send(`GET /tftp/a HTTP/1.1\r\nHost: pod\r\nConnection: close\r\nRange: ${range}\r\n\r\n`);
			await peer.untilClosed();
			return peer.text;
		};
		assert.match(await part("bytes=2-"), /^HTTP\/1\.1 206 Partial Content\r\n[^]*\r\nContent-Range: bytes 2-2\/3\r\n[^]*\r\n\r\nc$/);
		assert.match(await part("bytes=3-"), /^HTTP\/1\.1 416 Range Not Satisfiable\r\n[^]*\r\nContent-Range: bytes \*\/3\r\n[^]*"error":"range_not_satisfiable"[^]*"size":3/);
	});
});

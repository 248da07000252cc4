/** Names with slashes, the same file for every client: HTTP that encodes them or doesn't, the library, TFTP with and without a leading slash. */
import { strict as assert } from "node:assert";
import { Datagrams, fetch, Peer, testPod, until, type TestPod } from "../support/pod-lab.ts";

const LONGEST = `${"sub/".repeat(31)}abc`;

describe("names with slashes", () => {
	let pod: TestPod;

	before(async () => {
		pod = await testPod();
	});
	afterEach(() => pod.client.clear());
	after(() => pod?.stop());

	const names = async (): Promise<string[]> => (await pod.client.files()).files.map(({ name }) => name);

	/** What the pod answers to a TFTP request: opcode, block or error code, and the rest as text. */
	async function tftp(opcode: number, name: string, data?: string): Promise<[opcode: number, code: number, text: string]> {
		const socket = new Datagrams(pod);
		const answer = async (): Promise<{ bytes: Buffer; port: number }> => {
			await until("there is an answer", () => socket.received.length > 0);
			return socket.received.shift()!;
		};
		socket.send(`\0${String.fromCharCode(opcode)}${name}\0octet\0`, pod.tftpPort);
		let { bytes: packet, port } = await answer();
		if (data !== undefined) {
			assert.deepEqual([packet[1], packet[3]], [4, 0], packet.toString("latin1"));
			socket.send(`\0\x03\0\x01${data}`, port);
			({ bytes: packet } = await answer());
		}
		else if (packet[1] === 3)
			socket.send(Buffer.from([0, 4, 0, 1]), port);
		socket.close();
		return [packet[1]!, packet[3]!, packet.toString("latin1", 4)];
	}

	for (const name of ["1234abcd/kernel8.img", "pxelinux.cfg/01-aa-bb", "a b/100%/c#d?e", ".hidden/..x", LONGEST])
		it(`when it is ${name.slice(0, 40)} then it is one file for HTTP, the library and TFTP`, async () => {
			assert.deepEqual(await pod.client.stage(name, Buffer.from("kernel")), { name, size: 6, crc32: "5dd29aab" });
			assert.deepEqual(await names(), [name]);
			assert.equal(Buffer.from(await pod.client.fetch(name)).toString(), "kernel");
			assert.equal(await (await fetch(`${pod.http}/tftp/${encodeURIComponent(name)}`)).text(), "kernel", "encoded as one");
			assert.deepEqual(await tftp(1, name), [3, 1, "kernel"]);
			assert.deepEqual(await tftp(1, `/${name}`), [3, 1, "kernel"], "as firmware asks for it");
			assert.equal((await pod.client.describe(name))?.size, 6);
			await pod.client.remove(name);
			assert.deepEqual(await names(), []);
		});

	it("when the camera uploads to an armed one then that is what it is", async () => {
		await pod.client.arm("backup/mtd0", 100);
		assert.deepEqual(await tftp(2, "/backup/mtd0", "boot loader"), [4, 1, ""]);
		assert.equal(Buffer.from(await pod.client.fetch("backup/mtd0")).toString(), "boot loader");
	});

	it("when a part is empty or climbs then HTTP says bad_name and TFTP that there is no such file", async () => {
		for (const path of ["//a", "/a//b", "/a/", "/../a", "/a/./b", "/a/..", "/%2e%2e/a", "/a%2f%2e%2e%2fb"]) {
			const peer = await Peer.connect(pod.httpPort);
			peer.send(`PUT /tftp${path} HTTP/1.1\r\nHost: pod\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx`);
			await peer.untilClosed();
			assert.match(peer.text, /^HTTP\/1\.1 400 [^]*"error":"bad_name"/, path);
		}
		for (const name of ["a//b", "../a", "a/.", "a/"])
			assert.deepEqual((await tftp(1, name)).slice(0, 2), [5, 1], name);
		for (const name of [".", "..", "a/../b"])
			await assert.rejects(pod.client.stage(name, new Uint8Array(1)), /has a part that is \. or \.\./, name);
		assert.deepEqual(await names(), []);
	});

	for (const [what, method, path, said] of [
		["a file of the longest name isn't there", "GET", `/tftp/${LONGEST}`, { error: "no_such_file", name: LONGEST }],
		["a name is too long", "PUT", `/tftp/${"n".repeat(400)}`, { error: "bad_name", max_length: 127 }],
		["a name is too long and all quotes", "PUT", `/tftp/${"%22".repeat(150)}`, { error: "bad_name", max_length: 127 }],
		["a name is no UTF-8", "PUT", `/tftp/${"%ff".repeat(150)}`, { error: "bad_name", field: "name" }],
		["a path is as long as may be", "GET", `/${"p".repeat(500)}`, { error: "not_found" }],
		["a file is asked for by another method", "PATCH", `/tftp/${LONGEST}`, { error: "method_not_allowed", allow: "GET, HEAD, PUT, POST, DELETE" }],
		["a long query is unknown", "GET", `/tftp?${"q".repeat(400)}`, { error: "unknown_parameter" }],
		["a folder is asked for as a file", "PUT", "/tftp/", { error: "bad_name", field: "name" }]
	] as const)
		it(`when ${what} then the answer has no more than the 300 bytes that existing clients show`, async () => {
			const answer = await fetch(pod.http + path, { method, body: method === "PUT" ? "x" : undefined });
			const line = await answer.text();
			assert.ok(Buffer.byteLength(line) <= 300, `${Buffer.byteLength(line)} bytes: ${line}`);
			const body = JSON.parse(line) as Record<string, unknown>;
			for (const [name, value] of Object.entries(said))
				assert.equal(body[name], value, line);
		});
});

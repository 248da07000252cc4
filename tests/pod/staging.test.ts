/** Staging over HTTP: what fits, what is refused, what is replaced, what a broken upload leaves. */
import { strict as assert } from "node:assert";
import { crc32 } from "node:zlib";
import type { FileInfo } from "../../host-tools/index.ts";
import { filled } from "../../simulator/random.ts";
import { LAYOUT } from "../../simulator/demo-images.ts";
import { Peer, testPod, until, type TestPod } from "../support/running-pod.ts";

const hex32 = (bytes: Uint8Array): string => crc32(bytes).toString(16).padStart(8, "0");

describe("staging", () => {
	let pod: TestPod;

	beforeEach(async () => {
		pod = await testPod();
	});

	afterEach(() => pod.stop());

	const stage = (name: string, bytes: Uint8Array, headers: Record<string, string> = {}): Promise<Response> =>
		fetch(`${pod.http}/tftp/${name}`, { method: "POST", body: bytes, headers });
	const read = async (name: string, headers: Record<string, string> = {}): Promise<Buffer> =>
		Buffer.from(await (await fetch(`${pod.http}/tftp/${name}`, { headers })).arrayBuffer());
	const names = async (): Promise<string[]> => (await pod.client.files()).files.map(({ name }) => name);
	const free = async (): Promise<number> => (await pod.client.files()).psram_free_bytes;

	it("when nothing is staged then existing clients find their fields and at least 7.75 MiB", async () => {
		assert.deepEqual(await (await fetch(`${pod.http}/tftp`)).json(), {
			files: [], max_size_bytes: 8126464, max_slots: 32, psram_free_bytes: 8126464, psram_largest_free_block: 8126464
		});
	});

	it("when a file is staged then its size and CRC-32 are answered, listed, and come back with its bytes", async () => {
		const bytes = filled(100_001, 1);
		assert.deepEqual(await (await stage("uImage", bytes)).json(), { name: "uImage", size: 100_001, crc32: hex32(bytes) });
		const [file] = (await pod.client.files()).files as [FileInfo];
		assert.deepEqual([file.name, file.size, file.crc32, file.reads, file.completed, file.last_error, file.reclaimable], ["uImage", 100_001, hex32(bytes), 0, 0, null, false]);
		const answer = await fetch(`${pod.http}/tftp/uImage`);
		assert.equal(answer.headers.get("x-checksum-crc32"), hex32(bytes));
		assert.equal(answer.headers.get("etag"), `"crc32-${hex32(bytes)}"`);
		assert.deepEqual(Buffer.from(await answer.arrayBuffer()), Buffer.from(bytes));
	});

	it("when HEAD asks then size and CRC-32 come without the bytes", async () => {
		const bytes = filled(5000, 2);
		await stage("a", bytes);
		const answer = await fetch(`${pod.http}/tftp/a`, { method: "HEAD" });
		assert.deepEqual([answer.status, answer.headers.get("content-length"), answer.headers.get("x-checksum-crc32")], [200, "5000", hex32(bytes)]);
		assert.equal((await answer.arrayBuffer()).byteLength, 0);
	});

	it("when a range is asked for then just that comes", async () => {
		const bytes = filled(70_000, 3);
		await stage("a", bytes);
		for (const [range, from, to] of [["bytes=0-0", 0, 1], ["bytes=16380-16390", 16380, 16391], ["bytes=69990-", 69990, 70000], ["bytes=-5", 69995, 70000], ["bytes=60000-99999", 60000, 70000]] as const)
			assert.deepEqual(await read("a", { Range: range }), Buffer.from(bytes.subarray(from, to)), range);
		const answer = await fetch(`${pod.http}/tftp/a`, { headers: { Range: "bytes=10-19" } });
		assert.deepEqual([answer.status, answer.headers.get("content-range")], [206, "bytes 10-19/70000"]);
		await answer.arrayBuffer();
	});

	it("when a download is resumed then the rest comes of the same file, and all of a file that took its place", async () => {
		const bytes = filled(70_000, 3);
		const other = filled(60_000, 4);
		await stage("a", bytes);
		const tag = (await fetch(`${pod.http}/tftp/a`, { method: "HEAD" })).headers.get("etag")!;
		const resume = async (same: string): Promise<[number, Buffer]> => {
			const answer = await fetch(`${pod.http}/tftp/a`, { headers: { Range: "bytes=50000-", "If-Range": same } });
			return [answer.status, Buffer.from(await answer.arrayBuffer())];
		};
		assert.deepEqual(await resume(tag), [206, Buffer.from(bytes.subarray(50_000))]);
		for (const another of ["\"crc32-00000000\"", `W/${tag}`, "Fri, 20 Nov 2026 10:00:00 GMT", ""])
			assert.deepEqual(await resume(another), [200, Buffer.from(bytes)], another);
		await stage("a", other);
		assert.deepEqual(await resume(tag), [200, Buffer.from(other)]);
		await stage("a", filled(10, 5));
		assert.equal((await resume(tag))[0], 200, "a range behind the end of another file");
	});

	it("when HEAD comes with a range then it tells of the whole file", async () => {
		await stage("a", filled(70_000, 3));
		for (const range of ["bytes=10-19", "bytes=99999-"]) {
			const answer = await fetch(`${pod.http}/tftp/a`, { method: "HEAD", headers: { Range: range } });
			assert.deepEqual([answer.status, answer.headers.get("content-length"), answer.headers.get("content-range")], [200, "70000", null]);
		}
	});

	it("when PUT, chunks, no body or Expect are used then they stage as well", async () => {
		await fetch(`${pod.http}/tftp/put`, { method: "PUT", body: "by PUT" });
		await fetch(`${pod.http}/tftp/empty`, { method: "POST" });
		const peer = await Peer.connect(pod.httpPort);
		peer.send("POST /tftp/chunked HTTP/1.1\r\nHost: pod\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;x=y\r\n!\r\n0\r\nTrailer: x\r\n\r\n");
		await peer.until(text => text.includes("}"), "the answer");
		peer.send("POST /tftp/expected HTTP/1.1\r\nHost: pod\r\nContent-Length: 3\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n");
		await peer.until(text => text.includes("100 Continue"), "100 Continue");
		peer.send("abc");
		await peer.untilClosed();
		assert.deepEqual([await read("put"), await read("empty"), await read("chunked"), await read("expected")].map(String), ["by PUT", "", "hello!", "abc"]);
	});

	it("when the announced CRC-32 is right then the file is staged, when it is wrong then the old one stays", async () => {
		const bytes = Buffer.from("123456789");
		assert.equal((await stage("a", bytes, { "X-Checksum-CRC32": "CBF43926" })).status, 200);
		const refused = await stage("a", Buffer.from("another"), { "X-Checksum-CRC32": "cbf43926" });
		assert.deepEqual([refused.status, (await refused.json() as { error: string }).error], [422, "checksum_mismatch"]);
		assert.deepEqual(await read("a"), bytes);
	});

	it("when a 16 MB camera's four partitions and five small files are staged then all nine fit", async () => {
		for (const [index, { file, size }] of LAYOUT.entries())
			assert.equal((await stage(file, filled(size, index))).status, 200, file);
		for (let index = 0; index < 5; index++)
			assert.equal((await stage(`small${index}`, filled(1000 + index, index))).status, 200);
		assert.equal((await names()).length, 9);
		for (const [index, { file, size }] of LAYOUT.entries())
			assert.deepEqual(await read(file), Buffer.from(filled(size, index)), file);
	});

	it("when every second file is deleted then one as large as the free total fits between the others", async () => {
		const size = 16 * 16384;
		const count = Math.floor(await free() / size);
		for (let index = 0; index < count; index++)
			assert.equal((await stage(`f${index}`, filled(size, index))).status, 200);
		for (let index = 0; index < count; index += 2)
			await fetch(`${pod.http}/tftp/f${index}`, { method: "DELETE" });
		const total = await free();
		const large = filled(total, 99);
		assert.equal((await stage("large", large)).status, 200);
		assert.equal(await free(), 0);
		assert.deepEqual(await read("large"), Buffer.from(large));
		for (let index = 1; index < count; index += 2)
			assert.deepEqual(await read(`f${index}`), Buffer.from(filled(size, index)), `f${index}`);
	});

	it("when it can't fit then 503 oom comes before the body is sent", async () => {
		const peer = await Peer.connect(pod.httpPort);
		peer.send("POST /tftp/large HTTP/1.1\r\nHost: pod\r\nContent-Length: 8388608\r\nExpect: 100-continue\r\n\r\n");
		await peer.until(text => text.includes("}"), "the answer");
		assert.match(peer.text, /^HTTP\/1\.1 503 /);
		const { error, requested, psram_largest_free } = JSON.parse(peer.text.split("\r\n\r\n")[1]!);
		assert.deepEqual({ error, requested, psram_largest_free }, { error: "oom", requested: 8388608, psram_largest_free: 8126464 });
		peer.close();
	});

	it("when all 32 slots are taken then one more is refused and an old name still replaced", async () => {
		for (let index = 0; index < 32; index++)
			assert.equal((await stage(`f${index}`, Buffer.from("x"))).status, 200);
		const refused = await stage("one-more", Buffer.from("x"));
		assert.deepEqual([refused.status, (await refused.json() as { error: string }).error], [503, "no_slots"]);
		assert.equal((await stage("f7", Buffer.from("new"))).status, 200);
	});

	it("when a replacement breaks off then the old file is still there, and its pages are the only ones used", async () => {
		const bytes = filled(1_000_000, 5);
		await stage("a", bytes);
		const before = await free();
		const peer = await Peer.connect(pod.httpPort);
		peer.send("POST /tftp/a HTTP/1.1\r\nHost: pod\r\nContent-Length: 2000000\r\n\r\n");
		peer.send(filled(700_000, 6));
		await until("it has happened", async () => await free() < before);
		peer.close();
		await until("it has happened", async () => await free() === before);
		assert.deepEqual(await read("a"), Buffer.from(bytes));
	});

	it("when a replacement fits only without the old file then the old one goes first", async () => {
		await stage("a", filled(6_000_000, 5));
		const bytes = filled(7_000_000, 6);
		assert.equal((await stage("a", bytes)).status, 200);
		assert.deepEqual(await read("a"), Buffer.from(bytes));
		assert.deepEqual(await names(), ["a"]);
	});

	it("when two clients stage at the same time then both files are right", async () => {
		const [one, two] = [filled(3_000_000, 7), filled(3_500_000, 8)];
		const answers = await Promise.all([stage("one", one), stage("two", two)]);
		assert.deepEqual(answers.map(({ status }) => status), [200, 200]);
		assert.deepEqual(await read("one"), Buffer.from(one));
		assert.deepEqual(await read("two"), Buffer.from(two));
	});

	it("when a file is deleted while it is read then the reader gets it all, and then its pages are free", async () => {
		const bytes = filled(7_000_000, 9);
		await stage("a", bytes);
		const peer = await Peer.connect(pod.httpPort);
		peer.socket.pause();
		peer.send("GET /tftp/a HTTP/1.1\r\nHost: pod\r\nConnection: close\r\n\r\n");
		await until("it has happened", async () => ((await pod.client.status()) as unknown as { clients: { http: number } }).clients.http === 2);
		await pod.client.clear();
		assert.deepEqual(await names(), []);
		peer.socket.resume();
		await peer.untilClosed();
		assert.ok(peer.received.subarray(-bytes.length).equals(bytes));
		await until("it has happened", async () => await free() === 8126464);
	});

	it("when everything is deleted, even nothing, then the answer is ok", async () => {
		for (let time = 0; time < 2; time++) {
			const answer = await fetch(`${pod.http}/tftp`, { method: "DELETE" });
			assert.equal((await answer.json() as { ok: boolean }).ok, true);
			await stage("a", Buffer.from("x"));
		}
	});
});

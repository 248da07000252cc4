/** Files of the manifest fixtures/manifest.json. lines.txt has 2,000 lines of four digits, which count. */
import { strict as assert } from "node:assert";
import Process from "host/process";
import Resource from "Resource";
import { resource } from "store/resource";
import { PartContent } from "store/content";
import UDP from "embedded:io/socket/udp";
import { until } from "./support.ts";

const SIZE = 10_000;

/** Its text from `start` to `end`. */
function lines(start: number, end: number): string {
	let text = "";
	for (let line = Math.floor(start / 5); line * 5 < end; line++)
		text += `${String(line).padStart(4, "0")}\n`;
	return text.slice(start % 5, start % 5 + end - start);
}

function text(bytes: Uint8Array): string {
	return String.fromCharCode(...bytes);
}

describe("data of manifests", function () {
	it("when a file is asked for then its bytes are there at every offset, and nowhere else", function () {
		const content = resource("lines.txt");
		assert.equal(content.size, SIZE);
		for (const [offset, limit] of [[0, 1], [0, 20], [4_095, 3], [4_096, 100], [9_990, 10], [9_990, 500], [SIZE - 1, 1]] as const)
			assert.equal(text(content.span(offset, limit)), lines(offset, Math.min(SIZE, offset + limit)));
		assert.equal(content.span(SIZE, 10).length, 0);
		assert.equal(text(new PartContent(content, 5_000, 10).span(5, 100)), "1001\n");
	});

	it("when a large file is read from end to end then the heap holds none of it", function () {
		Process.collect();
		const before = Process.memory().chunks;
		const contents = Array.from({ length: 20 }, () => resource("lines.txt"));
		for (const content of contents)
			assert.equal(content.span(0, SIZE).length, SIZE);
		Process.collect();
		assert.ok(Process.memory().chunks - before < SIZE, `${Process.memory().chunks - before} bytes of chunks`);
	});

	it("when a manifest gives a file another name then it has that and the file's extension; an empty one is empty", function () {
		assert.equal(text(resource("texts/again.txt").span(0, 5)), "0000\n");
		assert.equal(resource("empty.dat").size, 0);
		assert.equal(resource("empty.dat").span(0, 10).length, 0);
	});

	it("when no manifest names a file then that is said", function () {
		assert.equal(Resource.exists("lines.txt"), true);
		assert.equal(Resource.exists("lines"), false);
		assert.throws(() => resource("lines"), /lines/);
		assert.throws(() => resource("../manifest.json"), URIError);
		assert.throws(() => resource("x".repeat(300)), RangeError);
	});

	it("when somebody writes into it then that throws, and nothing changes", function () {
		const span = resource("lines.txt").span(0, 10);
		assert.throws(() => { span[0] = 65; }, TypeError);
		assert.throws(() => span.fill(65), TypeError);
		assert.throws(() => span.set([65]), TypeError);
		assert.equal(text(resource("lines.txt").span(0, 5)), "0000\n");
	});

	it("when it is sent then the socket takes it as it lies there", async function () {
		const packets: ArrayBuffer[] = [];
		const udp = new UDP({ onReadable() { packets.push(this.read()!); } });
		udp.write(resource("lines.txt").span(5, 1_000), "127.0.0.1", udp.port!);
		await until(() => packets.length === 1);
		assert.equal(text(new Uint8Array(packets[0]!)), lines(5, 1_005));
		udp.close();
	});
});

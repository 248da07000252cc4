/** A file that lies in the image, sent by HTTP: straight from there, from its first byte to its last. */
import { strict as assert } from "node:assert";
import Process from "host/process";
import { answerStatic } from "http/static-file";
import { resource } from "store/resource";
import { answer, lab, request } from "../modules/http/support";

const LINES = { name: "lines.txt", type: "text/plain", tag: "\"lines\"" };

describe("files of the image by HTTP", function () {
	it("when one is asked for, whole or in part, then its bytes come, and the heap holds none of them", function () {
		const world = lab();
		world.handler = exchange => answerStatic(exchange, LINES, resource);
		const { status, headers, body } = answer(world.ask(request("GET /lines.txt HTTP/1.1")));
		assert.deepEqual([status, headers.ETag, body.length, body.slice(0, 10), body.slice(-5)], [200, "\"lines\"", 10_000, "0000\n0001\n", "1999\n"]);
		assert.equal(answer(world.ask(request("GET /lines.txt HTTP/1.1\r\nRange: bytes=5000-5009"))).body, "1000\n1001\n");
		assert.equal(answer(world.ask(request("GET /lines.txt HTTP/1.1\r\nIf-None-Match: \"lines\""))).status, 304);
		assert.deepEqual(world.reports, []);
		// one whose client takes nothing yet
		Process.collect();
		const before = Process.memory().chunks;
		const peer = world.connect();
		peer.window = 0;
		peer.send(request("GET /lines.txt HTTP/1.1"));
		world.time.advance(0);
		Process.collect();
		assert.ok(Process.memory().chunks - before < 10_000, `${Process.memory().chunks - before} bytes of chunks`);
	});
});

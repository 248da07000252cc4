/** A real file on its way: compressed and tagged as for the image, sent by the firmware's HTTP server, unpacked by a client. */
import { strict as assert } from "node:assert";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { answerStatic } from "http/static-file";
import { BytesContent } from "store/content";
import { staticFiles } from "../../simulator/static-files.ts";
import { lab, request } from "../modules/http/support.ts";

const PICTURE = join(import.meta.dirname, "../../docs/wiring.svg");

describe("files for the image", () => {
	let folder: string;

	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), "rackpod-test-"));
	});
	afterEach(() => rmSync(folder, { recursive: true }));

	it("when a file is served then a client that takes gzip unpacks what it was, any other gets it as it is", () => {
		const [file] = staticFiles([PICTURE], folder);
		assert.deepEqual([file!.name, file!.type], ["wiring.svg", "image/svg+xml"]);
		const world = lab();
		world.handler = exchange => answerStatic(exchange, file!, name => new BytesContent(readFileSync(join(folder, name))));
		const bodyOf = (headers: string): Buffer => {
			const peer = world.connect();
			peer.send(request(`GET /wiring.svg HTTP/1.1${headers}`));
			world.time.advance(0);
			return Buffer.from(peer.received).subarray(peer.text.indexOf("\r\n\r\n") + 4);
		};
		const packed = bodyOf("\r\nAccept-Encoding: gzip");
		assert.ok(packed.length < readFileSync(PICTURE).length / 2, `${packed.length} bytes`);
		assert.ok(gunzipSync(packed).equals(readFileSync(PICTURE)));
		assert.ok(bodyOf("").equals(readFileSync(PICTURE)));
	});

	it("when bytes are the same then so are tags and files, when one differs then no tag is", () => {
		const text = "line\n".repeat(200);
		const made = [text, text, `${text}.`].map((content, index) => {
			const path = join(folder, `a${index}.txt`);
			writeFileSync(path, content);
			return staticFiles([path], join(folder, "out"))[0]!;
		});
		assert.deepEqual([made[0]!.tag, made[0]!.gzipTag], [made[1]!.tag, made[1]!.gzipTag]);
		assert.equal(new Set(made.flatMap(({ tag, gzipTag }) => [tag, gzipTag])).size, 4);
		assert.ok(readFileSync(join(folder, "out/a0.txt.gz")).equals(readFileSync(join(folder, "out/a1.txt.gz"))));
	});

	it("when compression saves little then there is only the file", () => {
		const path = join(folder, "noise.png");
		writeFileSync(path, Buffer.from(Array.from({ length: 500 }, (_, index) => index * index * 7919 >> 3 & 255)));
		const [file] = staticFiles([path], join(folder, "out"));
		assert.equal(file!.gzipTag, undefined);
		assert.deepEqual(readdirSync(join(folder, "out")), ["noise.png"]);
	});
});

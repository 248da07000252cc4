/**
 * Every bad input we can name, sent to one pod: each gets its documented answer, what was staged stays, memory returns to where it
 * was, and the next user is served.
 */
import { strict as assert } from "node:assert";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { ERRORS, type ErrorCode } from "protocol/errors";
import { Peer, testPod, until, type TestPod } from "../support/running-pod.ts";

const KEPT = Buffer.from("this file was here before");

/** What is wrong, the request as it is sent, the code of the answer (undefined: the connection just ends). */
type Case = [title: string, request: string, code: string | undefined];

const get = (target: string, headers = ""): string => `GET ${target} HTTP/1.1\r\nHost: pod\r\nConnection: close\r\n${headers}\r\n`;
const post = (target: string, body = "", headers = `Content-Length: ${body.length}\r\n`, method = "POST"): string =>
	`${method} ${target} HTTP/1.1\r\nHost: pod\r\nConnection: close\r\n${headers}\r\n${body}`;

const u32 = (value: number): string => String.fromCharCode(value >>> 24, value >>> 16 & 255, value >>> 8 & 255, value & 255);
const u16 = (value: number): string => String.fromCharCode(value >>> 8, value & 255);
const addresses = u32(0x04010500) + u32(0x04013000) + u32(0x41000000);
const step = u16(64) + "S".repeat(64);
const blob = addresses + step + step + u16(0) + u32(8) + "SPLSPLSP" + u32(8) + "U-BOOT!!";

const CASES: Case[] = [
	["no such path", get("/nothing"), "not_found"],
	["a path that only begins like one", get("/tftpx"), "not_found"],
	["a trailing slash", get("/tftp/"), "bad_name"],
	["the wrong method", post("/status"), "method_not_allowed"],
	["the wrong method for a file", post("/tftp/kept", "", "", "PATCH"), "method_not_allowed"],
	["an unknown method", post("/tftp", "", "", "BREW"), "method_not_allowed"],
	["no request line", "\r\n\r\nhello\r\n\r\n", "bad_request"],
	["binary noise", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", "bad_request"],
	["HTTP/2.0", "GET / HTTP/2.0\r\n\r\n", "version_unsupported"],
	["no host", "GET /status HTTP/1.1\r\nConnection: close\r\n\r\n", "bad_request"],
	["a space before the colon", get("/", "X-A : 1\r\n"), "bad_request"],
	["a folded header", get("/", "X-A: 1\r\n 2\r\n"), "bad_request"],
	["a target of 2,000 characters", get(`/${"a".repeat(2000)}`), "target_too_long"],
	["a header of 8 KB", get("/", `X-A: ${"a".repeat(8192)}\r\n`), "headers_too_large"],
	["100 headers", get("/", "X-A: 1\r\n".repeat(100)), "headers_too_large"],
	["an unknown expectation", post("/tftp/a", "abc", "Content-Length: 3\r\nExpect: 200-maybe\r\n"), "expectation_failed"],

	["a name with an empty part", post("/tftp/a//b", "abc"), "bad_name"],
	["a name with an encoded slash at its end", post("/tftp/a%2f", "abc"), "bad_name"],
	["a name that climbs between its parts", post("/tftp/a/%2e%2e/b", "abc"), "bad_name"],
	["dots as name", post("/tftp/..", "abc"), "bad_name"],
	["a climbing name", post("/tftp/../../etc/passwd", "abc"), "bad_name"],
	["a name with an encoded NUL", post("/tftp/a%00b", "abc"), "bad_name"],
	["a raw NUL in the target", post("/tftp/a\0b", "abc"), "bad_request"],
	["a name of 300 characters", post(`/tftp/${"n".repeat(300)}`, "abc"), "bad_name"],
	["a name that is no UTF-8", post("/tftp/%ff%fe", "abc"), "bad_name"],
	["a name in more bytes than it needs", post("/tftp/%c1%81", "abc"), "bad_name"],
	["a slash in more bytes than it needs", post("/tftp/a%e0%80%afb", "abc"), "bad_name"],
	["half a surrogate pair as a name", post("/tftp/%ed%a0%80", "abc"), "bad_name"],
	["broken percent-encoding", post("/tftp/%zz", "abc"), "bad_name"],
	["a name with a quote", post("/tftp/a%22b", "abc"), "bad_name"],
	["a file that isn't there", get("/tftp/nothing"), "no_such_file"],
	["deleting a file that isn't there", post("/tftp/nothing", "", "", "DELETE"), "no_such_file"],

	["a negative length", post("/tftp/a", "abc", "Content-Length: -3\r\n"), "bad_request"],
	["a length in words", post("/tftp/a", "abc", "Content-Length: three\r\n"), "bad_request"],
	["two lengths", post("/tftp/a", "abc", "Content-Length: 3\r\nContent-Length: 4\r\n"), "bad_request"],
	["a length and chunks", post("/tftp/a", "3\r\nabc\r\n0\r\n\r\n", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"), "bad_request"],
	["a huge length", post("/tftp/a", "", "Content-Length: 99999999999\r\n"), "oom"],
	["a length beyond all numbers", post("/tftp/a", "", "Content-Length: 99999999999999999999999999\r\n"), "body_too_large"],
	["a bad chunk size", post("/tftp/a", "zz\r\nabc\r\n0\r\n\r\n", "Transfer-Encoding: chunked\r\n"), "bad_request"],
	["a chunk that lies", post("/tftp/a", "2\r\nabcdef\r\n0\r\n\r\n", "Transfer-Encoding: chunked\r\n"), "bad_request"],
	["another transfer coding", post("/tftp/a", "abc", "Transfer-Encoding: gzip\r\n"), "coding_unsupported"],
	["more than fits", post("/tftp/a", "", "Content-Length: 8388608\r\n"), "oom"],
	["a checksum that isn't one", post("/tftp/a", "abc", "Content-Length: 3\r\nX-Checksum-CRC32: xyz\r\n"), "bad_checksum"],
	["another file's checksum", post("/tftp/kept", "abc", "Content-Length: 3\r\nX-Checksum-CRC32: 00000000\r\n"), "checksum_mismatch"],
	["a range behind the end", get("/tftp/kept", "Range: bytes=100-\r\n"), "range_not_satisfiable"],
	["arming no bytes", post("/tftp/a?upload=0", "", "", "PUT"), "bad_number"],
	["arming text", post("/tftp/a?upload=many", "", "", "PUT"), "bad_number"],
	["arming more than there is", post("/tftp/a?upload=99999999", "", "", "PUT"), "bad_number"],
	["a number in more bytes than it needs", post("/tftp/a?upload=%c0%b1", "", "", "PUT"), "bad_encoding"],
	["a query that is no UTF-8", post("/tftp/a?upload=%ff", "", "", "PUT"), "bad_encoding"],

	["a form", post("/tftp/a", "--x\r\n\r\nabc\r\n--x--", "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 20\r\n"), "unsupported_body"],
	["a form with a boot loader", post("/fastboot", "--x\r\n\r\nabc\r\n--x--", "Content-Type: Multipart/Form-Data; boundary=x\r\nContent-Length: 20\r\n"), "unsupported_body"],
	["a compressed body", post("/tftp/a", "abc", "Content-Encoding: gzip\r\nContent-Length: 3\r\n"), "unsupported_body"],
	["a part of a body", post("/tftp/a", "abc", "Content-Range: bytes 3-5/6\r\nContent-Length: 3\r\n", "PUT"), "partial_body"],
	["a file without a name", post("/tftp/", "abc", undefined, "PUT"), "bad_name"],
	["a file without a name or a slash", post("/tftp", "abc", undefined, "PUT"), "method_not_allowed"],
	["another file than is there", post("/tftp/kept", "abc", "If-Match: \"crc32-00000000\"\r\nContent-Length: 3\r\n", "PUT"), "precondition_failed"],
	["a new file that is there", post("/tftp/kept", "abc", "If-None-Match: *\r\nContent-Length: 3\r\n", "PUT"), "precondition_failed"],
	["deleting another file than is there", post("/tftp/kept", "", "If-Match: \"x\"\r\n", "DELETE"), "precondition_failed"],

	["no baud rate", post("/uart/baud"), "bad_json"],
	["a baud rate of 0", post("/uart/baud", '{"rate":0}'), "bad_number"],
	["a baud rate of 1e9", post("/uart/baud", '{"rate":1000000000}'), "bad_number"],
	["a baud rate in words", post("/uart/baud", '{"rate":"fast"}'), "bad_number"],
	["a fraction of a baud", post("/uart/baud", '{"rate":115200.5}'), "bad_number"],
	["another field", post("/uart/baud", '{"baud":115200}'), "unknown_field"],
	["one more field", post("/uart/baud", '{"rate":115200,"parity":"even"}'), "unknown_field"],
	["a field that is there twice", post("/uart/baud", '{"rate":115200,"rate":9600}'), "bad_json"],
	["a field with harmful characters", post("/uart/baud", '{"\\u001b[2J\\u202e\\ud800":1}'), "unknown_field"],
	["text behind the object", post("/uart/baud", '{"rate":115200}{}'), "bad_json"],
	["seconds for a power cycle", post("/power/cycle", '{"seconds":5}'), "unknown_field"],
	["text for a power cycle", post("/power/cycle", "seconds=5"), "unexpected_body"],
	["chunks for a power cycle", post("/power/cycle", "9\r\nseconds=5\r\n0\r\n\r\n", "Transfer-Encoding: chunked\r\n"), "unexpected_body"],
	["a file for a power cycle", post("/power/cycle", "x".repeat(5000)), "unexpected_body"],
	["a body to delete with", post("/tftp", '{"names":["a"]}', undefined, "DELETE"), "unknown_field"],
	["a query for a power cycle", post("/power/cycle?seconds=5"), "unknown_parameter"],
	["a misspelt query", post("/tftp/a?uplaod=100", "", "", "PUT"), "unknown_parameter"],
	["a query twice", post("/tftp/a?upload=100&upload=200", "", "", "PUT"), "unknown_parameter"],
	["a query nobody knows", get("/uart/log?since=0&lines=10"), "unknown_parameter"],
	["a body for a slot that the camera fills", post("/tftp/a?upload=100", "abc", undefined, "PUT"), "unexpected_body"],
	["a list for an object", post("/uart/baud", "[115200]"), "bad_json"],
	["null for an object", post("/uart/baud", "null"), "bad_json"],
	["JSON cut short", post("/uart/baud", '{"rate":'), "bad_json"],
	["300 bytes of JSON", post("/uart/baud", `{"rate":115200${" ".repeat(300)}}`), "body_too_large"],
	["a log offset in words", get("/uart/log?since=yesterday"), "bad_number"],
	["a log offset from the future", get("/uart/log?since=99999999"), "bad_since"],
	["power as 2", post("/power/state", "2", undefined, "PUT"), "bad_power_state"],
	["power as nothing", post("/power/state", "", undefined, "PUT"), "bad_power_state"],
	["power as a novel", post("/power/state", "1".repeat(100), undefined, "PUT"), "body_too_large"],

	["an empty blob", post("/fastboot"), "bad_blob"],
	["a blob without SPL", post("/fastboot", addresses + step + step + u16(0) + u32(0) + u32(8) + "U-BOOT!!"), "bad_blob"],
	["a blob cut in an address", post("/fastboot", blob.slice(0, 7)), "bad_blob"],
	["a blob cut in a step", post("/fastboot", blob.slice(0, 40)), "bad_blob"],
	["a blob cut in U-Boot", post("/fastboot", blob.slice(0, -1)), "bad_blob"],
	["a blob with a trailing byte", post("/fastboot", `${blob}x`), "bad_blob"],
	["a blob whose step is longer than any", post("/fastboot", addresses + u16(65535) + "x".repeat(65535)), "bad_blob"],
	["a blob that lies about U-Boot's length", post("/fastboot", addresses + step + step + u16(0) + u32(8) + "SPLSPLSP" + u32(0xffffffff) + "U-BOOT!!"), "bad_blob"],
	["a blob of 3 MB", post("/fastboot", "", "Content-Length: 3145728\r\n"), "blob_too_large"]
];

describe("bad input over HTTP", () => {
	let pod: TestPod;
	let memoryBefore: unknown;

	before(async () => {
		pod = await testPod();
		await pod.client.stage("kept", KEPT);
	});

	after(() => pod.stop());

	beforeEach(async () => {
		memoryBefore = await memory(pod);
	});

	afterEach(async () => {
		assert.deepEqual(await memory(pod), memoryBefore, "memory is as it was");
		assert.deepEqual(Buffer.from(await (await fetch(`${pod.http}/tftp/kept`)).arrayBuffer()), KEPT, "what was staged is still there");
		const { faults } = await pod.client.status() as unknown as { faults: { count: number; last: string } };
		assert.equal(faults.count, 0, faults.last);
	});

	for (const [title, request, code] of CASES)
		it(`when it is ${title} then it is ${code}`, async () => {
			const peer = await Peer.connect(pod.httpPort);
			peer.send(request);
			await peer.untilClosed();
			const [head, body] = peer.text.split("\r\n\r\n");
			const status = Number(head!.split(" ")[1]);
			const answer = JSON.parse(body!) as Record<string, unknown>;
			assert.equal(answer.error, code, peer.text);
			assert.equal(status, ERRORS[code as ErrorCode].status);
			assert.ok(typeof answer.message === "string" && answer.message.length > 10, "people get a message");
			assert.doesNotMatch(body!, /\\u00|\\u20|\\ud|[\0-\x09\x0b-\x1f\x7f]/, "nothing in it harms a terminal");
			if (request.startsWith("POST /fastboot"))
				assert.deepEqual([answer.success, answer.failed_phase], [false, "request"], "clients find failed_phase");
		});

	for (const [title, request] of [
		["headers", "POST /tftp/a HTTP/1.1\r\nHost: p"],
		["an announced body", "POST /tftp/a HTTP/1.1\r\nHost: pod\r\nContent-Length: 100000\r\n\r\nonly the beginning"],
		["a replacement's body", "POST /tftp/kept HTTP/1.1\r\nHost: pod\r\nContent-Length: 100000\r\n\r\nonly the beginning"],
		["chunks", "POST /tftp/a HTTP/1.1\r\nHost: pod\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nhalf"],
		["a fastboot body", "POST /fastboot HTTP/1.1\r\nHost: pod\r\nContent-Length: 250000\r\n\r\nonly the beginning"],
		["a fastboot body that has its pages", `POST /fastboot HTTP/1.1\r\nHost: pod\r\nContent-Length: ${blob.length}\r\n\r\n${blob.slice(0, -1)}`]
	] as const)
		it(`when the client goes in the middle of ${title} then nothing is left of it`, async () => {
			const peer = await Peer.connect(pod.httpPort);
			peer.send(request);
			await untilStatus(pod, clients => clients === 2);
			peer.close();
			await untilStatus(pod, clients => clients === 1);
		});

	it("when a request is followed by garbage then the request is answered and the garbage refused", async () => {
		const peer = await Peer.connect(pod.httpPort);
		peer.send("GET /power/state HTTP/1.1\r\nHost: pod\r\n\r\n\x00\x01\x02\r\n\r\n");
		await peer.untilClosed();
		assert.match(peer.text, /^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\n0HTTP\/1\.1 400 /);
	});

	it("when ten requests come at once then ten answers come in order", async () => {
		const peer = await Peer.connect(pod.httpPort);
		peer.send("GET /power/state HTTP/1.1\r\nHost: pod\r\n\r\n".repeat(9) + get("/tftp/kept"));
		await peer.untilClosed();
		assert.equal(peer.text.split("HTTP/1.1 200 OK").length - 1, 10);
		assert.ok(peer.text.endsWith(KEPT.toString()));
	});
});

const DEEP: Case[] = [
	...([["/uart/baud", "POST", "rate", 256], ["/uart/break", "POST", "milliseconds", 256], ["/settings", "PATCH", "name", 400], ["/settings", "PATCH", "name", 4096]] as const).flatMap(([path, method, field, size]): Case[] => [
		[`${size} bytes of lists for ${path}`, post(path, "[".repeat(size), undefined, method), "bad_json"],
		[`${size} bytes of objects for ${path}`, post(path, `{"${field}":`.repeat(size).slice(0, size), undefined, method), "bad_json"],
		[`${size} bytes of lists in an object for ${path}`, post(path, `{"${field}":${"[".repeat(size)}`.slice(0, size), undefined, method), "bad_json"]
	]),
	["4 KB of quotes", post("/settings", "\"".repeat(4096), undefined, "PATCH"), "bad_json"],
	["4 KB of escaped quotes", post("/settings", `"${"\\\"".repeat(2047)}`, undefined, "PATCH"), "bad_json"],
	["4 KB of escaped quotes without a beginning", post("/settings", "\\\"".repeat(2048), undefined, "PATCH"), "bad_json"]
];

for (const device of [false, true])
	describe(`JSON that is more than flat${device ? ", with the chip's heap and stack" : ""}`, () => {
		let pod: TestPod;

		before(async () => {
			pod = await testPod(device ? { device, flavour: "debug" } : {});
		});

		after(() => pod.stop());

		for (const [title, request, code] of DEEP)
			it(`when it is ${title} then it is ${code}, and the pod lives`, async () => {
				const { pid } = pod;
				const peer = await Peer.connect(pod.httpPort);
				peer.send(request);
				await peer.untilClosed();
				assert.match(peer.text, /^HTTP\/1\.1 400 /);
				assert.equal((JSON.parse(peer.text.split("\r\n\r\n")[1]!) as { error: string }).error, code);
				assert.equal((await pod.client.status() as unknown as { faults: { count: number } }).faults.count, 0);
				assert.equal(pod.pid, pid);
			});
	});

describe("bad input over TFTP", () => {
	let pod: TestPod;

	before(async () => {
		pod = await testPod();
		await pod.client.stage("kept", KEPT);
	});

	after(() => pod.stop());

	/** Sends a datagram, then a good request, again every second as clients do, and returns what was answered: nothing to the bad one, or an error. */
	async function answers(bad: string): Promise<Buffer[]> {
		const socket = createSocket("udp4");
		const received: Buffer[] = [];
		let data: { port: number; block: Buffer } | undefined;
		socket.on("message", (packet, { port }) => {
			if (packet[1] === 3)
				data ??= { port, block: packet };
			if (packet[1] !== 3 || !received.some(each => each[1] === 3))
				received.push(packet);
		});
		socket.bind(0, "127.0.0.1");
		await once(socket, "listening");
		const send = (text: string): void => void socket.send(Buffer.from(text, "latin1"), pod.tftpPort, "127.0.0.1");
		send(bad);
		send("\0\x01kept\0octet\0");
		const again = setInterval(() => send("\0\x01kept\0octet\0"), 1000);
		try {
			await until("the good request is answered", async () => data !== undefined);
			await new Promise(sent => socket.send(Buffer.from([0, 4, data!.block[2]!, data!.block[3]!]), data!.port, "127.0.0.1", sent));
			return received;
		}
		finally {
			clearInterval(again);
			socket.close();
		}
	}

	for (const [title, datagram] of [
		["nothing", ""], ["one byte", "\0"], ["opcode 0", "\0\0kept\0octet\0"], ["opcode 9", "\0\x09kept\0octet\0"],
		["an ACK to the server", "\0\x04\0\x01"], ["DATA to the server", "\0\x03\0\x01abc"], ["an ERROR to the server", "\0\x05\0\x01oops\0"], ["an OACK to the server", "\0\x06blksize\x001468\0"]
	] as const)
		it(`when it is ${title} then nothing comes back and the next request is served`, async () => {
			const received = await answers(datagram);
			assert.equal(received.length, 1);
			assert.deepEqual(received[0]!.subarray(4), KEPT);
		});

	for (const [title, datagram, code] of [
		["an unknown name", "\0\x01nothing\0octet\0", 1], ["a climbing name", "\0\x01../../etc/passwd\0octet\0", 1],
		["an empty name", "\0\x01\0octet\0", 2], ["an opcode alone", "\0\x01", 2], ["no end of the name", "\0\x01kept", 2], ["no mode", "\0\x01kept\0", 2], ["no end of the mode", "\0\x01kept\0octet", 2],
		["netascii", "\0\x01kept\0netascii\0", 2], ["mail", "\0\x01kept\0mail\0", 2], ["an unknown mode", "\0\x01kept\0utf8\0", 2],
		["an upload nobody asked for", "\0\x02new\0octet\0", 2], ["an upload over a staged file", "\0\x02kept\0octet\0", 2]
	] as const)
		it(`when it is ${title} then it is error ${code}, the only kind old U-Boots end at`, async () => {
			const [error] = await answers(datagram);
			assert.deepEqual([...error!.subarray(0, 4)], [0, 5, 0, code]);
		});

	it("when all was sent then the file is untouched and nothing broke", async () => {
		const { faults } = await pod.client.status() as unknown as { faults: { count: number; last: string } };
		assert.equal(faults.count, 0, faults.last);
		const [file] = (await pod.client.files()).files;
		assert.deepEqual([file!.name, file!.size], ["kept", KEPT.length]);
	});
});

/** Pages and slots, which must be back after every case. */
async function memory(pod: TestPod): Promise<unknown> {
	const { files, psram_free_bytes } = await pod.client.files();
	return { files: files.map(({ name, size, crc32 }) => ({ name, size, crc32 })), psram_free_bytes };
}

/** Waits until the pod has that many HTTP clients, the asking one included. */
async function untilStatus(pod: TestPod, condition: (clients: number) => boolean): Promise<void> {
	await until("the number of clients is right", async () => condition((await pod.client.status() as unknown as { clients: { http: number } }).clients.http));
}

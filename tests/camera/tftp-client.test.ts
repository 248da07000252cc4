/**
 * The scenarios that were measured with the real clients' own code, packet by packet.
 * "<" is what the server sends, ">" what the client must send, in this order and nothing else. "timer" is the client's; "?" names the only
 * version that a step is of; "@5" is another port of the server.
 */
import { strict as assert } from "node:assert";
import { TFTPClient } from "../../simulator/camera/tftp-client.ts";
import type { TFTPVersion } from "../../simulator/camera/tftp-marks.ts";
import { describe as wordsOf, packetOf } from "../support/tftp-clients.ts";

interface Scenario {
	title: string;
	/** Bytes to upload; a download without. */
	upload?: number;
	steps: string[];
	/** State, bytes, what the client printed, of each version that was measured. */
	end: Ends;
}

type End = [state: string, size: number, printed: string];
type Ends = Partial<Record<TFTPVersion, End>>;

/** What each asks for. */
const OPTIONS: Readonly<Record<TFTPVersion, string>> = {
	"2016.11": "timeout|5|blksize|1468",
	"2010.06": "timeout|1|tsize|0|blksize|1468",
	upstream: "timeout|5|blksize|1468"
};
const CONNECTED = "#\t[ Connected ]\n";
const START = ["> REQUEST", "< OACK blksize|1468", "> ACK 0"];
const FIRST = [...START, "< DATA 1 (1468 B)", "> ACK 1"];
const UPLOAD = ["> REQUEST", "< OACK blksize|1468", "> DATA 1 (1468 B)"];

/** The same end, printed in each version's way: "#" stands for the mark of block 1. */
function both(state: string, size: number, printed: string): Ends {
	return { "2016.11": [state, size, printed], "2010.06": [state, size, printed.replaceAll("#", CONNECTED)] };
}

const SCENARIOS: Scenario[] = [
	{
		title: "the server answers the options and says the size",
		steps: ["> REQUEST", "< OACK blksize|1468|timeout|5|tsize|2000", "> ACK 0", "< DATA 1 (1468 B)", "> ACK 1", "< DATA 2 (532 B)", "> ACK 2"],
		end: { "2016.11": ["success", 2000, "#"], "2010.06": ["success", 2000, "#".repeat(49)] }
	},
	{
		title: "the server ignores the options",
		steps: ["> REQUEST", "< DATA 1 (512 B)", "> ACK 1", "< DATA 2 (100 B)", "> ACK 2"],
		end: both("success", 612, "#")
	},
	{ title: "the OACK's names are upper-case", steps: ["> REQUEST", "< OACK BLKSIZE|1468", "> ACK 0", "< DATA 1 (1468 B)", "> ACK 1"], end: both("running", 1468, "#") },
	{ title: "the OACK has another timeout", steps: ["> REQUEST", "< OACK blksize|1468|timeout|2", "> ACK 0"], end: both("running", 0, "") },
	{
		title: "the OACK has another timeout",
		steps: ["> REQUEST", "< OACK blksize|1468|timeout|2", "> ERROR 8 Option negotiation failed"],
		end: { upstream: ["fail", 0, ""] }
	},
	{
		title: "the OACK has a larger blksize",
		steps: ["> REQUEST", "< OACK blksize|4096", "> ACK 0", "< DATA 1 (4096 B)", "> ACK 1", "< DATA 2 (1468 B)", "> ACK 2"],
		end: both("success", 5564, "#")
	},
	...[0, 3, 4, 5, 6, 7, 8].map(code => ({
		title: `the server refuses with ERROR ${code}`,
		steps: ["> REQUEST", `< ERROR ${code} busy`],
		end: both("restart", 0, `\nTFTP error: 'busy' (${code})\nStarting again\n\n`)
	})),
	...[1, 2].map(code => ({
		title: `the server refuses with ERROR ${code}`,
		steps: ["> REQUEST", `< ERROR ${code} busy`],
		end: both("fail", 0, `\nTFTP error: 'busy' (${code})\nNot retrying...\n`)
	})),
	{ title: "DATA 2 is lost", steps: [...FIRST, "timer", "> ACK 1", "< DATA 2 (100 B)", "> ACK 2"], end: both("success", 1568, "#T ") },
	{ title: "DATA 1 is repeated because ACK 1 was lost", steps: [...FIRST, "< DATA 1 (1468 B)", "timer", "> ACK 1"], end: both("running", 1468, "##T ") },
	{
		title: "DATA 1 is repeated because ACK 1 was lost, and again",
		steps: [...FIRST, "< DATA 1 (1468 B)", "> ACK 1", "< DATA 1 (1468 B)"],
		end: { upstream: ["running", 1468, "#"] }
	},
	{
		title: "a second OACK comes after DATA 1",
		steps: [...FIRST, "< OACK blksize|1468", "> ACK 1", "< DATA 2 (10 B)"],
		end: both("restart", 1468, "#\nTFTP error: First block is not block 1 (2)\nStarting again\n\n")
	},
	{
		title: "an old DATA 1 comes after DATA 2",
		steps: [...FIRST, "< DATA 2 (1468 B)", "> ACK 2", "< DATA 1 (1468 B)", "> ACK 1", "< DATA 3 (10 B)", "> ACK 3"],
		end: both("success", 2946, "##")
	},
	{ title: "a block is skipped", steps: [...FIRST, "< DATA 3 (10 B)", "> ACK 3"], end: both("success", 2946, "#") },
	{ title: "a packet comes from another port of the server", steps: [...FIRST, "< DATA 2 (10 B) @5"], end: both("running", 1468, "#") },
	{ title: "the last block is repeated", steps: [...START, "< DATA 1 (10 B)", "> ACK 1", "< DATA 1 (10 B)"], end: both("success", 10, "#") },
	{ title: "the file is empty", steps: [...START, "< DATA 1 (0 B)", "> ACK 1"], end: both("success", 0, "#") },
	{ title: "the file is exactly two blocks", steps: [...FIRST, "< DATA 2 (1468 B)", "> ACK 2", "< DATA 3 (0 B)", "> ACK 3"], end: both("success", 2936, "#") },
	{
		title: "an upload is answered by a plain ACK 0",
		upload: 3000,
		steps: ["> REQUEST", "< ACK 0", "?2016.11> REQUEST"],
		end: { "2016.11": ["running", 3000, "#"], "2010.06": ["success", 0, "%"] }
	},
	{
		title: "an upload is answered by an OACK",
		upload: 3000,
		steps: [...UPLOAD, "< ACK 1", "> DATA 2 (1468 B)", "< ACK 2", "> DATA 3 (64 B)", "< ACK 3"],
		end: { "2016.11": ["success", 3000, ""], "2010.06": ["success", 0, CONNECTED] }
	},
	{
		title: "ACKs of an upload are repeated",
		upload: 3000,
		steps: [...UPLOAD, "< ACK 1", "> DATA 2 (1468 B)", "< ACK 1", "?2010.06> DATA 2 (1468 B)", "< ACK 2", "> DATA 3 (64 B)", "< ACK 2", "?2010.06> DATA 3 (64 B)", "< ACK 3"],
		end: { "2016.11": ["success", 3000, ""], "2010.06": ["success", 0, CONNECTED + "%%"] }
	},
	{
		title: "an upload is exactly two blocks",
		upload: 2936,
		steps: [...UPLOAD, "< ACK 1", "> DATA 2 (1468 B)", "< ACK 2", "> DATA 3 (0 B)", "< ACK 3"],
		end: { "2016.11": ["success", 2936, ""], "2010.06": ["success", 0, CONNECTED] }
	},
	{
		title: "an upload is refused",
		upload: 3000,
		steps: ["> REQUEST", "< ERROR 2 read only"],
		end: { "2016.11": ["fail", 3000, "\nTFTP error: 'read only' (2)\nNot retrying...\n"], "2010.06": ["fail", 0, "\nTFTP error: 'read only' (2)\nNot retrying...\n"] }
	},
	{
		title: "an old ACK 0 of an upload comes after ACK 1",
		upload: 3000,
		steps: [...UPLOAD, "< ACK 1", "> DATA 2 (1468 B)", "< ACK 0", "?2016.11timer", "?2016.11> DATA 1 (1468 B)"],
		end: { "2016.11": ["running", 3000, "#T "], "2010.06": ["success", 0, CONNECTED] }
	},
	{ title: "malformed packets come", steps: [...FIRST, "< RAW 00", "< RAW 0003", "< RAW 000302", "< RAW 0009abcd", "< RAW", "< DATA 2 (1 B)", "> ACK 2"], end: both("success", 1469, "#") }
];

class Bench {
	readonly client: TFTPClient;
	readonly ram = new Uint8Array(16384).fill(0xee);
	sent: string[] = [];
	printed = "";
	/** Whether the timer would have been started anew, per packet. */
	progress: boolean[] = [];

	constructor(version: TFTPVersion, upload?: number, keep = true) {
		const request = `${upload === undefined ? "RRQ" : "WRQ"} kernel.bin|octet|${OPTIONS[version]}`;
		this.client = new TFTPClient({
			version,
			file: "kernel.bin",
			upload: upload === undefined ? undefined : new Uint8Array(upload).map((_, index) => index),
			store: (offset, bytes) => keep && this.ram.set(bytes, offset),
			send: packet => this.sent.push(wordsOf(packet).replace(request, "REQUEST")),
			print: text => this.printed += text
		});
		this.client.start();
	}

	serve(text: string): void {
		const [, packet, port = "4"] = /^(.*?)(?: @(\d))?$/.exec(text)!;
		const raw = /^RAW ?(.*)/.exec(packet!);
		this.progress.push(this.client.receive(raw ? Buffer.from(raw[1]!, "hex") : packetOf(packet!), 4000 + Number(port)));
	}
}

for (const version of ["2016.11", "2010.06", "upstream"] as const) {
	describe(`TFTP client ${version}`, () => {
		for (const { title, upload, steps, end: { [version]: end } } of SCENARIOS) {
			if (!end)
				continue;
			it(`when ${upload === undefined ? "" : `${upload} bytes are sent and `}${title} then it does what was measured`, () => {
				const bench = new Bench(version, upload);
				for (const step of steps) {
					const [, only, action] = /^(?:\?(\d+\.\d+))?(.*)$/.exec(step)!;
					if (only && only !== version)
						continue;
					if (action!.startsWith("> ")) {
						assert.equal(bench.sent.shift(), action!.slice(2), step);
						continue;
					}
					assert.deepEqual(bench.sent, [], `before ${step}`);
					if (action === "timer")
						bench.client.expire();
					else
						bench.serve(action!.slice(2));
				}
				assert.deepEqual(bench.sent, []);
				const [state, size, printed] = end;
				assert.equal(bench.client.state, state);
				assert.equal(bench.client.size, size);
				assert.equal(bench.printed, printed);
			});
		}
	});
}

for (const version of ["2016.11", "2010.06"] as const) {
	describe(`TFTP client ${version} in long transfers`, () => {
		it("when blocks come then each is at (n-1) * blksize, and a skipped one leaves what was there", () => {
			const bench = new Bench(version);
			for (const packet of ["OACK blksize|1468", "DATA 1 (1468 B)", "DATA 3 (10 B)"])
				bench.serve(packet);
			assert.ok(bench.ram.subarray(0, 1468).every(byte => byte === 1));
			assert.ok(bench.ram.subarray(1468, 2936).every(byte => byte === 0xee));
			assert.ok(bench.ram.subarray(2936, 2946).every(byte => byte === 3));
			assert.deepEqual(bench.progress, [false, true, true]);
		});

		it("when the timer runs out between all blocks then it gives up after its lives, progress or not", () => {
			const lives = version === "2016.11" ? 10 : 100;
			const bench = new Bench(version, undefined, false);
			for (let block = 1; block <= lives; block++) {
				bench.client.expire();
				bench.serve(`DATA ${block} (512 B)`);
			}
			assert.equal(bench.client.state, "running");
			bench.client.expire();
			assert.equal(bench.client.state, "restart");
			assert.equal(bench.client.size, lives * 512);
			assert.ok(bench.printed.endsWith("\nRetry count exceeded; starting again\n"));
			assert.equal(bench.printed.split("T ").length - 1, lives);
		});

		it("when the block number goes over then 2016.11 is right, and 2010.06 counts a repeated block 0 twice", () => {
			const bench = new Bench(version, undefined, false);
			for (let block = 1; block <= 65535; block++)
				bench.serve(`DATA ${block} (512 B)`);
			for (const packet of ["DATA 0 (512 B)", "DATA 0 (512 B)", "DATA 1 (100 B)"])
				bench.serve(packet);
			assert.equal(bench.client.state, "success");
			assert.equal(bench.client.size, version === "2016.11" ? 33554532 : 67108964);
			if (version === "2010.06")
				assert.match(bench.printed, /#{32}\t\[ 1\.000 MB\]\n[^]*\t\[31\.000 MB\]\n#{32}\t\[64\.000 MB\] \[BlockCounter Reset\]\n$/);
		});
	});
}

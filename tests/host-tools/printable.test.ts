/** What a pod, a camera, a profile or a file's name says is shown, and never obeyed: every way out of the command. */
import { strict as assert } from "node:assert";
import { EventEmitter, once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Context } from "../../host-tools/cli/context.ts";
import { main } from "../../host-tools/cli/main.ts";
import { Progress } from "../../host-tools/cli/screen/progress.ts";
import { jsonLine, printable, printableLines } from "../../host-tools/base/printable.ts";
import { Dump, fastClock } from "./support/dump.ts";
import { FakePod } from "./support/fake-pod.ts";

/** One of each kind: escape sequences of 7 and 8 bits, BEL, return, NUL, DEL, text that runs backwards, hidden text, a lone surrogate. */
const HOSTILE = "\x1b[2J\x1b]0;owned\x07\x9b31m\r\0\x7f\u0085\u202egnp.exe\u2066\u200b\u2028\ufeff\u{e0041}\ud800";
/** What must not get out, whatever it stands in; line ends are ours. */
const UNSAFE = /[\0-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}\ud800-\udfff]/u;

describe("text from outside", () => {
	it("when it is harmless then it stays as it is", () => {
		for (const text of ["", "a line", "Gr\u00fc\u00dfe \u65e5\u672c\u8a9e \u{1f4f7}", "C:\\x1b", "\u05e9\u05dc\u05d5\u05dd"])
			assert.equal(printable(text), text);
		assert.equal(printableLines("a\n\tb\r\nc\n"), "a\n\tb\r\nc\n");
	});

	it("when it is not then each character is named", () => {
		assert.equal(printable(HOSTILE), "\\x1b[2J\\x1b]0;owned\\x07\\x9b31m\\x0d\\x00\\x7f\\x85\\u202egnp.exe\\u2066\\u200b\\u2028\\ufeff\\u{e0041}\\ud800");
		assert.equal(printable("a\nb\tc"), "a\\nb\\x09c");
		assert.equal(printableLines("a\rb\x1b"), "a\\x0db\\x1b");
		assert.equal(printable("\udc00\ud83d\ud83d\udcf7"), "\\udc00\\ud83d\u{1f4f7}");
	});

	it("when it comes as bytes that are no UTF-8 then nothing of them is left to obey", () => {
		// overlong ESC and NUL, C1 as a single byte, a surrogate, a sequence cut off
		const bytes = Buffer.from("c09bc080e0809b9bf08080809beda080e282", "hex");
		assert.doesNotMatch(printable(new TextDecoder().decode(bytes)), UNSAFE);
		assert.doesNotMatch(printable(bytes.toString("latin1")), UNSAFE);
	});

	it("when every character is tried then what is left is harmless", () => {
		for (let code = 0; code < 0x10000; code++)
			assert.doesNotMatch(printable(String.fromCharCode(code)), UNSAFE);
	});

	it("when it stands in JSON then it is harmless when it is read back, names, too", () => {
		const line = jsonLine({ [HOSTILE]: [HOSTILE, { deep: `two\n${HOSTILE}` }], n: 1, b: true, nothing: null });
		assert.doesNotMatch(line, UNSAFE);
		const walk = (value: unknown): void => {
			if (typeof value === "object" && value !== null)
				Object.entries(value).forEach(entry => entry.forEach(walk));
			else
				assert.doesNotMatch(String(value).replaceAll("\n", ""), UNSAFE);
		};
		walk(JSON.parse(line));
		assert.deepEqual(JSON.parse(jsonLine({ a: [1, "x"], n: null })), { a: [1, "x"], n: null });
	});
});

describe("the command with a hostile world", () => {
	let out: string;
	let dump: Dump;
	let close: () => Promise<unknown>;

	beforeEach(() => {
		out = "";
		dump = new Dump();
		close = async () => undefined;
	});
	afterEach(async () => {
		dump.remove();
		await close();
	});

	/** Runs it on a terminal; what it shows, without the sequences that are its own. */
	async function run(args: string[], { tty = false } = {}): Promise<string> {
		const output = { isTTY: tty, columns: 400, write: (text: string | Uint8Array) => void (out += Buffer.from(text as string).toString()) };
		const world: Context = { stdout: output, stderr: output, stdin: Object.assign(new EventEmitter(), { pause: () => undefined, resume: () => undefined }), env: {}, clock: fastClock, onInterrupt: () => () => undefined, exit: () => undefined };
		await main(args, world);
		assert.ok(out);
		return out.replace(/\x1b\[\d+A|\x1b\[J|\x1b\[\d*m|\r(?=\x1b\[J|$)/g, "").replaceAll("\r", "");
	}

	function assertHarmless(shown: string): void {
		assert.doesNotMatch(shown, UNSAFE);
		assert.match(shown, /\\x1b\[2J|\\u001b\[2J/, "it is not shown at all");
	}

	/** A pod that puts HOSTILE wherever it has a text. */
	async function hostilePod(status = 200): Promise<string> {
		const file = { name: HOSTILE, size: 1, crc32: HOSTILE, reads: 0, completed: 0, last_error: HOSTILE, armed_size: 1, received: 0 };
		const body = JSON.stringify({
			name: HOSTILE, version: HOSTILE, [HOSTILE]: { [HOSTILE]: HOSTILE }, camera_on: true, camera_path: HOSTILE, error: HOSTILE, message: HOSTILE, phase: HOSTILE, running: false, last_result: null,
			files: [file], max_slots: 1, max_size_bytes: 8e6, psram_free_bytes: 8e6, psram_largest_free_block: 8e6, success: false, failed_phase: HOSTILE, last_phase: HOSTILE, owner: HOSTILE,
			bridge: { client: HOSTILE, seconds: 1 }, banner: HOSTILE
		});
		const server = createServer((request, response) => {
			request.resume();
			response.writeHead(status, { "Content-Type": "application/json" }).end(body);
		}).listen(0, "127.0.0.1");
		await once(server, "listening");
		close = async () => {
			server.closeAllConnections();
			server.close();
		};
		return `127.0.0.1:${(server.address() as AddressInfo).port}`;
	}

	for (const json of [false, true]) {
		for (const args of [["status"], ["ls"], ["power"]]) {
			it(`when a pod answers ${args.join(" ")}${json ? " --json" : ""} then its texts are harmless`, async () => {
				assertHarmless(await run([...args, "--pod", await hostilePod(), ...json ? ["--json"] : []]));
			});
		}
		for (const args of [["status"], ["rm", "x"], ["power", "on"], ["console", "--seconds", "1"]]) {
			it(`when a pod refuses ${args.join(" ")}${json ? " --json" : ""} then its reasons are harmless`, async () => {
				assertHarmless(await run([...args, "--pod", await hostilePod(409), ...json ? ["--json"] : []]));
			});
		}
		it(`when a fastboot fails${json ? " with --json" : ""} then what the pod says of it is harmless`, async () => {
			assertHarmless(await run(["fastboot", dump.uboot, "--profile", dump.profile, "--pod", await hostilePod(500), ...json ? ["--json"] : []], { tty: true }));
		});
		it(`when a camera answers with control characters${json ? " and --json" : ""} then its words are harmless`, async () => {
			const fake = new FakePod({ camera: { staysSilent: true } });
			// bytes, as a camera says them: U+009B is one of them
			fake.camera.onCommand = command => command === "reset" && fake.camera.say("\x1b[2J\x9b31m\x07\x7f");
			await fake.start();
			close = () => fake.stop();
			const shown = await run(["restore", dump.path, "--uboot", dump.uboot, "--profile", dump.profile, "--pod", fake.host, "--tries", "1", "--expect", "never", "--expect-timeout", "1", ...json ? ["--json"] : []], { tty: true });
			assertHarmless(shown);
		});
		it(`when files have hostile names${json ? " and --json" : ""} then they are shown harmless`, async () => {
			const fake = new FakePod();
			await fake.start();
			close = () => fake.stop();
			const name = "a\x1b[2J\u202e\x9b\n.bin";
			writeFileSync(join(dump.folder, name), "x");
			mkdirSync(join(dump.path, "sub\x1b[2J"));
			for (const args of [["restore", dump.path, "--dry-run", "--layout", "64k(a\x1b[2J\u202e),64k(b),-(c)"], ["restore", join(dump.folder, name)], ["restore", dump.path, "--only", name], ["restore", join(dump.folder, "none\x1b[2J")]])
				assertHarmless(await run([...args, "--uboot", dump.uboot, "--profile", dump.profile, "--pod", fake.host, ...json ? ["--json"] : []], { tty: true }));
			for (const args of [["stage", join(dump.folder, name)], ["stage", "none\x1b[2J"], ["rm", "none\x1b[2J"], ["nonsense\x1b[2J"]])
				assertHarmless(await run([...args, ...args.length > 1 ? ["--pod", fake.host] : [], ...json ? ["--json"] : []]));
		});
		it(`when a profile has hostile texts${json ? " and --json" : ""} then its faults are told harmless`, async () => {
			for (const [index, text] of [`{"ADDRESS":"${"\\u001b"}[2J\u202e"}`, `\x1b[2J no JSON`, `{"variants":{"\\u001b[2J\u202e":{}}}`].entries()) {
				const profile = join(dump.folder, `p${index}.json`);
				writeFileSync(profile, text);
				assertHarmless(await run(["fastboot", dump.uboot, "--profile", profile, ...index === 2 ? ["--variant", "x"] : [], "--pod", "127.0.0.1:1", ...json ? ["--json"] : []]));
			}
		});
	}

	it("when a listener of progress is given anything then bars, lines and notes are harmless", () => {
		for (const tty of [true, false]) {
			out = "";
			const progress = new Progress({ output: { isTTY: tty, columns: 400, write: text => void (out += Buffer.from(text as string).toString()) }, env: {}, clock: { now: () => out.length * 10000, after: () => ({}), cancel: () => undefined }, json: false });
			progress.update("a", HOSTILE, 0.5, HOSTILE);
			progress.line(`${HOSTILE}\nrackpod: all is well`);
			progress.finish("a", HOSTILE);
			assertHarmless(out.replace(/\x1b\[\d+A|\x1b\[J|\r(?=\x1b\[J)/g, ""));
			assert.doesNotMatch(out, /^rackpod: all is well/m);
		}
	});
});

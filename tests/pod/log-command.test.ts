/** `rackpod log` and `rackpod log -f` against a running pod: what a person, a pipe and a program see. */
import { strict as assert } from "node:assert";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { filled } from "../../simulator/random.ts";
import { begin, camera, end, pod, uart } from "../support/console-pod.ts";
import { until } from "../support/running-pod.ts";

const RACKPOD = join(import.meta.dirname, "../../host-tools/rackpod.js");

class Run {
	out = "";
	err = "";
	readonly child: ChildProcess;
	readonly exit: Promise<number | null>;

	constructor(at: string, ...args: string[]) {
		this.child = spawn(process.execPath, [RACKPOD, "log", "--pod", at, ...args], { stdio: ["ignore", "pipe", "pipe"] });
		this.child.stdout!.on("data", (bytes: Buffer) => void (this.out += bytes.toString("latin1")));
		this.child.stderr!.on("data", (bytes: Buffer) => void (this.err += bytes.toString("latin1")));
		this.exit = once(this.child, "close").then(([code]) => code as number | null);
	}

	async shows(text: string): Promise<void> {
		await until(`it shows ${JSON.stringify(text.slice(-60))}; it shows ${JSON.stringify(this.out.slice(-60))}, ${this.err}`, async () => this.out.endsWith(text));
	}
}

const heard = (count: number): Promise<void> => until(`the pod received ${count} bytes`, async () => (await uart()).rx_bytes === count);
const events = (run: Run): Record<string, unknown>[] => run.out.split("\n").filter(line => line !== "").map(line => {
	const { time, pod: _, job, ...rest } = JSON.parse(line);
	assert.match(job, /^log-/);
	assert.ok(!Number.isNaN(Date.parse(time)));
	return rest;
});

describe("rackpod log", function () {
	this.timeout(60_000);
	const runs: Run[] = [];

	beforeEach(() => begin({ settings: { uart_log: "16384" } }));
	afterEach(async () => {
		for (const { child, exit } of runs.splice(0)) {
			child.kill("SIGKILL");
			await exit;
		}
		await end();
	});

	const run = (...args: string[]): Run => at(pod.http, ...args);
	function at(address: string, ...args: string[]): Run {
		const made = new Run(address, ...args);
		runs.push(made);
		return made;
	}

	it("when there is no -f then it shows what was said, in lines that harm no terminal, and ends", async () => {
		await camera.say("one\r\n\x1b[2Jtwo\x07\r\nno end");
		await heard(21);
		const shown = run();
		assert.deepEqual([await shown.exit, shown.out, shown.err], [0, "one\n\\x1b[2Jtwo\\x07\nno end\n", ""]);
		const raw = run("--raw", "--since", "5");
		assert.deepEqual([await raw.exit, raw.out], [0, "\x1b[2Jtwo\x07\r\nno end"]);
		const json = run("--json");
		assert.equal(await json.exit, 0);
		assert.deepEqual(events(json), [{ event: "output", offset: 0, text: "one" }, { event: "output", offset: 5, text: "\\x1b[2Jtwo\\x07" }, { event: "output", offset: 15, text: "no end" }, { event: "done", next: 21 }]);
		const wrong = run("--since", "22");
		assert.equal(await wrong.exit, 4);
		assert.match(wrong.err, /bad_since/);
	});

	it("when -f follows then whole lines come as they are said, and Ctrl-C ends it with what there is of the last", async () => {
		const follower = run("-f");
		await camera.say("one\r\ntw");
		await follower.shows("one\n");
		await camera.say("o\r\nno end");
		await follower.shows("two\n");
		follower.child.kill("SIGINT");
		assert.deepEqual([await follower.exit, follower.out, follower.err], [0, "one\ntwo\nno end\n", ""]);
		assert.equal((await uart()).owner, null);
	});

	it("when more was said than the pod keeps then it is said how much is missing", async () => {
		await camera.say(filled(20_000, 1).map(byte => byte & 0x1f | 0x40));
		await heard(20_000);
		for (const args of [[], ["-f", "--seconds", "1"]]) {
			const shown = run("--since", "10", ...args);
			assert.equal(await shown.exit, 0);
			const start = args.length === 0 ? 20_000 - 16_384 : 20_000 - 16_384 * 3 / 4;
			assert.equal(shown.err, `[rackpod: ${(start - 10).toLocaleString("en")} bytes are missing here: the pod has them no longer]\n`);
			assert.equal(shown.out.replaceAll("\n", "").length, 20_000 - start);
		}
	});

	it("when nobody reads it any more then it ends", async () => {
		const follower = run("-f");
		await camera.say("one\r\n");
		await follower.shows("one\n");
		follower.child.stdout!.destroy();
		const ended = follower.exit;
		let over = false;
		void ended.then(() => over = true);
		await until("it has ended", async () => {
			await camera.say("more\r\n");
			return over;
		});
		assert.equal(await ended, 0);
	});

	it("when the connection is cut then it goes on where it was, and says so", async () => {
		const sockets = new Set<Socket>();
		let refusing = false;
		const proxy: Server = createServer(client => {
			if (refusing)
				return void client.destroy();
			const server = connect(pod.httpPort, "127.0.0.1");
			for (const [one, other] of [[client, server], [server, client]] as const) {
				sockets.add(one);
				one.pipe(other);
				one.on("error", () => other.destroy());
				one.on("close", () => {
					other.destroy();
					sockets.delete(one);
				});
			}
		});
		proxy.listen(0, "127.0.0.1");
		await once(proxy, "listening");
		try {
			const address = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
			const follower = at(address, "-f");
			const json = at(address, "-f", "--json");
			await camera.say("before\r\n");
			await follower.shows("before\n");
			await until("the other has it, too", async () => json.out.includes("before"));
			refusing = true;
			for (const socket of sockets)
				socket.destroy();
			await camera.say("meanwhile\r\n");
			await until("it is said", async () => follower.err.includes("trying again") && json.out.includes("lost"));
			refusing = false;
			await follower.shows("before\nmeanwhile\n");
			await until("both are there again", async () => json.out.includes("meanwhile"));
			await camera.say("after\r\n");
			await follower.shows("before\nmeanwhile\nafter\n");
			await until("the other has it, too", async () => json.out.includes("after"));
			assert.match(follower.err, /^\[rackpod: the connection is lost: [^\n]+; trying again\]\n\[rackpod: connected again\]\n$/);
			json.child.kill("SIGTERM");
			assert.equal(await json.exit, 0);
			assert.deepEqual(events(json).map(({ event, text, offset, next }) => [event, text ?? offset ?? next]), [["output", "before"], ["lost", undefined], ["resumed", 8], ["output", "meanwhile"], ["output", "after"], ["done", 26]]);
		}
		finally {
			proxy.close();
			for (const socket of sockets)
				socket.destroy();
		}
	});

	it("when the pod isn't there, or its console is for those with the token, then it says so and ends", async () => {
		const nowhere = at("127.0.0.1:1", "-f");
		assert.equal(await nowhere.exit, 3);
		assert.equal((await fetch(`${pod.http}/settings`, { method: "PATCH", body: "{\"token\":\"open sesame\",\"console_read\":\"token\"}" })).status, 200);
		for (const args of [[], ["-f"]]) {
			const refused = run(...args);
			assert.equal(await refused.exit, 4);
			assert.match(refused.err, /unauthorized[^]*--token/);
			const let_in = run(...args, "--token", "open sesame", ...args.length ? ["--seconds", "1"] : []);
			assert.equal(await let_in.exit, 0, let_in.err);
		}
	});

	it("when options contradict each other then exit 2", async () => {
		for (const args of [["--seconds", "1"], ["--raw", "--json"], ["--since", "x"]])
			assert.equal(await run(...args).exit, 2, args.join(" "));
	});
});

/** Following a pod's log through everything that can happen to a connection, with a pod that does what the test says. */
import { strict as assert } from "node:assert";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { followLog, type LogEvent } from "../../host-tools/pod/follow-log.ts";
import { realNetwork } from "../../host-tools/pod/network.ts";
import { RackPod } from "../../host-tools/pod/rack-pod.ts";

const TEXT = Buffer.from(Array.from({ length: 2_000 }, (_, index) => String.fromCharCode(97 + index * 7 % 26)).join(""));

describe("following a pod's log", () => {
	let server: Server;
	let pod: RackPod;
	/** What the pod has, from `begin` on. */
	let log: Buffer;
	let begin: number;
	let asked: (number | undefined)[];
	/** What becomes of each request in turn; the usual when there is none. */
	let turns: ((response: ServerResponse, since: number | undefined) => void)[];
	let open: Set<ServerResponse>;
	let heard: () => number;
	let stop: AbortController;

	beforeEach(async () => {
		log = TEXT.subarray(0, 500);
		begin = 0;
		asked = [];
		turns = [];
		open = new Set();
		heard = () => begin + log.length;
		stop = new AbortController();
		server = createServer(answer);
		server.listen(0, "127.0.0.1");
		await once(server, "listening");
		// time that matters to nobody passes a hundred times as fast
		const { clock } = realNetwork;
		const quick = { ...clock, after: (milliseconds: number, callback: () => void) => clock.after(milliseconds / 100, callback) };
		pod = new RackPod(`127.0.0.1:${(server.address() as AddressInfo).port}`, { connect: 500_000, network: { ...realNetwork, clock: quick } });
	});

	afterEach(() => {
		stop.abort();
		server.closeAllConnections();
		server.close();
	});

	function answer(request: IncomingMessage, response: ServerResponse): void {
		const { pathname, searchParams } = new URL(request.url!, "http://pod");
		if (pathname === "/uart")
			return void response.end(JSON.stringify({ owner: null, baud: 115200, log_start: begin, log_end: heard() }));
		const since = searchParams.has("since") ? Number(searchParams.get("since")) : undefined;
		asked.push(since);
		const turn = turns.shift() ?? stream;
		turn(response, since);
	}

	function stream(response: ServerResponse, since: number | undefined): void {
		if (since !== undefined && since > begin + log.length)
			return refuse(400, "bad_since")(response);
		const from = Math.max(begin, since ?? 0);
		response.writeHead(200, { "X-Log-Start": from });
		response.write(log.subarray(from - begin));
		open.add(response);
		response.on("close", () => open.delete(response));
	}

	const refuse = (status: number, error: string) => (response: ServerResponse): void => {
		response.writeHead(status);
		response.end(JSON.stringify({ error, message: error }));
	};

	function say(count: number): void {
		log = TEXT.subarray(0, log.length + count);
		for (const response of open)
			response.write(log.subarray(-count));
	}

	function cut(): void {
		for (const response of open)
			response.destroy();
	}

	/** Follows until `done` says so; the events, and all output. `then` is called with each. */
	async function follow(done: (text: string) => boolean, then: (event: LogEvent, text: string) => void = () => {}, since?: number): Promise<{ events: object[]; text: string }> {
		const events: object[] = [];
		let text = "";
		for await (const event of followLog(pod, { since, signal: stop.signal })) {
			if (event.event === "output") {
				text += Buffer.from(event.bytes).toString();
				assert.ok(TEXT.subarray(event.offset).toString().startsWith(Buffer.from(event.bytes).toString()) || events.length > 0);
			}
			else
				events.push(event.event === "lost" ? { event: "lost" } : event);
			then(event, text);
			if (done(text))
				break;
		}
		return { events, text };
	}

	it("when nothing goes wrong then all that is said comes, in its order", async () => {
		const { events, text } = await follow(text => text.length === 800, (_, text) => text.length === 500 && say(300));
		assert.deepEqual([events, text, asked], [[], TEXT.subarray(0, 800).toString(), [undefined]]);
	});

	it("when the connection is lost again and again then each byte comes once, and a little more is asked for, to compare it", async () => {
		let cuts = 0;
		const { events, text } = await follow(text => text.length === 1_000, (event, text) => {
			if (event.event === "output" && cuts < 5) {
				cuts++;
				cut();
				log = TEXT.subarray(0, text.length + 100);
			}
		});
		assert.equal(text, TEXT.subarray(0, 1_000).toString());
		assert.deepEqual(events, [0, 1, 2, 3, 4].flatMap(index => [{ event: "lost" }, { event: "resumed", offset: 500 + index * 100 }]));
		assert.deepEqual(asked, [undefined, 436, 536, 636, 736, 836]);
	});

	it("when the pod is away and busy meanwhile then it is waited for, and what it kept comes", async () => {
		turns = [stream, response => void response.destroy(), refuse(503, "too_many_streams"), refuse(409, "restarting")];
		const { events, text } = await follow(text => text.length === 700, (event, text) => {
			if (event.event === "output" && text.length === 500) {
				cut();
				log = TEXT.subarray(0, 700);
			}
		});
		assert.deepEqual([events, text.length, asked.length], [[{ event: "lost" }, { event: "resumed", offset: 500 }], 700, 5]);
	});

	it("when the pod has some bytes no longer then it is said how many", async () => {
		const { events, text } = await follow(text => text.length === 500 + 200, (event, text) => {
			if (event.event === "output" && text.length === 500) {
				cut();
				begin = 800;
				log = TEXT.subarray(800, 1_000);
			}
		});
		assert.deepEqual(events, [{ event: "lost" }, { event: "missed", offset: 800, bytes: 300 }, { event: "resumed", offset: 800 }]);
		assert.equal(text.slice(500), TEXT.subarray(800, 1_000).toString());
	});

	for (const [how, length] of [["less than before", 20], ["a little less", 470], ["as much", 500], ["more", 1_500]] as const)
		it(`when the pod has restarted and heard ${how} since then that is seen, and its new log is shown from its begin`, async () => {
			const other = Buffer.alloc(length, "#");
			const { events, text } = await follow(text => text.length >= 500 + length, (event, text) => {
				if (event.event === "output" && text.length === 500) {
					cut();
					log = other;
				}
			});
			assert.deepEqual(events.filter(event => (event as LogEvent).event !== "resumed"), [{ event: "lost" }, { event: "restarted" }]);
			assert.equal(text.slice(500), other.toString());
		});

	it("when the connection dies unseen then the pod, asked after a while, says so", async () => {
		let asks = 0;
		heard = () => {
			asks++;
			// nothing of what it hears from now on comes
			if (asks === 2)
				log = TEXT.subarray(0, 600);
			return log.length;
		};
		const { events, text } = await follow(text => text.length === 600);
		assert.deepEqual([events, text], [[{ event: "lost" }, { event: "resumed", offset: 500 }], TEXT.subarray(0, 600).toString()]);
		assert.ok(asks >= 2);
	});

	for (const [what, turn, code] of [["the token", refuse(401, "unauthorized"), "unauthorized"], ["a place", refuse(503, "too_many_streams"), "too_many_streams"], ["a place in the log", refuse(400, "bad_since"), "bad_since"], ["the resource", refuse(404, "not_found"), "not_found"]] as const)
		it(`when ${what} is not there at first then that is the end`, async () => {
			turns = [turn];
			await assert.rejects(follow(() => false), (error: { code: string }) => error.code === code);
			assert.equal(asked.length, 1);
		});

	it("when the token has changed meanwhile then that is the end", async () => {
		turns = [stream, refuse(401, "wrong_token")];
		await assert.rejects(follow(() => false, event => event.event === "output" && cut()), (error: { code: string }) => error.code === "wrong_token");
	});

	it("when nobody listens then that is the end", async () => {
		server.close();
		await assert.rejects(follow(() => false), (error: { kind: string }) => error.kind === "unreachable");
	});

	it("when it is ended while it reads or while it waits then it ends at once", async () => {
		await assert.rejects(follow(() => false, () => stop.abort()), (error: { kind: string }) => error.kind === "interrupted");
		stop = new AbortController();
		turns = [stream];
		await assert.rejects(follow(() => false, event => event.event === "lost" ? stop.abort() : cut()), (error: { kind: string }) => error.kind === "interrupted");
	});

	it("when an offset is asked for then it begins there, and what is gone before it is said", async () => {
		begin = 100;
		log = TEXT.subarray(100, 500);
		assert.equal((await follow(text => text.length === 200, undefined, 300)).text, TEXT.subarray(300, 500).toString());
		const { events, text } = await follow(text => text.length === 400, undefined, 30);
		assert.deepEqual([events, text.length], [[{ event: "missed", offset: 100, bytes: 70 }], 400]);
	});
});

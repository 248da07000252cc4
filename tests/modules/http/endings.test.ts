import { strict as assert } from "node:assert";
import { Refusal } from "base/refusal";
import { answer, answers, chunked, lab, RecordingSink, request } from "./support.ts";

describe("faults and exceptions", () => {
	it("when the handler throws then a Refusal is rendered, anything else is reported and answered 500", () => {
		const world = lab();
		world.handler = () => {
			throw new Refusal<"oom">("oom", "no room", { requested: 5 });
		};
		assert.deepEqual([answer(world.ask(request("GET / HTTP/1.1"))).status, world.reports.length], [503, 0]);
		world.handler = () => {
			throw new Error("bug");
		};
		assert.deepEqual([answer(world.ask(request("GET / HTTP/1.1"))).status, world.reports], [500, ["http.handler: bug"]]);
		assert.deepEqual(world.log.filter(line => line === "finished true").length, 2);
	});

	it("when the handler throws and the body was small then the connection stays", () => {
		const world = lab();
		world.handler = exchange => {
			if (exchange.path === "/bad")
				throw new Refusal<"bad_name">("bad_name", "no");
			exchange.respond(200, "good");
		};
		assert.deepEqual(answers(world.ask(request("POST /bad HTTP/1.1\r\nContent-Length: 5", "hello") + request("GET / HTTP/1.1"))).map(each => each.body), ["bad_name", "good"]);
	});

	it("when a sink throws then that is the answer, the sink is aborted once and the rest forgotten", () => {
		for (const step of ["space", "advance", "done"] as const) {
			for (const [head, body] of [["Content-Length: 6", "abcdef"], ["Transfer-Encoding: chunked", chunked("abc", "def")]] as const) {
				const world = lab();
				const sink = new RecordingSink(() => {});
				(sink as unknown as Record<string, () => void>)[step] = () => {
					throw new Refusal<"oom">("oom", "no room");
				};
				world.handler = exchange => exchange.method === "GET" ? exchange.respond(200, "fine") : exchange.receive(sink);
				const replies = answers(world.ask(request("POST / HTTP/1.1\r\n" + head, body) + request("GET / HTTP/1.1")));
				assert.equal(replies[0]!.body, "oom");
				assert.deepEqual(sink.log, step === "done" ? [] : ["aborted: oom"], step);
				const kept = head[0] === "C" || step === "done";
				assert.equal(replies.length, kept ? 2 : 1, step + " " + head);
				assert.deepEqual(world.reports, []);
			}
		}
	});

	it("when a sink has a bug then it is reported, and 500 is the answer", () => {
		const world = lab();
		const sink = new RecordingSink(() => {}, 0);
		world.handler = exchange => exchange.receive(sink);
		assert.equal(answer(world.ask(request("POST / HTTP/1.1\r\nContent-Length: 1", "x"))).status, 500);
		assert.deepEqual(world.reports, ["http.handler: a sink without space"]);
	});

	it("when aborted or finished throw then that is reported and nothing else happens", () => {
		const world = lab();
		const sink = new RecordingSink(() => {});
		sink.aborted = () => {
			throw new Error("bug 1");
		};
		world.handler = exchange => {
			exchange.finished = () => {
				throw new Error("bug 2");
			};
			exchange.receive(sink);
		};
		const peer = world.connect();
		peer.send(request("POST / HTTP/1.1\r\nContent-Length: 9"));
		world.time.advance(0);
		peer.end();
		world.time.advance(0);
		assert.deepEqual(world.reports, ["http.sink: bug 1", "http.finished: bug 2"]);
		assert.equal(world.server.connections, 0);
	});

	it("when rendering a fault fails too then there is still a 500", () => {
		const world = lab({ onRefusal: () => {
			throw new Error("bug");
		} });
		assert.equal(answer(world.ask("rubbish\r\n\r\n")).status, 500);
		assert.deepEqual(world.reports, ["http.refusal: bug"]);
		const silent = lab({ onRefusal: () => {} });
		assert.equal(answer(silent.ask("rubbish\r\n\r\n")).status, 500);
	});

	it("when a header would break the answer in two then it is refused", () => {
		const world = lab();
		world.handler = exchange => exchange.respond(200, "", { location: "/a\r\nset-cookie: x" });
		assert.equal(answer(world.ask(request("GET / HTTP/1.1"))).status, 500);
		assert.deepEqual(world.reports, ["http.handler: line break in header location"]);
	});

	it("when the handler answers twice or asks for the body twice then that is an error in the handler", () => {
		const world = lab();
		world.handler = exchange => {
			exchange.respond(200, "first");
			assert.throws(() => exchange.respond(200, "second"), /twice/);
			assert.throws(() => exchange.receive(new RecordingSink(() => {})), /after the answer/);
		};
		assert.equal(answer(world.ask(request("GET / HTTP/1.1"))).body, "first");
		world.handler = exchange => {
			exchange.collect(5, () => exchange.respond(200, "body"));
			assert.throws(() => exchange.collect(5, () => {}), /twice/);
		};
		assert.equal(answer(world.ask(request("GET / HTTP/1.1"))).body, "body");
		assert.deepEqual(world.reports, []);
	});

	it("when the answer comes while the body does then the sink is aborted and the rest forgotten", () => {
		const world = lab();
		const sink = new RecordingSink(() => {}, 2);
		world.handler = exchange => {
			if (exchange.method === "GET")
				return exchange.respond(200, "next");
			exchange.receive(sink);
			sink.advance = () => exchange.responded || exchange.respond(200, "enough");
		};
		assert.deepEqual(answers(world.ask(request("POST / HTTP/1.1\r\nContent-Length: 6", "abcdef") + request("GET / HTTP/1.1"))).map(each => each.body), ["enough", "next"]);
		assert.deepEqual(sink.log, ["aborted: answered"]);
	});
});

describe("a client that goes away", () => {
	for (const how of ["end", "abort"] as const) {
		it("when it does (" + how + ") in the middle of a head then nothing was asked", () => {
			const world = lab();
			const peer = world.connect();
			peer.send("GET / HT");
			world.time.advance(0);
			peer[how]();
			world.time.advance(0);
			assert.deepEqual([world.server.connections, world.log.length, world.reports.length, world.time.pending], [0, 0, 0, 0]);
		});

		it("when it does (" + how + ") in the middle of a body then sink and exchange hear of it once", () => {
			for (const head of ["Content-Length: 9", "Transfer-Encoding: chunked"]) {
				const world = lab();
				const peer = world.connect();
				peer.send(request("POST / HTTP/1.1\r\n" + head, "5\r\nab"));
				world.time.advance(0);
				peer[how]();
				world.time.advance(0);
				assert.deepEqual(world.sinks[0]!.log, ["aborted: client gone"]);
				assert.deepEqual(world.log, ["request POST /", "finished false"]);
				assert.deepEqual([world.server.connections, world.reports.length, world.time.pending], [0, 0, 0]);
			}
		});

		it("when it does (" + how + ") while the handler thinks then its answer is for nobody, and harmless", () => {
			const world = lab();
			world.handler = exchange => void world.time.after(1_000, () => exchange.respond(200, "late"));
			const peer = world.connect();
			peer.send(request("GET / HTTP/1.1"));
			world.time.advance(500);
			peer[how]();
			world.time.advance(0);
			assert.deepEqual(world.log, ["request GET /", "finished false"]);
			assert.equal(world.exchanges[0]!.closed, true);
			world.time.advance(1_000);
			assert.deepEqual([world.reports.length, world.log.length, world.time.pending, peer.text], [0, 2, 0, ""]);
		});

		it("when it does (" + how + ") before the handler wants the body then the sink is aborted soon, not at once", () => {
			const world = lab();
			const sink = new RecordingSink(() => {});
			world.handler = exchange => void world.time.after(1_000, () => {
				exchange.receive(sink);
				assert.deepEqual(sink.log, []);
			});
			const peer = world.connect();
			peer.send(request("POST / HTTP/1.1\r\nContent-Length: 9"));
			world.time.advance(500);
			peer[how]();
			world.time.advance(1_000);
			assert.deepEqual(sink.log, ["aborted: client gone"]);
			assert.deepEqual([world.reports.length, world.time.pending], [0, 0]);
		});

		it("when it does (" + how + ") in the middle of the answer then finished says so", () => {
			const world = lab();
			world.handler = exchange => exchange.respond(200, new Uint8Array(50_000));
			const peer = world.connect();
			peer.window = 0;
			peer.send(request("GET / HTTP/1.1"));
			world.time.advance(0);
			peer[how]();
			world.time.advance(0);
			assert.deepEqual(world.log, ["request GET /", "finished false"]);
			assert.deepEqual([world.server.connections, world.reports.length], [0, 0]);
		});
	}

	it("when the client sends a request and closes then it is handled, can't be answered, and that is no fault", () => {
		const world = lab();
		const peer = world.connect();
		peer.send(request("POST /p HTTP/1.1\r\nContent-Length: 4", "body"));
		peer.end();
		world.time.advance(0);
		assert.deepEqual(world.log, ["request POST /p", "finished false"]);
		assert.deepEqual(world.sinks[0]!.log, ["done"]);
		assert.deepEqual([world.server.connections, world.reports.length, world.time.pending], [0, 0, 0]);
	});

	it("when the client has reset the connection and that is not known yet then the answer ends the connection", () => {
		const world = lab();
		world.handler = exchange => void world.time.after(1_000, () => exchange.respond(200, "late"));
		const peer = world.connect();
		peer.send(request("GET / HTTP/1.1") + "x".repeat(5_000));
		world.time.advance(100);
		peer.drop();
		world.time.advance(900);
		assert.deepEqual(world.log, ["request GET /", "finished false"]);
		assert.deepEqual([world.server.connections, world.reports.length, world.time.pending], [0, 0, 0]);
	});

	it("when bytes that were announced can't be read any more then the client is gone", () => {
		for (const first of [request("POST / HTTP/1.1\r\nContent-Length: 9000"), request("POST / HTTP/1.1\r\nContent-Length: 9"), request("GET / HTTP/1.1") + "x".repeat(5_000)]) {
			const world = lab();
			const sink = new RecordingSink(() => {});
			world.handler = exchange => void world.time.after(1_000, () => first[0] === "P" ? exchange.receive(sink) : exchange.respond(200, ""));
			const peer = world.connect();
			peer.send(first);
			world.time.advance(500);
			peer.send("x".repeat(9));
			world.time.advance(100);
			peer.vanish();
			world.time.advance(1_000);
			assert.deepEqual(sink.log, first[0] === "P" ? ["aborted: client gone"] : []);
			assert.deepEqual([world.server.connections, world.reports.length, world.time.pending], [0, 0, 0]);
		}
	});
});

describe("closing the server", () => {
	it("when it is closed then it stops listening, connections end and exchanges hear of it", () => {
		const world = lab();
		world.handler = () => {};
		const peer = world.connect();
		peer.send(request("GET / HTTP/1.1"));
		world.time.advance(0);
		world.server.close();
		world.server.close();
		world.time.advance(0);
		assert.ok(peer.closed);
		assert.deepEqual(world.log, ["request GET /", "finished false"]);
		assert.throws(() => world.connect(), /refused/);
		assert.equal(world.time.pending, 0);
	});

	it("when a handler, a sink or finished closes it then nothing breaks", () => {
		for (const where of ["request", "space", "advance", "done", "finished", "fault"]) {
			const world = lab({ onRefusal: exchange => {
				world.server.close();
				exchange.respond(500, "");
			} });
			const close = (here: string) => void (here === where && world.server.close());
			world.handler = exchange => {
				close("request");
				if (where === "fault")
					throw new Refusal<"oom">("oom", "");
				const sink = new RecordingSink(() => {
					close("done");
					exchange.respond(200, "answer");
				});
				const { space, advance } = sink;
				sink.space = () => (close("space"), space.call(sink));
				sink.advance = count => (close("advance"), advance.call(sink, count));
				exchange.finished = () => close("finished");
				exchange.receive(sink);
			};
			const peer = world.connect();
			peer.send(request("POST / HTTP/1.1\r\nContent-Length: 5", "hello") + request("GET / HTTP/1.1"));
			world.time.advance(10_000);
			assert.ok(peer.closed, where);
			assert.equal(world.server.connections, 0, where);
			assert.equal(world.time.pending, 0, where);
			assert.equal(world.exchanges.length, 1, where);
			assert.deepEqual(world.reports.filter(report => report !== "http.handler: closed"), [], where);
		}
	});
});

import { strict as assert } from "node:assert";
import Listener from "embedded:io/socket/listener";
import TCP from "embedded:io/socket/tcp";
import type { TCP as Connection, TCPOptions } from "base/io";
import { joined, pass, pattern, until } from "../../host/support.ts";
import { Link, Peer, connected } from "../link/peer.ts";
import Wire from "../link/wire.ts";

const POD = "10.0.0.1";
const HOST = "10.0.0.2";

interface Accepted {
	tcp: Connection;
	counts: number[];
	writable: number[];
	errors: number;
	received: Uint8Array[];
}

/** The pod's end of the next connection: reads everything, unless `options` say otherwise. */
function serve(options: TCPOptions = {}): { listener: InstanceType<typeof Listener>; ends: Accepted[] } {
	const ends: Accepted[] = [];
	const listener = new Listener({
		port: 80,
		onReadable(count) {
			while (count--)
				ends.push(end(this.read(), options));
		}
	});
	return { listener, ends };
}

function end(from: Connection, options: TCPOptions = {}): Accepted {
	const self: Accepted = { counts: [], writable: [], errors: 0, received: [], tcp: undefined as never };
	self.tcp = new TCP({
		from,
		onReadable(count) {
			self.counts.push(count);
			const view = new Uint8Array(count);
			this.read(view);
			self.received.push(view);
		},
		onWritable(count) {
			self.writable.push(count);
		},
		onError() {
			self.errors++;
		},
		...options
	});
	return self;
}

async function pair(link: Link, options: TCPOptions = {}): Promise<[Accepted, Peer]> {
	const { listener, ends } = serve(options);
	const peer = await connected(link, HOST, POD, 80);
	await until(() => ends.length === 1);
	listener.close();
	return [ends[0]!, peer];
}

describe("esp32/sockets/tcp", function () {
	let link: Link;

	beforeEach(function () {
		link = new Link(POD);
	});

	afterEach(function () {
		link.close();
	});

	it("when there is no network then a Listener can't be had", function () {
		link.close();
		assert.throws(() => new Listener({ port: 80, onReadable() {} }), /no network/);
	});

	it("when a connection is made then both ends know each other and may write", async function () {
		let addresses: unknown[] = [];
		let tcp: Connection | undefined;
		const listener = new Listener({
			port: 0,
			onReadable() {
				tcp = this.read();
				addresses = [tcp.localAddress, tcp.remoteAddress, tcp.remotePort];
			}
		});
		assert.ok(listener.port > 0);
		const peer = await connected(link, HOST, POD, listener.port);
		await until(() => tcp !== undefined);
		assert.deepEqual(addresses, [POD, HOST, peer.port]);
		const { writable } = end(tcp!);
		await until(() => writable.length === 1);
		assert.ok(writable[0]! >= 1024);
		listener.close();
	});

	it("when a callback runs then this is the IO object, and target its own property", async function () {
		const owner = { name: "owner" };
		const seen: unknown[] = [];
		const listener = new Listener({
			port: 80,
			target: owner,
			onReadable(this: { target?: unknown; read(): Connection }) {
				seen.push(this === listener, this.target === owner);
				const tcp = new TCP({
					from: this.read(),
					target: owner,
					onReadable(this: { target?: unknown }) {
						seen.push(this === tcp, this.target === owner, Object.hasOwn(this, "target"));
					}
				} as TCPOptions);
			}
		} as ConstructorParameters<typeof Listener>[0]);
		const peer = await connected(link, HOST, POD, 80);
		peer.send(pattern(3));
		await until(() => seen.length === 5);
		assert.deepEqual(seen, [true, true, true, true, true]);
	});

	it("when bytes come and go then they are the same, and the window opens and closes with the reader", async function () {
		const [pod, peer] = await pair(link);
		for (let sent = 0; sent < 400_000; sent += 10_000) {
			peer.send(pattern(10_000, sent));
			await peer.insist();
		}
		await until(() => joined(pod.received).length === 400_000);
		assert.deepEqual(joined(pod.received), pattern(400_000));
		assert.ok(pod.tcp.write(pattern(5_000))! > 0);
		await until(() => joined(peer.received).length === 5_000);
		assert.deepEqual(joined(peer.received), pattern(5_000));
		assert.equal(pod.errors, 0);
	});

	it("when several writes are made in one turn then they arrive as one piece", async function () {
		const [pod, peer] = await pair(link, { nodelay: true });
		for (let at = 0; at < 10; at++)
			pod.tcp.write(pattern(10, at * 10));
		await until(() => joined(peer.received).length === 100);
		assert.equal(peer.received.length, 1);
	});

	it("when more is written than there is room for then write throws and nothing of it is sent", async function () {
		const [pod, peer] = await pair(link);
		peer.obedient = false;
		await until(() => pod.writable.length === 1);
		const room = pod.tcp.write(new Uint8Array(0))!;
		assert.equal(room, pod.writable[0]);
		assert.throws(() => pod.tcp.write(new Uint8Array(room + 1)), /would block/);
		assert.equal(pod.tcp.write(new Uint8Array(room)), 0);
		assert.throws(() => pod.tcp.write(new Uint8Array(1)), /would block/);
	});

	it("when reads are larger than what was announced then they throw, and what is there stays", async function () {
		let announced = 0;
		const [pod, peer] = await pair(link, { onReadable: count => { announced = count; } });
		peer.send(pattern(2_500));
		await until(() => announced === 2_500);
		assert.throws(() => pod.tcp.read(new Uint8Array(2_501)), RangeError);
		const views = [1, 999, 1, 1_200].map(length => new Uint8Array(length));
		for (const view of views)
			assert.equal(pod.tcp.read(view), view.length);
		const rest = (pod.tcp as unknown as { read(): ArrayBuffer }).read();
		assert.deepEqual(joined([...views, new Uint8Array(rest)]), pattern(2_500));
		assert.equal((pod.tcp as unknown as { read(): unknown }).read(), undefined);
	});

	it("when data is left unread then it is announced again only together with new data", async function () {
		const counts: number[] = [];
		const [pod, peer] = await pair(link, { onReadable: count => { counts.push(count); } });
		peer.send(pattern(10));
		await until(() => counts.length === 1);
		pod.tcp.read(new Uint8Array(4));
		await pass(20);
		assert.deepEqual(counts, [10]);
		peer.send(pattern(5));
		await until(() => counts.length === 2);
		assert.deepEqual(counts, [10, 11]);
	});

	it("when data is not read then its sender's window closes, and it opens when it is read", async function () {
		const [pod, peer] = await pair(link, { onReadable() {} });
		const open = peer.theirWindow;
		peer.send(pattern(8_400), 1_400);
		await until(() => peer.settled);
		assert.ok(peer.theirWindow < open);
		pod.tcp.read(new Uint8Array(8_400));
		await until(() => peer.theirWindow === open);
	});

	it("when data came before the connection was read then it is announced at once", async function () {
		let tcp: Connection | undefined;
		const pending: number[] = [];
		const listener = new Listener({ port: 80, onReadable: count => { pending.push(count); } });
		const peer = await connected(link, HOST, POD, 80);
		peer.send(pattern(3_000));
		await until(() => peer.settled);
		tcp = listener.read();
		const pod = end(tcp);
		await until(() => joined(pod.received).length === 3_000);
		assert.deepEqual(joined(pod.received), pattern(3_000));
		assert.throws(() => listener.read(), /nothing is pending/);
		listener.close();
	});

	it("when some of the data is urgent then it comes in its place", async function () {
		const [pod, peer] = await pair(link);
		peer.sendUrgent(pattern(10));
		peer.send(pattern(10, 10));
		await until(() => joined(pod.received).length === 20);
		assert.deepEqual(joined(pod.received), pattern(20));
	});

	it("when the peer closes while there is data to read then onError comes after it was read, and nothing can be written", async function () {
		let announced = 0;
		const [pod, peer] = await pair(link, { onReadable: count => { announced = count; } });
		peer.send(pattern(10));
		peer.finish();
		await until(() => announced === 10);
		await pass(20);
		assert.equal(pod.errors, 0);
		assert.throws(() => pod.tcp.write(new Uint8Array(1)), /not ready/);
		pod.tcp.read(new Uint8Array(10));
		assert.equal(pod.errors, 0, "not inside of read");
		await until(() => pod.errors === 1);
		pod.tcp.close();
		pod.tcp.close();
		assert.throws(() => pod.tcp.read(new Uint8Array(1)), SyntaxError);
		assert.throws(() => pod.tcp.remoteAddress, SyntaxError);
		await until(() => peer.fin);
	});

	it("when the peer resets the connection then onError comes, once", async function () {
		const [pod, peer] = await pair(link);
		peer.reset();
		await until(() => pod.errors === 1);
		await pass(10);
		assert.equal(pod.errors, 1);
		assert.throws(() => pod.tcp.write(new Uint8Array(1)), /not ready/);
		pod.tcp.close();
	});

	it("when a silent peer answers whether it is there then the connection stays", async function () {
		const [pod, peer] = await pair(link);
		Wire.pass(10);
		await pass(10);
		assert.equal(peer.asked, 0);
		// half an hour
		for (let count = 1; count <= 75; count++) {
			Wire.pass(24);
			await until(() => peer.asked >= count);
		}
		assert.equal(pod.errors, 0);
		peer.send(pattern(100));
		await until(() => joined(pod.received).length === 100);
		pod.tcp.close();
	});

	it("when a silent peer is gone then onError comes without anything having been written, and its connection is freed", async function () {
		const [pod, peer] = await pair(link);
		peer.obedient = false;
		Wire.pass(30);
		await pass(10);
		assert.equal(pod.errors, 0);
		Wire.pass(6);
		await until(() => pod.errors === 1);
		assert.throws(() => pod.tcp.write(new Uint8Array(1)), /not ready/);
		await until(() => peer.rst);
		pod.tcp.close();
	});

	it("when the peer resets the connection before it was read then its addresses are known, and onError comes", async function () {
		const listener = new Listener({ port: 80, onReadable() {} });
		const peer = await connected(link, HOST, POD, 80);
		peer.send(pattern(7));
		await until(() => peer.settled);
		peer.reset();
		await pass(30);
		const tcp = listener.read();
		assert.deepEqual([tcp.localAddress, tcp.remoteAddress, tcp.remotePort], [POD, HOST, peer.port]);
		const pod = end(tcp);
		await until(() => pod.errors === 1);
		assert.deepEqual(joined(pod.received), pattern(7));
		pod.tcp.close();
		listener.close();
	});

	it("when the peer closes and then resets with output on its way then the socket can still be asked, written to and closed", async function () {
		for (const close of [false, true]) {
			const [pod, peer] = await pair(link);
			peer.obedient = false;
			pod.tcp.write(pattern(4_000));
			await pass(5);
			peer.finish();
			if (close)
				pod.tcp.close();
			peer.reset();
			await pass(30);
			if (close)
				continue;
			assert.equal(pod.tcp.remotePort, peer.port);
			assert.throws(() => pod.tcp.write(pattern(10)), /not ready/);
			await until(() => pod.errors === 1);
			pod.tcp.close();
		}
	});

	it("when a connection is closed with data unread then it is reset; with all read it is finished", async function () {
		const [unread, first] = await pair(link, { onReadable() {} });
		first.send(pattern(10));
		await until(() => first.settled);
		unread.tcp.close();
		await until(() => first.rst);
		const [read, second] = await pair(link);
		second.send(pattern(10));
		await until(() => joined(read.received).length === 10);
		read.tcp.close();
		await until(() => second.fin);
		assert.equal(second.rst, false);
	});

	it("when a connection is closed right after a write then the peer gets all of it", async function () {
		const [pod, peer] = await pair(link);
		await until(() => pod.writable.length === 1);
		const room = pod.writable[0]!;
		pod.tcp.write(pattern(room));
		pod.tcp.close();
		await until(() => peer.fin);
		assert.deepEqual(joined(peer.received), pattern(room));
	});

	it("when connections are closed inside of any callback, their own or each other's, then no callback follows", async function () {
		const all: Accepted[] = [];
		let calls = 0;
		const listener = new Listener({
			port: 80,
			onReadable(count) {
				const closeAll = (): void => {
					calls++;
					for (const { tcp } of all)
						tcp.close();
				};
				while (count--)
					all.push(end(this.read(), { onReadable: closeAll, onError: closeAll }));
			}
		});
		const peers = await Promise.all([1, 2, 3, 4].map(() => connected(link, HOST, POD, 80)));
		await until(() => all.length === 4);
		for (const peer of peers) {
			peer.send(pattern(10));
			peer.finish();
		}
		await until(() => peers.every(peer => peer.fin || peer.rst));
		await pass(10);
		assert.equal(calls, 1);
		listener.close();
	});

	it("when a connection moves to a new instance then its unread data moves along", async function () {
		let announced = 0;
		const [pod, peer] = await pair(link, { onReadable: count => { announced = count; } });
		peer.send(pattern(2_000));
		await until(() => announced === 2_000);
		pod.tcp.read(new Uint8Array(1_100));
		const next = end(pod.tcp);
		assert.throws(() => pod.tcp.read(new Uint8Array(1)), SyntaxError);
		peer.send(pattern(10, 2_000));
		await until(() => joined(next.received).length === 910);
		assert.deepEqual(joined(next.received), pattern(910, 1_100));
	});

	it("when a listener is closed with connections pending then they are closed", async function () {
		const listener = new Listener({ port: 80, onReadable() {} });
		const peer = await connected(link, HOST, POD, 80);
		listener.close();
		listener.close();
		await until(() => peer.fin || peer.rst);
		assert.throws(() => listener.read(), SyntaxError);
	});

	it("when a port is in use then that is said", function () {
		const listener = new Listener({ port: 80, onReadable() {} });
		assert.throws(() => new Listener({ port: 80, onReadable() {} }), /port in use/);
		assert.throws(() => new Listener({ port: 65_536, onReadable() {} }), RangeError);
		assert.throws(() => new Listener({ port: 81, address: "no", onReadable() {} }), RangeError);
		assert.throws(() => new Listener({ port: 81, onReadable: 5 as never }), /not a function/);
		listener.close();
		new Listener({ port: 80, onReadable() {} }).close();
	});

	it("when senders' segments are tiny and nobody reads then they hold few of the stack's buffers, and who is read goes on", async function () {
		const [first, second, third] = [await pair(link, { onReadable() {} }), await pair(link, { onReadable() {} }), await pair(link)];
		await until(() => [first, second, third].every(([pod]) => pod.writable.length === 1));
		const before = Wire.held;
		// again and again, as who is not acknowledged does: JavaScript has its turn in between
		for (let round = 0; round < 30; round++) {
			for (const [, peer] of [first, second]) {
				peer.sequence = peer.acknowledged;
				peer.send(pattern(20), 1);
			}
			await pass(1);
		}
		// each segment is a chain of two blocks at most here; lwIP keeps one that was refused for each connection
		assert.ok(Wire.held - before <= 2 * (12 + 2) + 2, `${Wire.held - before} blocks`);
		for (let sent = 0; sent < 10_000; sent += 2_000) {
			third[1].send(pattern(2_000, sent));
			await until(() => joined(third[0].received).length === sent + 2_000);
		}
		for (const [pod] of [first, second, third])
			pod.tcp.close();
		await until(() => Wire.held <= before);
	});

	it("when forty connections have news at once then one message tells of all", async function () {
		const ends: Accepted[] = [];
		const listener = new Listener({
			port: 80,
			onReadable(count) {
				while (count--)
					ends.push(end(this.read()));
			}
		});
		const peers: Peer[] = [];
		for (let at = 0; at < 40; at++)
			peers.push(await connected(link, HOST, POD, 80));
		await until(() => ends.length === 40);
		for (let round = 0; round < 3; round++) {
			for (const peer of peers)
				peer.send(pattern(100, round * 100));
		}
		await Promise.all(peers.map(peer => peer.insist()));
		await until(() => ends.every(({ received }) => joined(received).length === 300));
		for (const { received } of ends)
			assert.deepEqual(joined(received), pattern(300));
		assert.ok(Wire.queued <= 2, `${Wire.queued} messages`);
		listener.close();
	});

	it("when segments arrive while the ones before are read then none is lost or doubled", async function () {
		const [pod, peer] = await pair(link);
		let count = 0;
		// an even number of segments: for the last of an odd one lwIP keeps its acknowledgement back
		for (let sent = 0; sent < 80_000; sent += 1_600) {
			peer.send(pattern(1_600, sent), 100);
			await peer.insist();
		}
		await until(() => (count = joined(pod.received).length) === 80_000);
		assert.deepEqual(joined(pod.received), pattern(count));
	});

	it("when garbage is collected while connections are open then they and their callbacks stay; forgotten ones are closed", async function () {
		const received: Uint8Array[] = [];
		const bare: unknown[] = [];
		const listener = new Listener({
			port: 80,
			onReadable(count) {
				while (count--) {
					const tcp = this.read();
					if (bare.length === 0)
						bare.push(tcp);
					else {
						new TCP({
							from: tcp,
							onReadable(count) {
								const view = new Uint8Array(count);
								this.read(view);
								received.push(view);
							}
						});
					}
				}
			}
		});
		const forgotten = await connected(link, HOST, POD, 80);
		await until(() => bare.length === 1);
		const peer = await connected(link, HOST, POD, 80);
		bare[0] = undefined;
		for (let at = 0; at < 50; at++)
			new Uint8Array(100_000);
		peer.send(pattern(100));
		await until(() => joined(received).length === 100 && (forgotten.fin || forgotten.rst));
		listener.close();
	});
});

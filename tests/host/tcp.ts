import { strict as assert } from "node:assert";
import Listener from "embedded:io/socket/listener";
import TCP from "embedded:io/socket/tcp";
import Timer from "timer";
import type { TCPOptions } from "base/io";
import { joined, pass, pattern, until } from "./support.ts";
import { end, pair, readPattern, type End } from "./tcp-support.ts";

type TCP = InstanceType<typeof TCP>;

describe("tcp", function () {
	it("when a connection is made then both ends may write and know each other", async function () {
		const [a, b] = await pair();
		assert.equal(a.writable.length, 1);
		assert.equal(b.writable.length, 1);
		assert.ok(a.writable[0]! >= 1024);
		assert.equal(a.tcp.remoteAddress, "127.0.0.1");
		assert.equal(b.tcp.remoteAddress, "127.0.0.1");
		assert.equal(a.tcp.localAddress, "127.0.0.1");
		assert.equal(b.tcp.localAddress, "127.0.0.1");
		assert.notEqual(a.tcp.remotePort, b.tcp.remotePort);
		a.tcp.close();
		b.tcp.close();
	});

	it("when a listener has every address then a connection knows the one that was dialled", async function () {
		const accepted: (string | undefined)[] = [];
		const listener = new Listener({ port: 0, address: "0.0.0.0", onReadable(count) {
			while (count--) {
				const tcp = this.read();
				accepted.push(tcp.localAddress);
				tcp.close();
				assert.throws(() => tcp.localAddress, SyntaxError);
			}
		} });
		const first = end({ address: "127.0.0.1", port: listener.port });
		await until(() => accepted.length === 1);
		const second = end({ address: "127.9.8.7", port: listener.port });
		await until(() => accepted.length === 2);
		assert.deepEqual(accepted, ["127.0.0.1", "127.9.8.7"]);
		for (const { tcp } of [first, second])
			tcp.close();
		listener.close();
	});

	it("when bytes are written then they arrive, and the writer is told that they left", async function () {
		const [a, b] = await pair();
		const room = a.tcp.write(pattern(1000));
		assert.equal(room, a.writable[0]! - 1000);
		await until(() => joined(b.received).length === 1000 && a.writable.length === 2);
		assert.deepEqual(joined(b.received), pattern(1000));
		a.tcp.close();
		b.tcp.close();
	});

	it("when several writes are made in one turn then they arrive as one piece", async function () {
		const [a, b] = await pair();
		for (let i = 0; i < 10; i++)
			a.tcp.write(pattern(10, i * 10));
		await until(() => joined(b.received).length === 100);
		assert.equal(b.counts.length, 1);
		assert.deepEqual(joined(b.received), pattern(100));
		a.tcp.close();
		b.tcp.close();
	});

	it("when more is written than there is room for then write throws and nothing of it is sent", async function () {
		const [a, b] = await pair();
		const room = a.writable[0]!;
		a.tcp.write(pattern(10));
		assert.throws(() => a.tcp.write(new Uint8Array(room - 9)), /would block/);
		assert.equal(a.tcp.write(new Uint8Array(room - 10)), 0);
		assert.throws(() => a.tcp.write(new Uint8Array(1)), /would block/);
		assert.equal(a.tcp.write(new Uint8Array(0)), 0);
		await until(() => joined(b.received).length === room);
		a.tcp.close();
		b.tcp.close();
	});

	it("when the reader stops reading then the writer is stopped too, and nothing is lost when it goes on", async function () {
		let reading = false;
		let announced = 0;
		let received = 0;
		const take = (tcp: TCP): void => {
			const count = announced;
			announced = 0;
			readPattern(tcp, count, received);
			received += count;
		};
		let sent = 0;
		let most = 40_000_000;
		const [a, b] = await pair({
			onWritable(count) {
				const length = Math.min(count, most - sent, 65_511);
				if (length > 0) {
					this.write(pattern(length, sent));
					sent += length;
				}
			}
		}, {
			onReadable(count) {
				announced = count;
				if (reading)
					take(this as TCP);
			}
		});
		let before = -1;
		while (before !== sent) {
			before = sent;
			await pass(20);
		}
		assert.ok(sent < most, `${sent} bytes went without a reader`);
		most = sent + 1_000_000;
		reading = true;
		take(b.tcp);
		await until(() => received === most);
		a.tcp.close();
		await until(() => b.errors === 1);
		assert.equal(received, sent);
		b.tcp.close();
	});

	it("when a view is larger than what is available then read throws, and what is there stays", async function () {
		let announced = 0;
		const [a, b] = await pair({}, { onReadable: count => { announced = count; } });
		assert.throws(() => b.tcp.read(new Uint8Array(1)), RangeError);
		assert.equal(b.tcp.read(new Uint8Array(0)), 0);
		a.tcp.write(pattern(100));
		await until(() => announced === 100);
		assert.throws(() => b.tcp.read(new Uint8Array(101)), RangeError);
		const view = new Uint8Array(60);
		assert.equal(b.tcp.read(view), 60);
		assert.throws(() => b.tcp.read(new Uint8Array(41)), RangeError);
		const rest = new Uint8Array(new SharedArrayBuffer(100));
		assert.equal(b.tcp.read(rest.subarray(10, 50)), 40);
		assert.deepEqual(joined([view, rest.slice(10, 50)]), pattern(100));
		a.tcp.close();
		b.tcp.close();
	});

	it("when data is left unread then it is announced again only together with new data", async function () {
		const counts: number[] = [];
		const [a, b] = await pair({}, { onReadable: count => { counts.push(count); } });
		a.tcp.write(pattern(10));
		await until(() => counts.length === 1);
		await pass(10);
		assert.deepEqual(counts, [10]);
		a.tcp.write(pattern(5, 10));
		await until(() => counts.length === 2);
		assert.deepEqual(counts, [10, 15]);
		const view = new Uint8Array(15);
		b.tcp.read(view);
		assert.deepEqual(view, pattern(15));
		a.tcp.close();
		b.tcp.close();
	});

	it("when the peer closes while there is data to read then onError comes after it was read", async function () {
		let announced = 0;
		const [a, b] = await pair({}, { onReadable: count => { announced = count; } });
		a.tcp.write(pattern(10));
		a.tcp.close();
		await until(() => announced === 10);
		await pass(10);
		assert.equal(b.errors, 0);
		const view = new Uint8Array(5);
		b.tcp.read(view);
		await pass(10);
		assert.equal(b.errors, 0);
		b.tcp.read(view);
		assert.equal(b.errors, 0, "not inside of read");
		await until(() => b.errors === 1);
		await pass(5);
		assert.equal(b.errors, 1);
		assert.throws(() => b.tcp.write(new Uint8Array(1)), /not ready/);
		b.tcp.close();
		b.tcp.close();
		assert.throws(() => b.tcp.read(view), SyntaxError);
		assert.throws(() => b.tcp.write(view), SyntaxError);
		assert.throws(() => b.tcp.remoteAddress, SyntaxError);
	});

	it("when a connection is closed right after a large write then the peer still gets all of it", async function () {
		const [a, b] = await pair();
		a.tcp.write(pattern(a.writable[0]!));
		a.tcp.close();
		await until(() => b.errors === 1);
		assert.deepEqual(joined(b.received), pattern(a.writable[0]!));
		b.tcp.close();
	});

	it("when a connection is closed while its peer doesn't read then what was written waits for it", async function () {
		let announced = 0;
		let sent = 0;
		const [a, b] = await pair({}, { onReadable: count => { announced = count; } });
		for (let quiet = 0; quiet < 3;) {
			const writes = a.writable.length;
			const room = a.writable[writes - 1]!;
			a.tcp.write(pattern(room, sent));
			sent += room;
			await pass(5);
			while (a.writable.length === writes && quiet < 3) {
				quiet++;
				await pass(5);
			}
		}
		a.tcp.close();
		let received = 0;
		while (!b.errors) {
			const count = announced;
			announced = 0;
			readPattern(b.tcp, count, received);
			received += count;
			await until(() => announced > 0 || b.errors > 0);
		}
		assert.equal(received, sent);
		b.tcp.close();
	});

	it("when an end is closed in its own callback then no callback follows", async function () {
		let calls = 0;
		const [a, b] = await pair({}, {
			onReadable() {
				calls++;
				this.close();
				this.close();
			},
			onError() {
				calls++;
			}
		});
		a.tcp.write(pattern(10));
		a.tcp.write(pattern(10));
		await until(() => a.errors === 1);
		await pass(5);
		assert.equal(calls, 1);
		a.tcp.close();
		void b;
	});

	it("when onWritable writes again and closes then that is sent, too", async function () {
		let left = 3;
		const [, b] = await pair({
			onWritable() {
				this.write(pattern(5));
				if (!--left)
					this.close();
			}
		});
		await until(() => b.errors === 1);
		assert.equal(joined(b.received).length, 15);
		b.tcp.close();
	});

	it("when nobody listens then onError comes, once, and never inside the constructor", async function () {
		const listener = new Listener({ port: 0, onReadable() {} });
		const port = listener.port;
		listener.close();
		const a = end({ address: "127.0.0.1", port });
		assert.equal(a.errors, 0);
		assert.throws(() => a.tcp.write(new Uint8Array(1)), /not ready/);
		await until(() => a.errors === 1);
		await pass(5);
		assert.equal(a.errors, 1);
		assert.equal(a.writable.length, 0);
		a.tcp.close();
	});

	it("when the peer resets the connection then onError comes", async function () {
		const [a, b] = await pair({}, { onReadable() {} });
		a.tcp.write(pattern(100));
		await pass(5);
		// closing with unread data is a reset
		b.tcp.close();
		await until(() => a.errors === 1);
		a.tcp.close();
	});

	it("when a connection moves to a new instance then its unread data and its unsent data move along", async function () {
		const counts: number[] = [];
		const [a, b] = await pair({}, { onReadable: count => { counts.push(count); } });
		a.tcp.write(pattern(50));
		await until(() => counts.length === 1);
		b.tcp.read(new Uint8Array(20));
		b.tcp.write(pattern(33));
		const c = end({ from: b.tcp });
		assert.throws(() => b.tcp.read(new Uint8Array(1)), SyntaxError);
		b.tcp.close();
		await until(() => c.received.length === 1 && joined(a.received).length === 33);
		assert.deepEqual(joined(c.received), pattern(30, 20));
		assert.deepEqual(joined(a.received), pattern(33));
		assert.ok(c.writable.length >= 1);
		assert.throws(() => new TCP({ from: b.tcp }), /closed/);
		a.tcp.close();
		await until(() => c.errors === 1);
		c.tcp.close();
	});

	it("when a connection moves in its own callback then the old instance is done", async function () {
		let next: End | undefined;
		const [a] = await pair({}, {
			onReadable() {
				next = end({ from: this });
			}
		});
		a.tcp.write(pattern(7));
		await until(() => next !== undefined && next.received.length === 1);
		a.tcp.close();
		await until(() => next!.errors === 1);
		next!.tcp.close();
	});

	it("when bytes are read without a view then they come as an ArrayBuffer", async function () {
		const got: (ArrayBuffer | undefined)[] = [];
		const [a, b] = await pair({}, {
			onReadable(this: TCP) {
				const self = this as unknown as { read(count?: number): ArrayBuffer | undefined };
				got.push(self.read(3), self.read(), self.read());
			}
		} as TCPOptions);
		a.tcp.write(pattern(10));
		await until(() => got.length === 3);
		assert.deepEqual([...new Uint8Array(got[0]!)], [0, 1, 2]);
		assert.equal(got[1]!.byteLength, 7);
		assert.equal(got[2], undefined);
		a.tcp.close();
		b.tcp.close();
	});

	it("when garbage is collected while connections are open then they and their callbacks stay", async function () {
		const received: Uint8Array[] = [];
		await (async () => {
			const [a, b] = await pair({}, {
				onReadable(count) {
					const view = new Uint8Array(count);
					this.read(view);
					received.push(view);
				},
				onError() {
					this.close();
				}
			});
			void b;
			Timer.set(() => {
				a.tcp.write(pattern(100));
				a.tcp.close();
			}, 5);
		})();
		for (let i = 0; i < 50; i++)
			new Uint8Array(100_000);
		await until(() => joined(received).length === 100);
	});
});

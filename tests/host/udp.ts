import { strict as assert } from "node:assert";
import UDP from "embedded:io/socket/udp";
import type { Packet } from "base/io";
import { pass, pattern, until } from "./support.ts";

/** A socket that keeps what it receives. */
function collector(): { udp: UDP; packets: Packet[] } {
	const packets: Packet[] = [];
	const udp = new UDP({
		onReadable() {
			packets.push(this.read()!);
		}
	});
	return { udp, packets };
}

type UDP = InstanceType<typeof UDP>;

describe("udp", function () {
	it("when datagrams of any size are sent then they arrive whole, with their sender", async function () {
		const a = collector();
		const b = collector();
		for (const size of [0, 1, 2, 511, 512, 1468, 1472, 1473, 9000, 65506, 65507]) {
			a.udp.write(pattern(size), "127.0.0.1", b.udp.port!);
			await until(() => b.packets.length === 1);
			const packet = b.packets.pop()!;
			assert.deepEqual(new Uint8Array(packet), pattern(size));
			assert.equal(packet.address, "127.0.0.1");
			assert.equal(packet.port, a.udp.port);
		}
		a.udp.close();
		b.udp.close();
	});

	it("when a datagram is larger than can be then write throws and the socket still works", async function () {
		const a = collector();
		assert.throws(() => a.udp.write(pattern(65508), "127.0.0.1", a.udp.port!), /send/);
		a.udp.write(pattern(3), "127.0.0.1", a.udp.port!);
		await until(() => a.packets.length === 1);
		a.udp.close();
	});

	it("when a view of a buffer or an ArrayBuffer is written then exactly its bytes leave", async function () {
		const a = collector();
		a.udp.write(pattern(100).subarray(10, 20), "127.0.0.1", a.udp.port!);
		a.udp.write(pattern(7).slice().buffer as ArrayBuffer, "127.0.0.1", a.udp.port!);
		const shared = new Uint8Array(new SharedArrayBuffer(4));
		shared.set([1, 2, 3, 4]);
		a.udp.write(shared.subarray(1), "127.0.0.1", a.udp.port!);
		await until(() => a.packets.length === 3);
		assert.deepEqual([...new Uint8Array(a.packets[0]!)], [10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
		assert.equal(a.packets[1]!.byteLength, 7);
		assert.deepEqual([...new Uint8Array(a.packets[2]!)], [2, 3, 4]);
		a.udp.close();
	});

	it("when datagrams aren't read at once then they are kept in order and counted", async function () {
		let count = 0;
		let calls = 0;
		const udp = new UDP({
			onReadable(n) {
				count = n;
				calls++;
			}
		});
		const sender = collector();
		for (let i = 0; i < 300; i++)
			sender.udp.write(new Uint8Array([i & 255]), "127.0.0.1", udp.port!);
		await until(() => count === 64);
		await pass(5);
		assert.equal(count, 64);
		assert.equal(calls, 64);
		for (let i = 0; i < 64; i++)
			assert.equal(new Uint8Array(udp.read()!)[0], i);
		assert.equal(udp.read(), undefined);
		await until(() => calls > 64);
		assert.equal(new Uint8Array(udp.read()!)[0], 64);
		udp.close();
		sender.udp.close();
	});

	it("when several datagrams wait and a callback reads them all then none is announced twice", async function () {
		const seen: number[] = [];
		let calls = 0;
		const udp = new UDP({
			onReadable() {
				calls++;
				for (let packet = this.read(); packet; packet = this.read())
					seen.push(new Uint8Array(packet)[0]!);
			}
		});
		for (let i = 0; i < 50; i++)
			udp.write(new Uint8Array([i]), "127.0.0.1", udp.port!);
		await until(() => seen.length === 50);
		assert.deepEqual(seen, seen.map((_, i) => i));
		assert.ok(calls <= 50);
		udp.close();
	});

	it("when senders alternate then each packet has its own sender's address and port", async function () {
		const receiver = collector();
		const senders = [new UDP({ address: "127.0.0.2", onReadable() {} }), new UDP({ address: "127.0.0.3", onReadable() {} })];
		for (let i = 0; i < 6; i++) {
			senders[i % 2]!.write(new Uint8Array(1), "127.0.0.1", receiver.udp.port!);
			await until(() => receiver.packets.length === i + 1);
		}
		for (let i = 0; i < 6; i++) {
			assert.equal(receiver.packets[i]!.address, `127.0.0.${2 + i % 2}`);
			assert.equal(receiver.packets[i]!.port, senders[i % 2]!.port);
		}
		for (const udp of [receiver.udp, ...senders])
			udp.close();
	});

	it("when a socket is closed in its callback then nothing more is announced and it can be closed again", async function () {
		let calls = 0;
		const udp = new UDP({
			onReadable() {
				calls++;
				this.close();
				this.close();
			}
		});
		const port = udp.port!;
		const sender = collector();
		for (let i = 0; i < 20; i++)
			sender.udp.write(new Uint8Array(1), "127.0.0.1", port);
		await until(() => calls === 1);
		await pass(5);
		assert.equal(calls, 1);
		assert.throws(() => udp.read(), SyntaxError);
		assert.throws(() => udp.write(new Uint8Array(1), "127.0.0.1", 1), SyntaxError);
		assert.throws(() => udp.port, SyntaxError);
		assert.throws(() => udp.localAddress, SyntaxError);
		sender.udp.close();
	});

	it("when a callback closes another socket that has data too then that one is not called", async function () {
		let other = 0;
		const sockets = [0, 1].map(index => new UDP({
			onReadable() {
				other++;
				sockets[1 - index]!.close();
			}
		}));
		const ports = sockets.map(udp => udp.port!);
		const sender = collector();
		for (const port of ports)
			sender.udp.write(new Uint8Array(1), "127.0.0.1", port);
		await until(() => other > 0);
		await pass(5);
		assert.equal(other, 1);
		for (const udp of [...sockets, sender.udp])
			udp.close();
	});

	it("when a port is taken, or an address or a port is none, then the constructor throws and leaves nothing open", function () {
		const a = collector();
		for (let i = 0; i < 1000; i++)
			assert.throws(() => new UDP({ port: a.udp.port!, onReadable() {} }), /bind/);
		assert.throws(() => new UDP({ address: "nowhere", onReadable() {} }), /invalid address/);
		assert.throws(() => new UDP({ port: 65536, onReadable() {} }), RangeError);
		assert.throws(() => new UDP({ onReadable: 1 as never }), TypeError);
		assert.throws(() => a.udp.write(new Uint8Array(1), "1.2.3", 1), /invalid address/);
		assert.throws(() => a.udp.write(new Uint8Array(1), "127.0.0.1", -1), RangeError);
		assert.throws(() => a.udp.write("text" as never, "127.0.0.1", 1), TypeError);
		a.udp.close();
	});

	it("when a datagram comes then it says by which interface's address", async function () {
		const everywhere = new UDP({ address: "0.0.0.0", onReadable() { this.read(); seen.push(this.localAddress); } });
		const seen: string[] = [];
		const sender = collector();
		for (const address of ["127.0.0.1", "127.0.0.7", "127.0.0.7", "127.0.0.1"]) {
			const before = seen.length;
			sender.udp.write(new Uint8Array(1), address, everywhere.port!);
			await until(() => seen.length > before);
			assert.equal(seen[before], address);
		}
		everywhere.close();
		sender.udp.close();
	});

	it("when datagrams wait then each keeps its sender and interface", async function () {
		let count = 0;
		const everywhere = new UDP({ address: "0.0.0.0", onReadable(n) { count = n; } });
		const senders = ["127.0.0.2", "127.0.0.3"].map(address => new UDP({ address, onReadable() {} }));
		for (let at = 0; at < 4; at++)
			senders[at % 2]!.write(new Uint8Array(1), `127.0.0.${4 + at}`, everywhere.port!);
		await until(() => count === 4);
		for (let at = 0; at < 4; at++) {
			const { address, port } = everywhere.read()!;
			assert.deepEqual([address, port, everywhere.localAddress], [`127.0.0.${2 + at % 2}`, senders[at % 2]!.port, `127.0.0.${4 + at}`]);
		}
		for (const udp of [everywhere, ...senders])
			udp.close();
	});

	it("when broadcasts were asked for then they are sent and heard, and what is sent to the address too, but not its own", async function () {
		const heard: string[] = [];
		const server = new UDP({
			address: "127.0.0.1",
			broadcast: true,
			onReadable() {
				const { address, port, byteLength } = this.read()!;
				heard.push(`${byteLength} from ${address}:${port} by ${this.localAddress}`);
			}
		});
		const client = new UDP({ address: "127.0.0.1", broadcast: true, onReadable() { heard.push(`${this.read()!.byteLength} answered`); } });
		client.write(new Uint8Array(1), "255.255.255.255", server.port!);
		client.write(new Uint8Array(2), "127.255.255.255", server.port!);
		client.write(new Uint8Array(3), "127.0.0.1", server.port!);
		await until(() => heard.length === 3);
		assert.deepEqual(heard, [1, 2, 3].map(size => `${size} from 127.0.0.1:${client.port} by 127.0.0.1`));
		server.write(new Uint8Array(4), "255.255.255.255", server.port!);
		server.write(new Uint8Array(5), "255.255.255.255", client.port!);
		await until(() => heard.length === 4);
		await pass(5);
		assert.deepEqual(heard.slice(3), ["5 answered"]);
		server.close();
		client.close();
	});

	it("when broadcasts weren't asked for then sending one throws; without an interface they can't be asked for", function () {
		const { udp } = collector();
		assert.throws(() => udp.write(new Uint8Array(1), "255.255.255.255", 67), /send/);
		udp.close();
		assert.throws(() => new UDP({ broadcast: true, onReadable() {} }), RangeError);
		assert.throws(() => new UDP({ address: "0.0.0.0", broadcast: true, onReadable() {} }), RangeError);
		assert.throws(() => new UDP({ address: "192.0.2.1", broadcast: true, onReadable() {} }), /bind to 192\.0\.2\.1/);
	});

	it("when a target is given then it is a property of the callback's this, which is the socket", async function () {
		const target = {};
		let self: unknown;
		let owner: unknown;
		const udp = new UDP({ target, onReadable() { self = this; owner = this.target; } });
		udp.write(new Uint8Array(1), "127.0.0.1", udp.port!);
		await until(() => self !== undefined);
		assert.equal(self, udp);
		assert.equal(owner, target);
		udp.close();
	});
});

import { strict as assert } from "node:assert";
import UDP from "embedded:io/socket/udp";
import type { Packet } from "base/io";
import { pass, pattern, until } from "../../host/support.ts";
import { Link } from "../link/peer.ts";
import Wire from "../link/wire.ts";

const POD = "10.0.0.1";
const HOST = "10.0.0.2";

type Multicast = InstanceType<typeof UDP> & { add(group: string): void; remove(group: string): void };

describe("esp32/sockets/udp", function () {
	let link: Link;

	beforeEach(function () {
		link = new Link(POD);
	});

	afterEach(function () {
		link.close();
	});

	/** A socket that keeps what it reads. */
	function open(options: { port?: number; address?: string } = {}): { udp: InstanceType<typeof UDP>; packets: Packet[] } {
		const packets: Packet[] = [];
		const udp = new UDP({
			...options,
			onReadable(count) {
				while (count--)
					packets.push(this.read()!);
			}
		});
		return { udp, packets };
	}

	it("when there is no network then a socket can't be had", function () {
		link.close();
		assert.throws(() => new UDP({ onReadable() {} }), /no network/);
	});

	it("when datagrams come then they are whole, in order, and say who sent them", async function () {
		const { udp, packets } = open({ port: 69 });
		assert.equal(udp.port, 69);
		for (const length of [0, 1, 512, 1_472])
			link.udp(HOST, 2_000 + length, POD, 69, pattern(length));
		await until(() => packets.length === 4);
		assert.deepEqual(packets.map(({ address, port, byteLength }) => [address, port, byteLength]), [0, 1, 512, 1_472].map(length => [HOST, 2_000 + length, length]));
		assert.deepEqual(new Uint8Array(packets[3]!), pattern(1_472));
		assert.equal(udp.read(), undefined);
		udp.close();
	});

	it("when a datagram is sent then it arrives; what can't be sent is an error", async function () {
		const { udp } = open({ port: 69 });
		udp.write(pattern(1_468), HOST, 1_234);
		udp.write(pattern(5).slice().buffer as ArrayBuffer, HOST, 1_234);
		await until(() => link.datagrams.length === 2);
		const [first, second] = link.datagrams;
		assert.deepEqual([first!.from, first!.port, first!.to, first!.toPort], [POD, 69, HOST, 1_234]);
		assert.deepEqual(first!.bytes, pattern(1_468));
		assert.equal(second!.bytes.length, 5);
		assert.throws(() => udp.write(pattern(1), "nowhere", 1), RangeError);
		assert.throws(() => udp.write(pattern(1), HOST, 0), RangeError);
		assert.throws(() => udp.write(pattern(1), HOST, 65_536), RangeError);
		assert.throws(() => udp.write(new Uint8Array(65_536), HOST, 1), /too long/);
		assert.throws(() => udp.write(new Uint8Array(65_535), HOST, 1), /can't send/);
		udp.close();
	});

	it("when a socket is closed inside of its callback then no callback follows, and nothing works any more", async function () {
		let calls = 0;
		const udp = new UDP({
			port: 69,
			onReadable() {
				calls++;
				this.close();
				this.close();
			}
		});
		link.udp(HOST, 1, POD, 69, pattern(10));
		link.udp(HOST, 1, POD, 69, pattern(10));
		await until(() => calls === 1);
		await pass(10);
		assert.equal(calls, 1);
		assert.throws(() => udp.read(), SyntaxError);
		assert.throws(() => udp.write(pattern(1), HOST, 1), SyntaxError);
		assert.throws(() => udp.localAddress, SyntaxError);
		new UDP({ port: 69, onReadable() {} }).close();
	});

	it("when a port is in use then that is said, and any free one is found", function () {
		const { udp } = open({ port: 69 });
		assert.throws(() => open({ port: 69 }), /port in use/);
		assert.throws(() => open({ port: -1 }), RangeError);
		const other = open();
		assert.ok(other.udp.port! > 0 && other.udp.port !== 69);
		udp.close();
		other.udp.close();
	});

	it("when datagrams come faster than they are read then eight wait, the rest costs no memory, and others have room", async function () {
		let told = 0;
		const udp = new UDP({ port: 69, onReadable: count => { told = count; } });
		const before = Wire.held;
		for (let at = 0; at < 100; at++)
			link.udp(HOST, 1, POD, 69, pattern(100, at));
		await until(() => told === 8);
		await pass(20);
		assert.ok(Wire.held - before <= 2 * 8, `${Wire.held - before} blocks`);
		const { udp: other, packets } = open({ port: 70 });
		link.udp(HOST, 1, POD, 70, pattern(100));
		await until(() => packets.length === 1);
		other.close();
		for (let at = 0; at < 8; at++)
			assert.deepEqual(new Uint8Array(udp.read()!), pattern(100, at));
		assert.equal(udp.read(), undefined);
		assert.ok(Wire.held <= before);
		udp.close();
	});

	it("when a multicast group is joined then its datagrams come, and it is left with the socket", async function () {
		const { udp, packets } = open({ port: 5_353 });
		link.udp(HOST, 5_353, "224.0.0.251", 5_353, pattern(9));
		await pass(20);
		assert.equal(packets.length, 0);
		(udp as Multicast).add("224.0.0.251");
		link.udp(HOST, 5_353, "224.0.0.251", 5_353, pattern(10));
		await until(() => packets.length === 1);
		await until(() => link.others.includes(2));
		assert.throws(() => (udp as Multicast).add(HOST), RangeError);
		udp.write(pattern(3), "224.0.0.251", 5_353);
		await until(() => link.datagrams.length === 1);
		udp.close();
		const again = open({ port: 5_353 });
		link.udp(HOST, 5_353, "224.0.0.251", 5_353, pattern(11));
		await pass(20);
		assert.equal(again.packets.length, 0);
		again.udp.close();
	});
});

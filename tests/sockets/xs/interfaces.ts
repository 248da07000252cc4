/** The lab and the camera's wire: what comes in by one of them must never pass for the other. */
import { strict as assert } from "node:assert";
import Listener from "embedded:io/socket/listener";
import TCP from "embedded:io/socket/tcp";
import UDP from "embedded:io/socket/udp";
import type { Packet, TCP as Connection } from "base/io";
import { joined, pass, pattern, until } from "../../host/support.ts";
import { Link, Peer, connected } from "../link/peer.ts";

const LAB = "10.0.0.1";
const HOST = "10.0.0.2";
const WIRE = "192.168.1.1";
const CAMERA = "192.168.1.10";

describe("sockets: two interfaces", function () {
	let lab: Link;
	let wire: Link;

	beforeEach(function () {
		lab = new Link(LAB);
		wire = new Link(WIRE);
	});

	afterEach(function () {
		lab.close();
		wire.close();
	});

	function listen(address?: string): { listener: InstanceType<typeof Listener>; accepted: Connection[] } {
		const accepted: Connection[] = [];
		const listener = new Listener({
			port: 80,
			address,
			onReadable(count) {
				while (count--)
					accepted.push(this.read());
			}
		});
		return { listener, accepted };
	}

	it("when a connection comes in then its local address is that of the interface, whatever address was dialled", async function () {
		const { listener, accepted } = listen();
		const locals = async (link: Link, from: string, to: string): Promise<unknown> => {
			const before = accepted.length;
			await connected(link, from, to, 80);
			await until(() => accepted.length > before);
			return accepted[before]!.localAddress;
		};
		assert.equal(await locals(lab, HOST, LAB), LAB);
		assert.equal(await locals(wire, CAMERA, WIRE), WIRE);
		// the camera dials the pod's address in the lab, also from addresses of its own choice
		assert.equal(await locals(wire, CAMERA, LAB), WIRE);
		assert.equal(await locals(lab, HOST, WIRE), LAB);
		listener.close();
	});

	it("when the camera takes an address of the lab then it gets no connection, however it answers", async function () {
		const { listener, accepted } = listen();
		const spoof = new Peer(wire, "10.0.0.77", LAB, 80);
		await pass(30);
		assert.equal(spoof.connected, false, "the answer went to the lab");
		spoof.emit(16);
		await pass(30);
		assert.equal(accepted.length, 0);
		listener.close();
	});

	it("when a segment of a connection comes in by the other interface then it is not the connection's", async function () {
		const { listener, accepted } = listen();
		const peer = await connected(lab, HOST, LAB, 80);
		await until(() => accepted.length === 1);
		const received: Uint8Array[] = [];
		let errors = 0;
		new TCP({
			from: accepted[0]!,
			onReadable(count) {
				const view = new Uint8Array(count);
				this.read(view);
				received.push(view);
			},
			onError: () => { errors++; }
		});
		peer.emit(16, pattern(5, 100), 0, wire);
		peer.emit(4, undefined, 0, wire);
		await pass(30);
		assert.equal(joined(received).length + errors, 0);
		peer.send(pattern(7));
		await until(() => joined(received).length === 7);
		assert.deepEqual(joined(received), pattern(7));
		assert.equal(errors, 0);
		listener.close();
	});

	it("when a listener has an address then connections by other interfaces are reset", async function () {
		const { listener, accepted } = listen(WIRE);
		const peer = new Peer(lab, HOST, WIRE, 80);
		await until(() => peer.rst);
		await connected(wire, CAMERA, WIRE, 80);
		await until(() => accepted.length === 1);
		listener.close();
	});

	it("when a socket has an address then it hears that interface only", async function () {
		const heard: string[] = [];
		const udp = new UDP({
			port: 69,
			address: WIRE,
			onReadable(count) {
				while (count--)
					heard.push(String.fromArrayBuffer(this.read()!));
			}
		});
		const say = (link: Link, from: string, to: string, text: string): void => link.udp(from, 1_000, to, 69, new Uint8Array(ArrayBuffer.fromString(text)));
		say(lab, HOST, WIRE, "lab to wire");
		say(lab, CAMERA, WIRE, "camera's address in the lab");
		say(lab, HOST, "255.255.255.255", "lab to all");
		say(wire, CAMERA, LAB, "camera to lab");
		say(wire, CAMERA, "255.255.255.255", "camera to all");
		say(wire, CAMERA, "192.168.1.255", "camera to its net");
		say(wire, "169.254.7.7", WIRE, "camera with another address");
		say(wire, CAMERA, WIRE, "camera to wire");
		await until(() => heard.includes("camera to wire"));
		assert.deepEqual(heard, ["camera to all", "camera to its net", "camera with another address", "camera to wire"]);
		udp.close();
	});

	it("when a socket has an address then it speaks by that interface only, and not while no interface has it", async function () {
		const udp = new UDP({ port: 69, address: WIRE, onReadable() {} });
		udp.write(pattern(3), CAMERA, 1_000);
		udp.write(pattern(3), HOST, 1_000);
		udp.write(pattern(3), "8.8.8.8", 1_000);
		await until(() => wire.datagrams.length === 3);
		assert.ok(wire.datagrams.every(({ from }) => from === WIRE));
		wire.wire.readdress("0.0.0.0", "0.0.0.0");
		assert.throws(() => udp.write(pattern(3), CAMERA, 1_000), /can't send/);
		wire.wire.readdress(WIRE, "255.255.255.0");
		udp.write(pattern(3), CAMERA, 1_000);
		await until(() => wire.datagrams.length === 4);
		assert.equal(lab.datagrams.length, 0);
		udp.close();
	});

	/** Says of each datagram from whom, and by which interface. */
	function hear(options: { port: number; address?: string; broadcast?: boolean }): { udp: InstanceType<typeof UDP>; heard: string[] } {
		const heard: string[] = [];
		const udp = new UDP({
			...options,
			onReadable(count) {
				while (count--) {
					const { address, port } = this.read()!;
					heard.push(`${address}:${port} by ${this.localAddress}`);
				}
			}
		});
		return { udp, heard };
	}

	it("when a socket has no address then it hears every interface, and each datagram says which, whatever address it was sent to", async function () {
		const { udp, heard } = hear({ port: 69 });
		lab.udp(HOST, 1, LAB, 69, pattern(1));
		wire.udp(CAMERA, 2, WIRE, 69, pattern(1));
		wire.udp(CAMERA, 3, LAB, 69, pattern(1));
		wire.udp("10.0.0.77", 4, LAB, 69, pattern(1));
		lab.udp(HOST, 5, WIRE, 69, pattern(1));
		lab.udp(HOST, 6, "10.0.0.255", 69, pattern(1));
		await until(() => heard.length === 6);
		assert.deepEqual(heard, [`${HOST}:1 by ${LAB}`, `${CAMERA}:2 by ${WIRE}`, `${CAMERA}:3 by ${WIRE}`, `10.0.0.77:4 by ${WIRE}`, `${HOST}:5 by ${LAB}`, `${HOST}:6 by ${LAB}`]);
		udp.close();
	});

	it("when senders, interfaces and an interface's address change then each datagram keeps what was told with it", async function () {
		const packets: Packet[] = [];
		const by: string[] = [];
		const udp = new UDP({
			port: 69,
			onReadable(count) {
				while (count--) {
					packets.push(this.read()!);
					by.push(this.localAddress);
				}
			}
		});
		const expected: string[] = [];
		const hear = async (link: Link, from: string, to: string): Promise<void> => {
			link.udp(from, 1, to, 69, pattern(1));
			expected.push(`${from} by ${to}`);
			await until(() => packets.length === expected.length);
		};
		for (let turn = 0; turn < 3; turn++) {
			await hear(lab, HOST, LAB);
			await hear(lab, "10.0.0.3", LAB);
			await hear(wire, CAMERA, WIRE);
			await hear(wire, CAMERA, WIRE);
		}
		lab.wire.readdress("10.0.0.9", "255.255.255.0");
		await hear(lab, HOST, "10.0.0.9");
		udp.close();
		assert.deepEqual(packets.map(({ address }, at) => `${address} by ${by[at]}`), expected);
	});

	it("when a socket hears broadcasts then those of its interface, also from hosts without an address", async function () {
		const { udp, heard } = hear({ port: 67, address: WIRE, broadcast: true });
		const all = "255.255.255.255";
		lab.udp("0.0.0.0", 68, all, 67, pattern(1));
		lab.udp(HOST, 68, all, 67, pattern(1));
		lab.udp(HOST, 68, "192.168.1.255", 67, pattern(1));
		wire.udp("0.0.0.0", 68, all, 67, pattern(300));
		wire.udp("0.0.0.0", 69, "192.168.1.255", 67, pattern(1));
		wire.udp(CAMERA, 68, all, 67, pattern(1));
		wire.udp(CAMERA, 69, "192.168.1.255", 67, pattern(1));
		wire.udp(all, 68, all, 67, pattern(1));	// no address to answer to
		wire.udp(CAMERA, 70, WIRE, 67, pattern(1));
		await until(() => heard.length >= 5);
		assert.deepEqual(heard, [`0.0.0.0:68 by ${WIRE}`, `0.0.0.0:69 by ${WIRE}`, `${CAMERA}:68 by ${WIRE}`, `${CAMERA}:69 by ${WIRE}`, `${CAMERA}:70 by ${WIRE}`]);
		udp.close();
	});

	it("when a socket sends a broadcast then it leaves by its interface, with that one's address", async function () {
		const { udp } = hear({ port: 67, address: WIRE, broadcast: true });
		udp.write(pattern(300), "255.255.255.255", 68);
		udp.write(pattern(3), "192.168.1.255", 68);
		udp.write(pattern(4), CAMERA, 68);
		await until(() => wire.datagrams.length === 3);
		assert.deepEqual(wire.datagrams.map(({ from, port, to, toPort, bytes }) => [from, port, to, toPort, bytes.length]),
			[[WIRE, 67, "255.255.255.255", 68, 300], [WIRE, 67, "192.168.1.255", 68, 3], [WIRE, 67, CAMERA, 68, 4]]);
		assert.equal(lab.datagrams.length, 0);
		udp.close();
	});

	it("when broadcasts weren't asked for then none can be sent, and without an interface they can't be asked for", function () {
		const bound = hear({ port: 67, address: WIRE });
		const unbound = hear({ port: 69 });
		for (const { udp } of [bound, unbound])
			assert.throws(() => udp.write(pattern(1), "255.255.255.255", 68), /can't send/);
		assert.throws(() => bound.udp.write(pattern(1), "192.168.1.255", 68), /can't send/);
		assert.throws(() => hear({ port: 70, broadcast: true }), RangeError);
		assert.equal(wire.datagrams.length + lab.datagrams.length, 0);
		bound.udp.close();
		unbound.udp.close();
	});

	it("when two sockets have one port on two interfaces then each hears its own", async function () {
		const camera = hear({ port: 67, address: WIRE, broadcast: true });
		const other = hear({ port: 67, address: LAB, broadcast: true });
		for (const [link, from, to] of [[wire, "0.0.0.0", "255.255.255.255"], [lab, HOST, "255.255.255.255"], [lab, HOST, LAB], [wire, CAMERA, WIRE]] as const)
			link.udp(from, 68, to, 67, pattern(1));
		await until(() => camera.heard.length + other.heard.length === 4);
		assert.deepEqual([camera.heard, other.heard], [[`0.0.0.0:68 by ${WIRE}`, `${CAMERA}:68 by ${WIRE}`], [`${HOST}:68 by ${LAB}`, `${HOST}:68 by ${LAB}`]]);
		camera.udp.close();
		other.udp.close();
	});
});

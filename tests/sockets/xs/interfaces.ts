/** The lab and the camera's wire: what comes in by one of them must never pass for the other. */
import { strict as assert } from "node:assert";
import Listener from "embedded:io/socket/listener";
import TCP from "embedded:io/socket/tcp";
import UDP from "embedded:io/socket/udp";
import type { TCP as Connection } from "base/io";
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

	it("when a socket has no address then it hears every interface", async function () {
		const heard: string[] = [];
		const udp = new UDP({
			port: 69,
			onReadable(count) {
				while (count--)
					heard.push(this.read()!.address);
			}
		});
		lab.udp(HOST, 1, LAB, 69, pattern(1));
		wire.udp(CAMERA, 1, WIRE, 69, pattern(1));
		await until(() => heard.length === 2);
		udp.close();
	});
});

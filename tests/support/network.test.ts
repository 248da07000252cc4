/** The simulated network does to broadcasts what real ones do, so that tests of servers may rely on it. */
import { strict as assert } from "node:assert";
import { VirtualTime } from "./clock";
import { Network } from "./network";

describe("the simulated network", function () {
	let time: VirtualTime;
	let network: Network;
	let heard: string[];

	beforeEach(function () {
		time = new VirtualTime();
		network = new Network(time);
		heard = [];
	});

	function open(name: string, address: string, port: number, broadcast: boolean, wire?: string) {
		const io = network.at(address, wire);
		return new io({
			port,
			address,
			broadcast,
			onReadable() {
				const packet = this.read()!;
				heard.push(`${name}: ${packet.byteLength} from ${packet.address}:${packet.port} by ${this.localAddress}`);
			}
		});
	}

	it("when a datagram arrives then it says who sent it and by which interface it came", function () {
		open("server", "192.168.1.1", 69, false);
		open("client", "192.168.1.10", 1_000, false).write(new Uint8Array(3), "192.168.1.1", 69);
		time.advance(1);
		assert.deepEqual(heard, ["server: 3 from 192.168.1.10:1000 by 192.168.1.1"]);
	});

	it("when a host without an address broadcasts then who hears broadcasts on its wire hears it, nobody else and not itself", function () {
		open("server", "192.168.1.1", 67, true);
		open("deaf", "192.168.1.2", 67, false);
		open("lab", "10.0.0.1", 67, true);
		const client = open("client", "0.0.0.0", 68, true, "192.168.1");
		open("other client", "0.0.0.0", 68, true, "192.168.1");
		client.write(new Uint8Array(5), "255.255.255.255", 67);
		time.advance(1);
		assert.deepEqual(heard, ["server: 5 from 0.0.0.0:68 by 192.168.1.1"]);
	});

	it("when a server answers by broadcast then all on its wire hear it; a broadcast to another net goes nowhere", function () {
		const server = open("server", "192.168.1.1", 67, true);
		open("client", "0.0.0.0", 68, true, "192.168.1");
		open("camera", "192.168.1.10", 68, true);
		open("lab", "10.0.0.1", 68, true);
		server.write(new Uint8Array(1), "192.168.1.255", 68);
		server.write(new Uint8Array(2), "10.0.0.255", 68);
		time.advance(1);
		assert.deepEqual(heard, ["client: 1 from 192.168.1.1:67 by 0.0.0.0", "camera: 1 from 192.168.1.1:67 by 192.168.1.10"]);
	});

	it("when broadcasts weren't asked for then sending one throws", function () {
		assert.throws(() => open("a", "192.168.1.1", 67, false).write(new Uint8Array(1), "255.255.255.255", 68), /broadcast/);
	});
});

/** The camera's Ethernet: what it sends last arrives, though its program has gone. */
import { strict as assert } from "node:assert";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { DatagramNetwork } from "../../simulator/camera/datagram-network.ts";
import { Cable, POD } from "../../simulator/camera/network.ts";
import { ScaledTime } from "../../simulator/camera/scaled-time.ts";
import { VirtualTime } from "../support/clock.ts";
import { CameraWire } from "../support/lab/camera.ts";
import { Network } from "../support/network.ts";

describe("the camera's network", () => {
	let server: Socket;

	beforeEach(async () => {
		server = createSocket("udp4").bind(0, "127.0.0.1");
		await once(server, "listening");
	});

	afterEach(() => server.close());

	const network = (): DatagramNetwork => new DatagramNetwork("127.0.0.1", server.address().port);

	for (const latency of [0, 20]) {
		it(`when something is sent and the socket closed at once then it arrives, with a latency of ${latency} ms`, async () => {
			const cable = new Cable(network(), new ScaledTime(1), () => 0, { latency });
			for (let time = 0; time < 10; time++) {
				const endpoint = cable.open(0, () => assert.fail("nothing was sent to it"));
				const arrived = once(server, "message");
				endpoint.send(Uint8Array.of(0, 4, 0, time), 69);
				endpoint.close();
				endpoint.close();
				const [bytes] = await arrived as [Buffer];
				assert.deepEqual([...bytes], [0, 4, 0, time]);
			}
		});
	}

	it("when it is closed then its port is free, and what comes late is not received", async () => {
		const endpoint = network().open(0, () => assert.fail("it has gone"));
		const arrived = once(server, "message");
		endpoint.send(Uint8Array.of(1), 69);
		endpoint.close();
		const [, { port }] = await arrived as [Buffer, { port: number }];
		server.send("late", port, "127.0.0.1");
		for (;;) {
			const again = createSocket("udp4");
			const bound = await new Promise<boolean>(resolve => again.once("listening", () => resolve(true)).once("error", () => resolve(false)).bind(port, "127.0.0.1"));
			again.close();
			if (bound)
				break;
		}
	});

	it("when the camera has no address yet then it asks everybody from 0.0.0.0, and hears what is answered to everybody", () => {
		const time = new VirtualTime();
		const wire = new Network(time);
		const asked: string[] = [];
		const server = new (wire.at(POD))({ port: 67, broadcast: true, onReadable() {
			for (let packet = this.read(); packet; packet = this.read()) {
				asked.push(`${packet.address}:${packet.port} ${Buffer.from(packet)}`);
				this.write(Buffer.from("offer"), "255.255.255.255", packet.port);
			}
		} });
		const heard: string[] = [];
		const cable = new Cable(new CameraWire(wire), time, () => 0, { latency: 5 });
		const addressed = cable.open(68, () => assert.fail("an addressed socket hears no broadcast"));
		const endpoint = cable.open(68, ({ bytes, port }) => heard.push(`${port} ${Buffer.from(bytes)}`), false);
		endpoint.send(Buffer.from("discover"), 67, true);
		time.advance(100);
		assert.deepEqual([asked, heard], [["0.0.0.0:68 discover"], ["67 offer"]]);
		endpoint.close();
		addressed.close();
		server.close();
	});
});

import { strict as assert } from "node:assert";
import Listener from "embedded:io/socket/listener";
import TCP from "embedded:io/socket/tcp";
import { joined, pass, pattern, until } from "./support.ts";
import { end, type End } from "./tcp-support.ts";

type TCP = InstanceType<typeof TCP>;

describe("listener", function () {
	it("when more clients come than are read at once then all are served, in the order they came", async function () {
		const accepted: TCP[] = [];
		let reading = false;
		let announced = 0;
		const listener = new Listener({
			port: 0,
			onReadable(count) {
				announced = count;
				for (; reading && count > 0; count--)
					accepted.push(this.read() as TCP);
			}
		});
		const clients: End[] = [];
		for (let i = 0; i < 40; i++) {
			clients.push(end({ address: "127.0.0.1", port: listener.port }));
			await until(() => clients[i]!.writable.length === 1);
		}
		await until(() => announced === 16);
		await pass(5);
		assert.equal(announced, 16);
		reading = true;
		for (; announced > 0; announced--)
			accepted.push(listener.read() as TCP);
		await until(() => accepted.length === 40);
		assert.throws(() => listener.read(), /nothing is pending/);
		accepted.forEach((tcp, i) => assert.equal(tcp.remotePort !== undefined, true, String(i)));
		for (const tcp of accepted)
			tcp.close();
		await until(() => clients.every(client => client.errors === 1));
		for (const client of clients)
			client.tcp.close();
		listener.close();
	});

	it("when a listener is closed then clients that nobody read are turned away", async function () {
		let announced = 0;
		const listener = new Listener({ port: 0, onReadable: count => { announced = count; } });
		const client = end({ address: "127.0.0.1", port: listener.port });
		await until(() => announced === 1 && client.writable.length === 1);
		listener.close();
		listener.close();
		await until(() => client.errors === 1);
		client.tcp.close();
		assert.throws(() => listener.read(), SyntaxError);
		assert.throws(() => listener.port, SyntaxError);
	});

	it("when a listener is closed in its callback then it is closed", async function () {
		let calls = 0;
		const listener = new Listener({
			port: 0,
			onReadable() {
				calls++;
				this.close();
			}
		});
		const clients = [0, 1, 2].map(() => end({ address: "127.0.0.1", port: listener.port }));
		await until(() => clients.every(client => client.errors === 1));
		assert.equal(calls, 1);
		for (const client of clients)
			client.tcp.close();
	});

	it("when an accepted connection is closed before it had callbacks then the client notices", async function () {
		const listener = new Listener({
			port: 0,
			onReadable() {
				(this.read() as TCP).close();
			}
		});
		const client = end({ address: "127.0.0.1", port: listener.port });
		await until(() => client.errors === 1);
		client.tcp.close();
		listener.close();
	});

	it("when a port is taken then the constructor throws", function () {
		const listener = new Listener({ port: 0, onReadable() {} });
		assert.throws(() => new Listener({ port: listener.port, onReadable() {} }), /listen/);
		listener.close();
	});

	it("when the client sent before the connection was taken over then that is announced to the new owner", async function () {
		let accepted: TCP | undefined;
		const listener = new Listener({
			port: 0,
			onReadable() {
				accepted = this.read() as TCP;
			}
		});
		const client = end({ address: "127.0.0.1", port: listener.port });
		await until(() => accepted !== undefined && client.writable.length > 0);
		client.tcp.write(pattern(9));
		client.tcp.close();
		await pass(5);
		const server = end({ from: accepted });
		await until(() => server.errors === 1);
		assert.deepEqual(joined(server.received), pattern(9));
		server.tcp.close();
		listener.close();
	});
});

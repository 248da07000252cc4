/** Every allocation fails once, the sockets' own and those inside of lwIP: nothing breaks, nothing leaks, and afterwards all is well. */
import { strict as assert } from "node:assert";
import Listener from "embedded:io/socket/listener";
import TCP from "embedded:io/socket/tcp";
import UDP from "embedded:io/socket/udp";
import { joined, pass, pattern, until } from "../../host/support.ts";
import { Link, Peer } from "../link/peer.ts";
import Wire from "../link/wire.ts";

const POD = "10.0.0.1";
const HOST = "10.0.0.2";

/** A test each, for time. */
const PARTS = 5;

describe("sockets: no memory", function () {
	/** Resolves when the condition holds, and gives up soon: what never comes is what the failure was for. */
	async function soon(condition: () => boolean): Promise<void> {
		for (let patience = 0; patience < 30 && !condition(); patience++)
			await pass(1);
	}

	/** A life of each kind of socket; what arrived. */
	async function lives(link: Link, wait: typeof soon): Promise<{ echoed: number; heard: number; said: number }> {
		const done = { echoed: 0, heard: 0, said: 0 };
		const closing: { close(): void }[] = [];
		let over = 0;
		const peers: Peer[] = [];
		try {
			closing.push(new Listener({
				port: 80,
				onReadable(count) {
					while (count--) {
						closing.push(new TCP({
							from: this.read(),
							onReadable(count) {
								const view = new Uint8Array(count);
								this.read(view);
								try {
									this.write(view);
								}
								catch {
									this.close();
								}
							},
							onError() {
								over++;
								this.close();
							}
						}));
					}
				}
			}));
			for (let at = 0; at < 2; at++) {
				const peer = new Peer(link, HOST, POD, 80);
				peers.push(peer);
				await wait(() => peer.connected);
				if (peer.connected)
					peer.send(pattern(2_000));
				await wait(() => joined(peer.received).length === 2_000);
				done.echoed += joined(peer.received).length;
			}
			const udp = new UDP({
				port: 69,
				onReadable(count) {
					while (count--)
						done.heard += this.read()!.byteLength;
				}
			});
			closing.push(udp);
			link.udp(HOST, 1, POD, 69, pattern(100));
			await wait(() => done.heard === 100);
			link.datagrams.length = 0;
			udp.write(pattern(200), HOST, 1);
			await wait(() => link.datagrams.length === 1);
			done.said = link.datagrams[0]?.bytes.length ?? 0;
		}
		catch (error) {
			assert.match(String(error), /no memory|can't send/);
		}
		for (const peer of peers)
			peer.reset();
		await wait(() => over === peers.length);
		for (const socket of closing)
			socket.close();
		return done;
	}

	for (let part = 0; part < PARTS; part++)
		it(`when the nth allocation fails, for every n, then one socket suffers, and everything is given back (${part + 1} of ${PARTS})`, async function () {
			const whole = { echoed: 4_000, heard: 100, said: 200 };
			const link = new Link(POD);
			assert.deepEqual(await lives(link, until), whole);
			const before = Wire.held;
			Wire.failAt(-1);
			assert.deepEqual(await lives(link, until), whole);
			const count = Wire.allocations;
			assert.ok(count > 15, `${count} allocations`);
			for (let n = part; n < count; n += PARTS) {
				Wire.failAt(n);
				await lives(link, soon);
				Wire.failAt(-1);
				await until(() => Wire.held <= before);
				assert.deepEqual(await lives(link, until), whole, `after the failure of allocation ${n}`);
				await until(() => Wire.held <= before);
			}
			link.close();
		});
});

/** Both ends of TCP connections on this machine. */
import { strict as assert } from "node:assert";
import Listener from "embedded:io/socket/listener";
import TCP from "embedded:io/socket/tcp";
import type { TCPOptions } from "base/io";
import { pattern, until } from "./support.ts";

type TCP = InstanceType<typeof TCP>;

export interface End {
	tcp: TCP;
	counts: number[];
	writable: number[];
	errors: number;
	received: Uint8Array[];
}

/** An end that reads everything it is told of, unless `options` say otherwise. */
export function end(from: TCPOptions, options: TCPOptions = {}): End {
	const self: End = {
		counts: [], writable: [], errors: 0, received: [],
		tcp: new TCP({
			...from,
			onReadable(count) {
				self.counts.push(count);
				const view = new Uint8Array(count);
				assert.equal(this.read(view), count);
				self.received.push(view);
			},
			onWritable(count) {
				self.writable.push(count);
			},
			onError() {
				self.errors++;
			},
			...options
		})
	};
	return self;
}

/** Two connected ends: one accepted, one that connected. */
export async function pair(options: TCPOptions = {}, others: TCPOptions = {}): Promise<[End, End]> {
	let accepted: TCP | undefined;
	const listener = new Listener({
		port: 0,
		onReadable() {
			accepted = this.read() as TCP;
		}
	});
	const b = end({ address: "127.0.0.1", port: listener.port }, others);
	await until(() => accepted !== undefined);
	const a = end({ from: accepted }, options);
	await until(() => (options.onWritable !== undefined || a.writable.length > 0) && b.writable.length > 0);
	listener.close();
	return [a, b];
}

/**
 * Reads `count` bytes, which must be the pattern's from the `start`th on. It keeps none of them: in the stress run each allocation moves
 * everything that is kept, and megabytes make that take hours.
 */
export function readPattern(tcp: TCP, count: number, start: number): void {
	for (let at = 0; at < count; at += 65_511) {
		const view = new Uint8Array(Math.min(65_511, count - at));
		tcp.read(view);
		assert.deepEqual(view, pattern(view.length, start + at));
	}
}

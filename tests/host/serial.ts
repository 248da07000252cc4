import { strict as assert } from "node:assert";
import Serial from "embedded:io/serial";
import Process from "host/process";
import SDKTime from "time";
import type { SerialOptions } from "base/io";
import { joined, pass, pattern, until } from "./support.ts";

const Time = SDKTime as typeof SDKTime & { readonly microseconds: number };

interface End {
	serial: InstanceType<typeof Serial>;
	received: Uint8Array[];
	counts: number[];
	room: number[];
	/** Milliseconds of each callback. */
	times: number[];
}

function end(options: Partial<SerialOptions>): End {
	const self: End = {
		received: [], counts: [], room: [], times: [],
		serial: new Serial({
			baud: 115200,
			onReadable(count) {
				self.counts.push(count);
				self.times.push(Time.microseconds / 1000);
				const view = new Uint8Array(count);
				assert.equal(this.read(view), count);
				self.received.push(view);
			},
			onWritable(count) {
				self.room.push(count);
			},
			...options
		})
	};
	return self;
}

let links = 0;

/** A pod's end, which is clocked, and a camera's end: a tty as any other. */
function wire(options: Partial<SerialOptions> = {}): { pod: End; camera: End } {
	const path = `/tmp/rackpod-${Process.pid}-${links++}`;
	const pod = end({ pty: path, ...options });
	const camera = end({ device: path });
	return { pod, camera };
}

function close(...ends: End[]): void {
	for (const { serial } of ends)
		serial.close();
}

describe("serial: pty", function () {
	it("when every byte value is sent either way then it arrives as it was", async function () {
		const { pod, camera } = wire();
		const bytes = pattern(256).slice();
		for (let i = 0; i < 256; i++)
			bytes[i] = i;
		pod.serial.write(bytes);
		camera.serial.write(bytes);
		await until(() => joined(pod.received).length === 256 && joined(camera.received).length === 256);
		assert.deepEqual(joined(pod.received), bytes);
		assert.deepEqual(joined(camera.received), bytes);
		close(pod, camera);
	});

	it("when the pod writes then its bytes take the time they take on a wire, and not much more", async function () {
		const { pod, camera } = wire();
		const start = Time.microseconds / 1000;
		const count = 1152;
		pod.serial.write(pattern(count));
		assert.equal(pod.serial.pending, count);
		await until(() => joined(camera.received).length === count);
		const elapsed = camera.times[camera.times.length - 1]! - start;
		assert.ok(elapsed >= 100, `${elapsed} ms`);
		assert.ok(elapsed < 2000, `${elapsed} ms`);
		assert.ok(camera.counts.length > 2, "not all at once");
		assert.equal(pod.serial.pending, 0);
		let at = 0;
		camera.counts.forEach((size, i) => {
			at += size;
			assert.ok(camera.times[i]! - start >= at * 10 / 115.2 - 0.01, `byte ${at} came too early`);
		});
		close(pod, camera);
	});

	it("when the line was idle for long then the next byte is clocked all the same", async function () {
		const { pod, camera } = wire({ baud: 1200 });
		await pass(100);
		const start = Time.microseconds / 1000;
		pod.serial.write(pattern(4));
		await until(() => joined(camera.received).length === 4);
		assert.ok(camera.times[0]! - start >= 33, `${camera.times[0]! - start} ms`);
		close(pod, camera);
	});

	it("when the queue can't take all then write throws and nothing of it is sent", async function () {
		const { pod, camera } = wire({ baud: 4_000_000 });
		assert.equal(pod.serial.write(pattern(4000)), 96);
		assert.throws(() => pod.serial.write(pattern(97)), /output full/);
		assert.equal(pod.serial.write(pattern(96, 4000)), 0);
		await until(() => joined(camera.received).length === 4096);
		assert.deepEqual(joined(camera.received), pattern(4096));
		close(pod, camera);
	});

	it("when the queue was nearly full then onWritable comes when there is room and once when it has drained", async function () {
		const { pod, camera } = wire({ baud: 1_000_000 });
		pod.serial.write(pattern(4096));
		assert.equal(pod.room.length, 0);
		await until(() => pod.room.length === 2);
		assert.ok(pod.room[0]! >= 2048 && pod.room[0]! < 4096, String(pod.room[0]));
		assert.equal(pod.room[1], 4096);
		pod.serial.write(pattern(10));
		await until(() => pod.room.length === 3);
		await pass(5);
		assert.deepEqual(pod.room.slice(1), [4096, 4096]);
		close(pod, camera);
	});

	it("when onWritable writes on then everything arrives in order", async function () {
		const path = `/tmp/rackpod-${Process.pid}-${links++}`;
		let sent = 0;
		const pod = end({
			pty: path,
			baud: 3_000_000,
			onWritable(count) {
				const size = Math.min(count, 30_000 - sent);
				if (size) {
					this.write(pattern(size, sent));
					sent += size;
				}
			}
		});
		const camera = end({ device: path });
		pod.serial.write(pattern(1));
		sent = 1;
		await until(() => joined(camera.received).length === 30_000);
		assert.deepEqual(joined(camera.received), pattern(30_000));
		close(pod, camera);
	});

	it("when the camera sends more than is read then what doesn't fit is lost and counted", async function () {
		const { pod, camera } = wire({ onReadable() {} });
		assert.equal(pod.serial.overruns, 0);
		for (let sent = 0; sent < 20_000;) {
			camera.serial.write(pattern(2000, sent));
			sent += 2000;
			await until(() => camera.serial.pending === 0);
		}
		await until(() => pod.serial.overruns > 0);
		await pass(10);
		assert.equal(pod.serial.overruns, 20_000 - 16_384);
		const view = new Uint8Array(20_000);
		assert.equal(pod.serial.read(view), 16_384);
		assert.deepEqual(view.subarray(0, 16_384), pattern(16_384));
		assert.equal(pod.serial.read(view), 0);
		camera.serial.write(pattern(5));
		const small = new Uint8Array(3);
		let got = 0;
		await until(() => (got ||= pod.serial.read(small)) > 0);
		assert.deepEqual(small, pattern(3));
		close(pod, camera);
	});

	it("when bytes are left unread then they are announced again only together with new ones", async function () {
		const counts: number[] = [];
		const { pod, camera } = wire({ onReadable: count => { counts.push(count); } });
		camera.serial.write(pattern(10));
		await until(() => counts.length === 1);
		await pass(5);
		camera.serial.write(pattern(5, 10));
		await until(() => counts.length === 2);
		assert.deepEqual(counts, [10, 15]);
		const view = new Uint8Array(100);
		assert.equal(pod.serial.read(view.subarray(0, 12)), 12);
		assert.equal(pod.serial.read(view.subarray(12)), 3);
		assert.deepEqual(view.subarray(0, 15), pattern(15));
		close(pod, camera);
	});

	it("when nobody is at the other end then what is written is lost after its time on the wire", async function () {
		const path = `/tmp/rackpod-${Process.pid}-${links++}`;
		const pod = end({ pty: path });
		pod.serial.write(pattern(100));
		await until(() => pod.room.length === 1);
		assert.equal(pod.serial.pending, 0);
		await pass(1200);
		const camera = end({ device: path });
		await pass(20);
		assert.equal(camera.received.length, 0);
		pod.serial.write(pattern(10));
		await until(() => joined(camera.received).length === 10);
		close(pod, camera);
	});

	it("when the camera reads all the time then nothing is lost, however long it takes", async function () {
		const { pod, camera } = wire({
			baud: 9600,
			onWritable() {
				if (sent < 1900) {
					this.write(pattern(190, sent));
					sent += 190;
				}
			}
		});
		let sent = 190;
		pod.serial.write(pattern(190));
		await until(() => joined(camera.received).length === 1900);
		assert.deepEqual(joined(camera.received), pattern(1900));
		close(pod, camera);
	});

	it("when cameras come and go then the line stays up", async function () {
		const path = `/tmp/rackpod-${Process.pid}-${links++}`;
		const pod = end({ pty: path });
		for (let i = 1; i <= 3; i++) {
			const camera = end({ device: path });
			camera.serial.write(pattern(10));
			pod.serial.write(pattern(7));
			await until(() => joined(pod.received).length === i * 10 && joined(camera.received).length === 7);
			close(camera);
		}
		close(pod);
	});

	it("when the rate changes then it reads back and the bytes take the new time", async function () {
		const { pod, camera } = wire();
		assert.equal(pod.serial.baud, 115200);
		pod.serial.baud = 9600;
		assert.equal(pod.serial.baud, 9600);
		const start = Time.microseconds / 1000;
		pod.serial.write(pattern(48));
		await until(() => joined(camera.received).length === 48);
		assert.ok(camera.times[camera.times.length - 1]! - start >= 50);
		for (const rate of [0, -1, 299, 5_000_001, 1e9])
			assert.throws(() => { pod.serial.baud = rate; }, RangeError, String(rate));
		assert.equal(pod.serial.baud, 9600);
		close(pod, camera);
	});

	it("when a break is sent then it waits for what is pending, and what comes after it waits for the break", async function () {
		const { pod, camera } = wire();
		pod.serial.write(pattern(115));
		const start = Time.microseconds / 1000;
		pod.serial.sendBreak(50);
		pod.serial.write(pattern(5, 115));
		assert.throws(() => pod.serial.sendBreak(50), /pending/);
		await until(() => joined(camera.received).length === 120);
		assert.deepEqual(joined(camera.received), pattern(120));
		assert.ok(camera.times.length > 1);
		assert.ok(camera.times[camera.times.length - 1]! - start >= 60);
		assert.throws(() => pod.serial.sendBreak(0), RangeError);
		close(pod, camera);
	});

	it("when output is flushed then what hasn't left never does", async function () {
		const { pod, camera } = wire({ baud: 9600 });
		pod.serial.write(pattern(4000));
		await until(() => camera.received.length > 0);
		pod.serial.flush(false, true);
		assert.equal(pod.serial.pending, 0);
		await until(() => pod.room.length > 0);
		await pass(50);
		const left = joined(camera.received).length;
		assert.ok(left < 4000, String(left));
		pod.serial.write(new Uint8Array([99]));
		await until(() => joined(camera.received).length > left);
		assert.equal(joined(camera.received)[left], 99);
		close(pod, camera);
	});

	it("when input is flushed then what was received is forgotten", async function () {
		let count = 0;
		const { pod, camera } = wire({ onReadable: n => { count = n; } });
		camera.serial.write(pattern(10));
		await until(() => count === 10);
		pod.serial.flush(true, false);
		assert.equal(pod.serial.read(new Uint8Array(10)), 0);
		close(pod, camera);
	});

	it("when a line is closed in its callback then nothing follows, and every method throws", async function () {
		let calls = 0;
		const { pod, camera } = wire({
			onReadable() {
				calls++;
				this.close();
				this.close();
			}
		});
		camera.serial.write(pattern(10));
		await until(() => calls === 1);
		await pass(5);
		assert.equal(calls, 1);
		assert.throws(() => pod.serial.read(new Uint8Array(1)), SyntaxError);
		assert.throws(() => pod.serial.write(new Uint8Array(1)), SyntaxError);
		assert.throws(() => pod.serial.baud, SyntaxError);
		assert.throws(() => { pod.serial.baud = 9600; }, SyntaxError);
		assert.throws(() => pod.serial.pending, SyntaxError);
		assert.throws(() => pod.serial.flush(true, true), SyntaxError);
		close(camera);
	});

	it("when onWritable closes the line then it is closed", async function () {
		let calls = 0;
		const { pod, camera } = wire({
			onWritable() {
				calls++;
				this.close();
			}
		});
		pod.serial.write(pattern(10));
		await until(() => calls === 1);
		await pass(5);
		assert.equal(calls, 1);
		close(camera);
	});

	it("when the options make no line then the constructor throws", function () {
		assert.throws(() => new Serial({ baud: 9600 }), /neither/);
		assert.throws(() => new Serial({ baud: 9600, pty: "/nowhere/uart" }), /nowhere/);
		assert.throws(() => new Serial({ baud: 9600, device: "/nowhere/tty" }), /nowhere/);
		assert.throws(() => new Serial({ baud: 9600, device: "/dev/null" }), /not a serial port/);
		assert.throws(() => new Serial({ baud: 7, pty: `/tmp/rackpod-${Process.pid}-bad` }), RangeError);
		// what a failed one had made is gone
		new Serial({ baud: 9600, pty: `/tmp/rackpod-${Process.pid}-bad` }).close();
	});
});

describe("serial: tty", function () {
	it("when a rate is set that no table has then the driver is asked for exactly it", function () {
		const { pod, camera } = wire();
		for (const rate of [115200, 250_000, 921_600, 1_234_567]) {
			camera.serial.baud = rate;
			assert.equal(camera.serial.baud, rate);
		}
		assert.throws(() => { camera.serial.baud = 0; }, RangeError);
		close(pod, camera);
	});

	it("when the kernel's queue is full then writing goes on when it has room", async function () {
		const { pod, camera } = wire();
		let sent = 0;
		while (sent < 60_000) {
			const before = sent;
			camera.serial.write(pattern(3000, sent));
			sent += 3000;
			await until(() => joined(pod.received).length === sent && camera.serial.pending === 0);
			assert.equal(before + 3000, sent);
		}
		assert.deepEqual(joined(pod.received), pattern(60_000));
		close(pod, camera);
	});

	it("when the other end goes away then that is said once, and the port is silent and can be closed", async function () {
		let said = 0;
		const path = `/tmp/rackpod-${Process.pid}-${links++}`;
		const pod = end({ pty: path });
		const camera = end({
			device: path,
			onError(): void {
				said++;
			}
		} as Partial<SerialOptions>);
		close(pod);
		await until(() => said > 0);
		camera.serial.write(pattern(10));
		await pass(5);
		assert.equal(camera.serial.read(new Uint8Array(1)), 0);
		assert.equal(said, 1);
		close(camera);
	});
});

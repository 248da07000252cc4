/** What a restore does when somebody else takes the console, once or again and again, and when the camera restarts by itself. */
import { strict as assert } from "node:assert";
import type { Socket } from "node:net";
import { restartIn } from "../../host-tools/camera/boot-messages.ts";
import { DEFAULT_DIALECT, parseDialect } from "../../host-tools/camera/dialect.ts";
import { FakePod } from "./support/fake-pod.ts";
import { ERASE, RestoreBench } from "./support/restore-bench.ts";

/** For which a newcomer reads along, milliseconds: half of a pod's, so that a short restore sees it happen often. */
const PATIENCE = 500;

describe("restore, the console in other hands", function () {
	this.timeout(600_000);
	const bench = new RestoreBench();
	let sockets: Socket[] = [];
	let over = false;

	beforeEach(() => {
		over = false;
	});

	afterEach(() => {
		over = true;
		sockets.forEach(socket => socket.destroy());
		sockets = [];
	});

	const takes = (): string[] => bench.events.filter(event => event.event === "note" && /has taken the console/.test(event.text)).map(event => event.event === "note" ? event.text : "");
	const erases = (): string[] => bench.fake.camera.commands.filter(command => ERASE.test(command));

	/** Somebody who connects and types, perhaps nothing. */
	function intrude(typed = ""): Socket {
		const socket = bench.network.connect({ port: bench.fake.consolePort }).on("error", () => undefined).resume();
		if (typed)
			socket.write(typed);
		sockets.push(socket);
		return socket;
	}

	/** Connects again whenever it was driven out, as conserver does. */
	function conserver(): void {
		intrude().on("close", () => {
			if (!over)
				bench.network.clock.after(50, conserver);
		});
	}

	it("when the line breaks at any command then none is lost and none runs twice", async () => {
		bench.fake = new FakePod();
		await bench.again();
		const expected = [...bench.fake.camera.commands];
		for (let count = 1; count <= expected.length; count++) {
			await bench.fake.stop();
			bench.fake = new FakePod();
			let left = count;
			bench.fake.camera.onCommand = () => {
				if (--left === 0)
					bench.fake.dropClient();
			};
			await bench.again();
			assert.deepEqual(bench.flashed(), bench.dump.content, `at ${count}`);
			assert.deepEqual(erases(), expected.filter(command => ERASE.test(command)), `at ${count}`);
			assert.ok(bench.fake.camera.commands.length <= expected.length + 2, `at ${count}: ${bench.fake.camera.commands.join("\n")}`);
			assert.equal(bench.fake.camera.commands.filter(command => command === "reset").length, 1, `at ${count}`);
		}
	});

	it("when the line breaks at any byte that is sent then the restore is completed", async () => {
		let sent = 0;
		bench.fake = new FakePod();
		bench.fake.onBytes = () => void sent++;
		const one = { only: ["env"], reset: false };
		await bench.again(one);
		for (let count = 1; count <= sent; count++) {
			await bench.fake.stop();
			bench.fake = new FakePod();
			let left = count;
			bench.fake.onBytes = () => {
				if (--left === 0)
					bench.fake.dropClient();
			};
			await bench.again(one);
			assert.deepEqual(bench.fake.camera.flash.subarray(0x10000, 0x20000), bench.dump.files["mtd1.env.bin"], `at ${count}`);
		}
	});

	it("when somebody's Ctrl-C comes in place of any Return then the command is typed again", async () => {
		bench.fake = new FakePod();
		const one = { only: ["env"] };
		await bench.again(one);
		const expected = [...bench.fake.camera.commands];
		for (let count = 1; count <= expected.length; count++) {
			await bench.fake.stop();
			bench.fake = new FakePod();
			let left = count;
			bench.fake.onBytes = bytes => {
				if (bytes.at(-1) !== 13 || --left)
					return;
				bench.fake.dropClient();
				bench.fake.camera.hear(Buffer.from("\x03"));
			};
			await bench.again(one);
			assert.deepEqual(bench.fake.camera.flash.subarray(0x10000, 0x20000), bench.dump.files["mtd1.env.bin"], `at ${count}`);
			assert.deepEqual(new Set(bench.fake.camera.commands), new Set(expected), `at ${count}`);
			assert.ok(!bench.events.some(({ event }) => event === "retry"), `at ${count}`);
		}
	});

	it("when somebody takes it between erase and write and leaves half a line there then it is taken back, named, and the line is cleared", async () => {
		bench.fake = new FakePod();
		bench.fake.camera.onCommand = command => {
			if (command === "sf erase 0x10000 0x10000")
				intrude("sf erase 0x0 ");
		};
		await bench.again();
		assert.deepEqual(bench.flashed(), bench.dump.content);
		assert.equal(erases().length, 3);
		assert.match(takes().join(), /(127\.0\.0\.1:\d+|somebody) has taken the console/);
	});

	it("when somebody takes it and changes the RAM between erase and write then it is loaded again", async () => {
		bench.fake = new FakePod();
		bench.fake.camera.onCommand = command => {
			if (command === "sf erase 0x10000 0x10000")
				intrude("mw.b 0x42000000 0 0x100\r");
		};
		await bench.again();
		assert.deepEqual(bench.flashed(), bench.dump.content);
		assert.equal(bench.fake.camera.commands.filter(command => command === "sf write 0x42000000 0x10000 0x10000").length, 1);
	});

	it("when somebody connects again and again then the restore is completed all the same, and names the other once", async () => {
		bench.fake = new FakePod({ patience: PATIENCE });
		bench.fake.camera.onCommand = command => {
			if (/^sf probe/.test(command))
				conserver();
		};
		await bench.again();
		assert.deepEqual(bench.flashed(), bench.dump.content);
		assert.ok(bench.fake.connections > 5, `${bench.fake.connections} connections`);
		assert.equal(takes().length, 1);
	});

	it("when it can't be kept long enough to type anything then it ends, and nothing was erased", async () => {
		bench.fake = new FakePod();
		bench.fake.camera.onCommand = command => {
			if (/^sf probe/.test(command))
				bench.fake.onBytes = () => bench.fake.dropClient();
		};
		const error = await bench.failure(bench.again());
		assert.equal(error.kind, "unreachable");
		assert.match(error.message, /the console was lost \d+ times in a row.*Nothing was erased: the flash is as it was before/);
		assert.match(error.advice, /conserver/);
	});

	it("when it can't be kept between erase and write then it is tried for minutes, until it works", async () => {
		bench.fake = new FakePod();
		let drops = 40;
		bench.fake.camera.onCommand = command => {
			if (command === "sf erase 0x10000 0x10000")
				bench.fake.onBytes = () => drops-- > 0 && bench.fake.dropClient();
		};
		await bench.again();
		assert.deepEqual(bench.flashed(), bench.dump.content);
		assert.ok(drops < 0);
	});

	it("when the pod is gone between erase and write then it is waited for a minute, and what is erased is named", async () => {
		bench.fake = new FakePod();
		bench.fake.camera.onCommand = command => {
			if (command === "sf erase 0x10000 0x10000")
				void bench.fake.stop();
		};
		const begin = bench.network.clock.now();
		const error = await bench.failure(bench.again());
		assert.ok(bench.network.clock.now() - begin > 55_000);
		assert.equal(error.kind, "unreachable");
		assert.match(error.message, /the pod has not answered for 60 s[^]*env is erased and not completely written/);
	});

	it("when it is interrupted meanwhile then it ends as at every other time", async () => {
		bench.fake = new FakePod();
		const stop = new AbortController();
		bench.fake.camera.onCommand = command => {
			if (/^sf probe/.test(command))
				bench.fake.onBytes = () => {
					bench.fake.dropClient();
					stop.abort();
				};
		};
		assert.equal((await bench.failure(bench.again({ signal: stop.signal }))).kind, "interrupted");
	});

	it("when it is taken after the reset then the camera is heard all the same", async () => {
		bench.fake = new FakePod();
		bench.fake.camera.onCommand = command => {
			if (command === "reset")
				bench.fake.dropClient();
		};
		await bench.again();
		assert.ok(bench.events.some(({ event }) => event === "started"));
	});
});

describe("restore, a camera that restarts by itself", function () {
	this.timeout(60_000);
	const bench = new RestoreBench();
	const fastboots = (): number => bench.fake.requests.filter(request => request === "POST /fastboot").length;

	for (const command of [/^sf probe/, /^setenv autostart/, /^sf read/, /^tftpboot/, /^crc32/, /^sf erase/, /^sf write/]) {
		it(`when it does so once in ${command.source} then it is brought up again and the flash is right`, async () => {
			await bench.run({ camera: { restarts: { command, count: 1 } } });
			assert.deepEqual(bench.flashed(), bench.dump.content);
			assert.equal(fastboots(), 2);
			assert.match(bench.events.filter(event => event.event === "note").map(event => event.text).join(), /the camera has restarted by itself \("(System startup|U-Boot 2016.11)/);
		});
	}

	it("when it does so with a blank flash then its silence is taken for that", async () => {
		await bench.run({ camera: { restarts: { command: /^setenv serverip/, count: 1, blank: true } } });
		assert.deepEqual(bench.flashed(), bench.dump.content);
		assert.ok(bench.events.some(event => event.event === "note" && /did not end within.*beginning again, 2 of 3/.test(event.text)));
	});

	const atOnce = (blank: boolean, times: number): void => {
		bench.fake = new FakePod();
		const { camera } = bench.fake;
		const start = camera.start.bind(camera);
		camera.start = () => {
			start();
			if (times-- > 0)
				camera.restart(blank);
		};
	};
	for (const [flash, blank, said] of [["another U-Boot", false, /the camera has restarted by itself \("System startup"\); beginning again, 2 of 3/], ["a blank flash", true, /restarted by itself \("the boot ROM's markers"\); beginning again, 2 of 3/]] as const) {
		it(`when it does so with ${flash} before its console is taken over then nothing is done with what runs then`, async () => {
			atOnce(blank, 1);
			const commands: string[] = [];
			bench.fake.camera.onCommand = command => commands.push(`${fastboots()} ${command}`);
			await bench.again();
			assert.deepEqual(commands.filter(command => !command.startsWith("2 ")), []);
			assert.deepEqual(bench.flashed(), bench.dump.content);
			assert.match(bench.events.filter(event => event.event === "note").map(event => event.text).join(), said);
		});
	}

	it("when it does so each time before its console is taken over then it ends, and nothing was erased", async () => {
		atOnce(false, Infinity);
		const error = await bench.failure(bench.again());
		assert.match(error.message, /the camera has restarted by itself \("System startup"\), 3 times\. Nothing was erased/);
		assert.equal(fastboots(), 3);
	});

	it("when the pod's log does not tell then U-Boot's version does", async () => {
		bench.fake = new FakePod();
		const { camera } = bench.fake;
		bench.fake.onRequest = request => {
			if (request.startsWith("GET /uart/log"))
				bench.fake.log = Buffer.alloc(0);
		};
		const own = camera.version;
		camera.version = "U-Boot 2010.06 (Nov 14 2022 - 19:23:46)";
		camera.onCommand = command => {
			if (fastboots() === 2)
				camera.version = own;
			else
				assert.equal(command, "version");
		};
		await bench.again();
		assert.equal(fastboots(), 2);
		assert.deepEqual(bench.flashed(), bench.dump.content);
		assert.match(bench.events.filter(event => event.event === "note").map(event => event.text).join(), /restarted by itself \("U-Boot 2010\.06/);
	});

	it("when the camera spoke before it was brought up then that is no restart", () => {
		const own = "U-Boot 2016.11 (Mar 20 2023)hi";
		const upload = `${own}\r\nold # \x20\x20\x20\x20\x20\xaa\xaaU-Boot SPL 2016.11\r\n\xaa`;
		const start = `System startup\r\n\r\n${own}\r\nHit any key:  1 \r\nOpenIPC # `;
		assert.equal(restartIn(upload + start, own), null);
		assert.equal(restartIn(upload + start, null), null);
		assert.equal(restartIn(`${upload}${start}\r\n${start}`, own), "System startup");
		assert.equal(restartIn(`${upload}${start}\r\nresetting ...\r\n`, own), "resetting ...");
		assert.equal(restartIn(upload, own), undefined);
		assert.equal(restartIn(upload, null), undefined);
	});

	it("when its flash is protected since then it is not forgotten what was erased before", async () => {
		bench.fake = new FakePod({ camera: { restarts: { command: /^sf write/, count: 1 } } });
		bench.fake.camera.onCommand = command => {
			if (/^sf write/.test(command))
				bench.fake.camera.faults.protects = { says: "ok" };
		};
		const error = await bench.failure(bench.again());
		assert.match(error.message, /env: the flash did not change.*env is erased and not completely written/);
	});

	it("when its prompt gets lost behind an erase or a write then reading back decides", async () => {
		const board = parseDialect(JSON.stringify({ commands: { erase: { send: DEFAULT_DIALECT.commands.erase.send, seconds: 5 }, write: { send: DEFAULT_DIALECT.commands.write.send, seconds: 5 } } }), "test");
		for (const command of [/^sf erase/, /^sf write/]) {
			bench.fake = new FakePod();
			const { camera } = bench.fake;
			const { say } = camera;
			let mute = 1;
			camera.onCommand = line => {
				if (mute && command.test(line)) {
					mute = 0;
					camera.say = text => {
						say(text.replace("OpenIPC # ", "Open\x7fPC # "));
						camera.say = say;
					};
				}
			};
			await bench.again({ board });
			assert.deepEqual(bench.flashed(), bench.dump.content);
			assert.equal(mute, 0);
			await bench.fake.stop();
		}
		await bench.fake.start();
	});

	it("when it does so each time then it ends, with the state of the flash", async () => {
		const error = await bench.failure(bench.run({ camera: { restarts: { command: /^sf write/, count: Infinity } } }));
		assert.equal(error.kind, "camera");
		assert.match(error.message, /while writing env: the camera has restarted by itself .*, 3 times\. env is erased and not completely written/);
		assert.match(error.advice, /watchdog/);
		assert.equal(fastboots(), 3);
	});

	it("when it restarts between two commands then nothing is typed at another U-Boot", async () => {
		bench.fake = new FakePod();
		let restarted = 0;
		bench.fake.onRequest = request => {
			if (request === "GET /tftp" && bench.fake.camera.commands.some(command => /^sf read/.test(command)) && !restarted++) {
				bench.fake.camera.say("\r\n\r\nU-Boot 2010.06 (Nov 14 2022 - 19:23:46)\r\n\r\nOpenIPC # ");
				bench.fake.camera.commands.length = 0;
			}
		};
		await bench.again();
		assert.match(bench.fake.camera.commands[0]!, /^sf probe/);
		assert.deepEqual(bench.flashed(), bench.dump.content);
	});

	it("when a kernel was started instead of a load's end then that is seen at once", async () => {
		bench.fake = new FakePod();
		bench.fake.camera.onCommand = command => {
			if (command === "sf read 0x42800000 0x10000 0x10000")
				bench.fake.camera.hear(Buffer.from("setenv autostart yes\r"));
		};
		const error = await bench.failure(bench.again());
		assert.match(error.message, /Starting kernel/);
		assert.equal(fastboots(), 3);
	});

	it("when Linux panics after the reset then its line is said at once, and what it points at", async () => {
		const begin = bench.network.clock.now();
		const panic = "[    1.2] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(31,3)";
		const error = await bench.failure(bench.run({ camera: { starts: `${panic}\r\n` } }, { expectSeconds: 300 }));
		assert.ok(bench.network.clock.now() - begin < 200_000);
		assert.match(error.message, /the camera does not start: ".*Unable to mount root fs on unknown-block\(31,3\)"\. env, rootfs, boot are written and verified/);
		assert.match(error.advice, /--layout/);
	});

	it("when U-Boot finds no kernel and is back at its prompt then that is said at once", async () => {
		const error = await bench.failure(bench.run({ camera: { starts: "Wrong Image Format for bootm command\r\nERROR: can't get kernel image!\r\nOpenIPC # " } }, { expectSeconds: 300 }));
		assert.match(error.message, /the camera does not start: "Wrong Image Format/);
		assert.match(error.advice, /kernel/);
	});

	it("when U-Boot takes the second of two kernels then the first one's complaint is no failure", async () => {
		await bench.run({ camera: { starts: "Wrong Image Format for bootm command\r\nERROR: can't get kernel image!\r\nopenipc login: " } });
	});
});

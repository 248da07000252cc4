/** The parts that make the camera a program: options, side door, UDP. */
import { strict as assert } from "node:assert";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Control } from "../../simulator/camera/control.ts";
import { crc32, hex32 } from "../../simulator/camera/crc.ts";
import { DatagramNetwork } from "../../simulator/camera/datagram-network.ts";
import { parseOptions } from "../../simulator/camera/options.ts";
import { run } from "../support/command.ts";
import { Rig } from "./support/rig.ts";

describe("options", () => {
	it("when none are given but the board then everything has its default", () => {
		const options = parseOptions(["--board", "/b"]);
		assert.deepEqual(options.tftp, { host: "127.0.0.1", port: 6969 });
		assert.equal(options.camera.norSize, 16 << 20);
		assert.equal(options.timeScale, 1);
		assert.equal(options.camera.family!.name, "ev300");
		assert.equal(options.camera.flavour, undefined);
		assert.equal(options.camera.settings!.strictFlash, true);
		assert.equal(options.untilEof, false);
	});

	it("when switches are given then they change the family and the settings", () => {
		const { camera, norSize, timeScale } = parseOptions(["--board", "/b", "--family", "cv500", "--uboot", "xm", "--nor-size", "8M", "--time-scale", "0.25", "--lenient-sf",
			"--markers", "continuous", "--tail-ack", "none", "--greets-again", "--sram-limit", "4096", "--bootdelay", "-1", "--erase-unit", "4K", "--kernel", "any"]);
		assert.deepEqual([norSize, timeScale], [8 << 20, 0.25]);
		const { markers, tailAck, hangsOnFF, greetsAgain, sramEnd, splAddress } = camera.family!;
		assert.deepEqual([markers, tailAck, hangsOnFF, greetsAgain, sramEnd - splAddress], ["continuous", "none", true, true, 4096]);
		const { strictFlash, bootDelay, eraseUnit, kernel } = camera.settings!;
		assert.deepEqual([strictFlash, bootDelay, eraseUnit, kernel], [false, -1, 4096, "any"]);
		assert.equal(parseOptions(["--board", "/b"]).camera.family!.markers, "window");
	});

	it("when sizes are written as bytes, with K or with M then they are those", () => {
		const { camera } = parseOptions(["--board", "/b", "--ram-size", "1024M", "--nor-size", "4194304", "--erase-unit", "64K"]);
		assert.deepEqual([camera.ramSize, camera.norSize, camera.settings!.eraseUnit], [2 ** 30, 4 << 20, 65536]);
	});

	for (const [option, value, message] of [
		["--ram-size", "100M", /--ram-size.*power of two from 1M to 1024M/],
		["--ram-size", "2048M", /--ram-size.*power of two from 1M to 1024M/],
		["--ram-size", "4096M", /--ram-size.*power of two from 1M to 1024M/],
		["--ram-size", "64K", /--ram-size.*power of two from 1M to 1024M/],
		["--ram-size", "-1", /--ram-size.*power of two from 1M to 1024M/],
		["--nor-size", "5", /--nor-size.*4M, 8M, 16M or 32M/],
		["--nor-size", "4G", /--nor-size.*4M, 8M, 16M or 32M/],
		["--erase-unit", "32K", /--erase-unit.*64K or 4K/],
		["--sram-limit", "0", /--sram-limit.*1 to 62K/],
		["--sram-limit", "1M", /--sram-limit.*1 to 62K/],
		["--time-scale", "0", /--time-scale.*0.01 to 100/]
	] as const)
		it(`when ${option} can't be ${value} then that is said in words, and the exit code is 1`, async () => {
			const { code, stdout, stderr } = await run(process.execPath, ["--import", "tsx", "simulator/camera/main.ts", "--board", "/nowhere", `${option}=${value}`]);
			assert.equal(code, 1);
			assert.equal(stdout, "");
			assert.match(stderr, message);
			assert.doesNotMatch(stderr, /^\s+at /m);
		});

	it("when the flash's file is longer than the flash then that is said in words, and the exit code is 1", async () => {
		const directory = mkdtempSync(join(tmpdir(), "camera-"));
		writeFileSync(join(directory, "nor.bin"), new Uint8Array(4 * 1024 * 1024 + 1));
		const { code, stderr } = await run(process.execPath, ["--import", "tsx", "simulator/camera/main.ts", "--board", directory, "--nor-size", "4M"]);
		rmSync(directory, { recursive: true });
		assert.equal(code, 1);
		assert.match(stderr, /^\S*nor\.bin has 4194305 bytes, more than the flash's 4194304$/m);
		assert.doesNotMatch(stderr, /^\s+at /m);
	});
});

describe("side door", () => {
	let directory: string;
	let rig: Rig;
	let control: Control;
	let ask: (line: string) => Promise<any>;
	let end: () => void;

	beforeEach(async () => {
		directory = mkdtempSync(join(tmpdir(), "camera-"));
		rig = new Rig();
		control = new Control(join(directory, "camera"), rig.camera);
		const socket = createConnection(join(directory, "camera"));
		await once(socket, "connect");
		const lines = createInterface({ input: socket });
		ask = async line => {
			const answer = once(lines, "line");
			socket.write(line + "\n");
			return JSON.parse((await answer)[0]);
		};
		end = () => socket.destroy();
	});

	afterEach(() => {
		end();
		control.close();
		rmSync(directory, { recursive: true });
	});

	it("when it is asked then it answers in JSON, a line for a line", async () => {
		rig.camera.power(true);
		assert.deepEqual(await ask("state"), { power: true, stage: "rom", baud: 115200, podBaud: 115200, overruns: 0, norSize: 1 << 20, norBusy: false });
		assert.deepEqual(await ask("uploads"), []);
		assert.deepEqual(await ask("nor crc"), { crc32: hex32(crc32(new Uint8Array(1 << 20).fill(255))) });
		rig.camera.nor.cells.set(Buffer.from("123456789"), 0x500);
		assert.deepEqual(await ask("nor crc 0x500 9"), { crc32: "cbf43926" });
		assert.match((await ask("nonsense")).error, /unknown command/);
		assert.match((await ask("inject mute maybe")).error, /on or off/);
		assert.match((await ask("inject nak x")).error, /not a number/);
	});

	it("when faults are injected then the camera has them", async () => {
		rig.camera.power(true);
		for (const line of ["inject nak 3", "inject drop 2", "inject network off", "inject loss 0.5", "inject latency 7"])
			assert.deepEqual(await ask(line), { ok: true });
		assert.deepEqual(rig.camera.faults, { nak: 3, drop: 2 });
		const { plugged, loss, latency } = rig.camera.network;
		assert.deepEqual([plugged, loss, latency], [false, 0.5, 7]);
		await ask("inject noise 10");
		rig.time.advance(5);
		assert.equal(rig.received.length, 10);
		await ask("inject hang");
		rig.received = [];
		rig.time.advance(1000);
		assert.deepEqual([rig.received.length, rig.camera.stage], [0, "hung"]);
	});

	it("when somebody watches then events come as they happen; later ones can ask for what was", async () => {
		control.event({ event: "power", time: 1, on: true });
		assert.deepEqual(await ask("events"), [{ event: "power", time: 1, on: true }]);
		assert.deepEqual(await ask("watch"), { watching: true });
		for (let index = 0; index < 1100; index++)
			control.event({ event: "prompt", time: index });
		const answer = await ask("state");
		assert.deepEqual(answer, { event: "prompt", time: 0 });
	});
});

describe("UDP", () => {
	it("when the camera sends to port 69 then the pod's real port gets it, from the asked or any free port, and answers come back", async () => {
		const server = createSocket("udp4");
		server.bind(0, "127.0.0.1");
		await once(server, "listening");
		const { port } = server.address();
		const network = new DatagramNetwork("127.0.0.1", port);
		const answers: [string, number][] = [];
		try {
			// the server's own port is taken, so the camera gets another
			let got: () => void = () => {};
			const endpoint = network.open(port, ({ bytes, port }) => {
				answers.push([Buffer.from(bytes).toString(), port]);
				got();
			});
			endpoint.send(Buffer.from("hello"), 69);
			const [message, from] = await once(server, "message");
			assert.equal(message.toString(), "hello");
			assert.notEqual(from.port, port);
			const answered = new Promise<void>(resolve => got = resolve);
			server.send("there", from.port, "127.0.0.1");
			await answered;
			assert.deepEqual(answers, [["there", 69]]);
			endpoint.close();
			endpoint.close();
		}
		finally {
			server.close();
		}
	});
});

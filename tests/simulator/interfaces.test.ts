/**
 * By which interface a connection or a datagram came in, with a pod that has two and a camera that knows how to get at the other one's address. Each of
 * the three machines is a network namespace.
 */
import { strict as assert } from "node:assert";
import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { ROOT } from "../../simulator/build.ts";
import { namespaceObstacle } from "../../simulator/qemu/namespace.ts";
import { buildTests } from "../node/xs.ts";
import { needsNo } from "../support/needs.ts";

const { host, map } = await buildTests("debug");

describe("xs-host: the interface a connection or a datagram comes in by", function () {
	needsNo(namespaceObstacle);

	const names = ["pod", "camera", "lab"].map(name => `rackpod-${name}-${randomInt(1e6)}`) as [string, string, string];
	const [pod, camera, lab] = names;
	const programs: ChildProcess[] = [];
	let lines: AsyncIterator<string>;
	let port: string;
	let heard: AsyncIterator<string>;

	/** Starts the fixture in the pod; its lines. */
	function start(fixture: string): AsyncIterator<string> {
		const program = spawn("ip", ["netns", "exec", pod, host, "--until-eof", map, `tests/host/fixtures/${fixture}`], { cwd: ROOT, stdio: ["pipe", "pipe", "inherit"] });
		programs.push(program);
		return createInterface({ input: program.stdout! })[Symbol.asyncIterator]();
	}

	const ip = (...args: string[]): unknown => execFileSync("ip", args, { stdio: "pipe" });

	before(async function () {
		for (const name of names)
			ip("netns", "add", name);
		for (const [peer, link, inside, ...outside] of [[camera, "wire", "192.168.1.1/24", "192.168.1.10/24", "169.254.7.7/16", "10.77.0.99/32"], [lab, "wifi", "10.77.0.1/24", "10.77.0.2/24"]] as const) {
			ip("-n", pod, "link", "add", link, "type", "veth", "peer", "name", "out", "netns", peer);
			ip("-n", pod, "address", "add", inside, "dev", link);
			for (const address of outside)
				ip("-n", peer, "address", "add", address, "dev", "out");
			ip("-n", pod, "link", "set", link, "up");
			ip("-n", peer, "link", "set", "out", "up");
		}
		ip("-n", pod, "link", "set", "lo", "up");
		// the camera's wire, whatever the address: as on the chip, where an answer leaves by the interface its connection came in by
		ip("-n", pod, "route", "add", "169.254.0.0/16", "dev", "wire");
		ip("-n", pod, "route", "add", "10.77.0.99/32", "dev", "wire");
		ip("-n", camera, "route", "add", "10.77.0.1/32", "dev", "out");
		lines = start("sides");
		port = (await lines.next()).value;
		heard = start("datagrams");
		assert.equal((await heard.next()).value, "ready");
	});

	after(async function () {
		for (const program of programs) {
			if (program.exitCode === null) {
				program.stdin!.end();
				await once(program, "exit");
			}
		}
		for (const name of names)
			spawnSync("ip", ["netns", "delete", name]);
	});

	/** What the program says of a connection from `from` in the namespace `at` to `to`. */
	async function seen(at: string, from: string, to: string): Promise<string> {
		const dial = "const [port, host, localAddress] = process.argv.slice(1); require('net').connect({ port, host, localAddress, timeout: 10000 }).resume().on('timeout', () => process.exit(2)).on('close', () => process.exit(0))";
		const { status, stderr } = spawnSync("ip", ["netns", "exec", at, process.execPath, "-e", dial, port, to, from], { encoding: "utf8", timeout: 30_000 });
		assert.equal(status, 0, `${from} to ${to}: ${stderr}`);
		return (await lines.next()).value;
	}

	for (const [what, at, from, to, expected] of [
		["the lab dials the pod", lab, "10.77.0.2", "10.77.0.1", "10.77.0.1"],
		["the camera dials the pod", camera, "192.168.1.10", "192.168.1.1", "192.168.1.1"],
		["the camera has given itself a link-local address", camera, "169.254.7.7", "192.168.1.1", "192.168.1.1"],
		["the camera has given itself an address of the lab", camera, "10.77.0.99", "192.168.1.1", "192.168.1.1"],
		["the camera dials the pod's address in the lab", camera, "192.168.1.10", "10.77.0.1", "192.168.1.1"],
		["the camera does both", camera, "10.77.0.99", "10.77.0.1", "192.168.1.1"],
		["the pod's own machine dials an address of it", pod, "127.0.0.1", "127.0.0.2", "127.0.0.2"]
	] as const)
		it(`when ${what} then that is told by the interface`, async function () {
			assert.equal(await seen(at, from, to), expected);
		});

	/** Sends `size` bytes from port 68 of `from` in the namespace `at`; with `answered`, waits for as many from the pod, and returns who sent them. */
	function say(at: string, from: string, to: string, toPort: number, size: number, answered = false): string {
		const talk = `const [from, to, port, size, answered] = process.argv.slice(1), socket = require('dgram').createSocket({ type: 'udp4', reuseAddr: true });
			socket.on('message', (bytes, { address, port }) => { if (bytes.length === Number(size)) { process.stdout.write(address + ':' + port); socket.close(); } });
			socket.bind(68, from, () => { socket.setBroadcast(true); socket.send(Buffer.alloc(Number(size)), Number(port), to, () => answered || socket.close()); });`;
		const { status, stdout, stderr } = spawnSync("ip", ["netns", "exec", at, process.execPath, "-e", talk, from, to, String(toPort), String(size), answered ? "yes" : ""], { encoding: "utf8", timeout: 30_000 });
		assert.equal(status, 0, `${from} to ${to}: ${stderr}`);
		return stdout;
	}

	for (const [what, at, from, to, by] of [
		["the lab speaks to the pod", lab, "10.77.0.2", "10.77.0.1", "10.77.0.1"],
		["the camera speaks to the pod", camera, "192.168.1.10", "192.168.1.1", "192.168.1.1"],
		["the camera speaks to the pod's address in the lab", camera, "192.168.1.10", "10.77.0.1", "192.168.1.1"],
		["the camera has given itself an address of the lab", camera, "10.77.0.99", "10.77.0.1", "192.168.1.1"],
		["the lab speaks to its whole net", lab, "10.77.0.2", "10.77.0.255", "10.77.0.1"]
	] as const)
		it(`when ${what} in a datagram then that is told by the interface`, async function () {
			say(at, from, to, 69, 5);
			assert.equal((await heard.next()).value, `69: 5 from ${from}:68 by ${by}`);
		});

	it("when hosts of the camera's wire broadcast then the wire's server hears them, the lab's it doesn't, and its answer stays on the wire", async function () {
		ip("-n", lab, "route", "add", "255.255.255.255/32", "dev", "out");
		ip("-n", camera, "route", "add", "255.255.255.255/32", "dev", "out");
		say(lab, "0.0.0.0", "255.255.255.255", 67, 1);
		say(lab, "10.77.0.2", "10.77.0.255", 67, 2);
		say(lab, "10.77.0.2", "10.77.0.1", 67, 3);
		assert.equal(say(camera, "0.0.0.0", "255.255.255.255", 67, 4, true), "192.168.1.1:67");
		assert.equal((await heard.next()).value, "67: 4 from 192.168.1.10:68 by 192.168.1.1");
		assert.equal(say(camera, "0.0.0.0", "192.168.1.255", 67, 6, true), "192.168.1.1:67");
		assert.equal((await heard.next()).value, "67: 6 from 192.168.1.10:68 by 192.168.1.1");
	});

	it("when a host of the camera's wire has no address then its broadcast is heard, and the answer reaches it", async function () {
		ip("-n", camera, "address", "flush", "dev", "out");
		ip("-n", camera, "route", "replace", "255.255.255.255/32", "dev", "out");
		assert.equal(say(camera, "0.0.0.0", "255.255.255.255", 67, 300, true), "192.168.1.1:67");
		assert.equal((await heard.next()).value, "67: 300 from 0.0.0.0:68 by 192.168.1.1");
	});
});

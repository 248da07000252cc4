/** Names with slashes, the same file for every client: HTTP programs that encode them or don't, the library, TFTP with and without a leading slash. */
import { strict as assert } from "node:assert";
import { execFile } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { needs } from "../support/needs.ts";
import { Peer, testPod, type TestPod } from "../support/running-pod.ts";

const run = promisify(execFile);
const LONGEST = `${"sub/".repeat(31)}abc`;

describe("names with slashes", () => {
	let pod: TestPod;

	before(async function () {
		this.timeout(300_000); // the pod may have to be built
		pod = await testPod();
	});
	afterEach(() => pod.client.clear());
	after(() => pod?.stop());

	const names = async (): Promise<string[]> => (await pod.client.files()).files.map(({ name }) => name);

	/** What the pod answers to a TFTP request: opcode, block or error code, and the rest as text. */
	async function tftp(opcode: number, name: string, data?: string): Promise<[opcode: number, code: number, text: string]> {
		const socket = createSocket("udp4");
		try {
			let answered = once(socket, "message") as Promise<[Buffer, { port: number }]>;
			socket.send(`\0${String.fromCharCode(opcode)}${name}\0octet\0`, pod.tftpPort, "127.0.0.1");
			let [packet, { port }] = await answered;
			if (data !== undefined) {
				assert.deepEqual([packet[1], packet[3]], [4, 0], packet.toString("latin1"));
				answered = once(socket, "message") as Promise<[Buffer, { port: number }]>;
				socket.send(`\0\x03\0\x01${data}`, port, "127.0.0.1");
				[packet] = await answered;
			}
			else if (packet[1] === 3)
				socket.send(Buffer.from([0, 4, 0, 1]), port, "127.0.0.1");
			return [packet[1]!, packet[3]!, packet.toString("latin1", 4)];
		}
		finally {
			socket.close();
		}
	}

	for (const name of ["1234abcd/kernel8.img", "pxelinux.cfg/01-aa-bb", "a b/100%/c#d?e", ".hidden/..x", LONGEST])
		it(`when it is ${name.slice(0, 40)} then it is one file for HTTP, the library and TFTP`, async () => {
			assert.deepEqual(await pod.client.stage(name, Buffer.from("kernel")), { name, size: 6, crc32: "5dd29aab" });
			assert.deepEqual(await names(), [name]);
			assert.equal(Buffer.from(await pod.client.fetch(name)).toString(), "kernel");
			assert.equal(await (await fetch(`${pod.http}/tftp/${encodeURIComponent(name)}`)).text(), "kernel", "encoded as one");
			assert.deepEqual(await tftp(1, name), [3, 1, "kernel"]);
			assert.deepEqual(await tftp(1, `/${name}`), [3, 1, "kernel"], "as firmware asks for it");
			assert.equal((await pod.client.describe(name))?.size, 6);
			await pod.client.remove(name);
			assert.deepEqual(await names(), []);
		});

	it("when the camera uploads to an armed one then that is what it is", async () => {
		await pod.client.arm("backup/mtd0", 100);
		assert.deepEqual(await tftp(2, "/backup/mtd0", "boot loader"), [4, 1, ""]);
		assert.equal(Buffer.from(await pod.client.fetch("backup/mtd0")).toString(), "boot loader");
	});

	it("when a part is empty or climbs then HTTP says bad_name and TFTP that there is no such file", async () => {
		for (const path of ["//a", "/a//b", "/a/", "/../a", "/a/./b", "/a/..", "/%2e%2e/a", "/a%2f%2e%2e%2fb"]) {
			const peer = await Peer.connect(pod.httpPort);
			peer.send(`PUT /tftp${path} HTTP/1.1\r\nHost: pod\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx`);
			await peer.untilClosed();
			assert.match(peer.text, /^HTTP\/1\.1 400 [^]*"error":"bad_name"/, path);
		}
		for (const name of ["a//b", "../a", "a/.", "a/"])
			assert.deepEqual((await tftp(1, name)).slice(0, 2), [5, 1], name);
		for (const name of [".", "..", "a/../b"])
			await assert.rejects(pod.client.stage(name, new Uint8Array(1)), /has a part that is \. or \.\./, name);
		assert.deepEqual(await names(), []);
	});

	describe("for other people's programs", () => {
		needs("curl", "wget", "python3", "busybox");

		it("when curl, wget, Python and busybox name it then they mean the same file", async () => {
			const folder = mkdtempSync(join(tmpdir(), "rackpod-test-"));
			try {
				const file = join(folder, "kernel");
				writeFileSync(file, "from curl");
				await run("curl", ["-sS", "--fail", "-T", file, `${pod.http}/tftp/boot/v1/`]);
				assert.deepEqual(await names(), ["boot/v1/kernel"]);
				assert.equal((await run("curl", ["-sS", "--fail", `${pod.http}/tftp/boot/v1/kernel`])).stdout, "from curl");
				assert.equal((await run("wget", ["-q", "-O", "-", `${pod.http}/tftp/boot/v1/kernel`])).stdout, "from curl");
				const script = `import urllib.request\nprint(urllib.request.urlopen("${pod.http}/tftp/boot/v1/kernel").read().decode())`;
				assert.equal((await run("python3", ["-c", script])).stdout, "from curl\n");
				await run("busybox", ["tftp", "-g", "-r", "/boot/v1/kernel", "-l", join(folder, "back"), "127.0.0.1", String(pod.tftpPort)]);
				assert.equal((await run("cat", [join(folder, "back")])).stdout, "from curl");
				await run("curl", ["-sS", "--fail", "-X", "DELETE", `${pod.http}/tftp/boot/v1/kernel`]);
				assert.deepEqual(await names(), []);
			}
			finally {
				rmSync(folder, { recursive: true });
			}
		});
	});
});

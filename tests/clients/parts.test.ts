/** The parts of the QEMU rigs that need neither QEMU nor the network. */
import { strict as assert } from "node:assert";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { arpReply, echoReply, ipNumber, parseFrame, udp, type Station } from "../../simulator/qemu/ethernet.ts";
import { FaultyPath } from "../../simulator/qemu/faults.ts";
import { namespaceObstacle } from "../../simulator/qemu/namespace.ts";
import { programObstacle } from "../../simulator/qemu/obstacle.ts";
import { pinObstacle, type Pin } from "../../simulator/qemu/pins.ts";
import { card, CARD_SIZE } from "../../simulator/qemu/sifive.ts";
import { privateSource } from "../../simulator/qemu/sources.ts";

const POD: Station = { mac: Uint8Array.of(2, 0, 0, 0, 0, 1), ip: ipNumber("192.168.1.1") };
const CAMERA: Station = { mac: Uint8Array.of(2, 0, 0, 0, 0, 2), ip: ipNumber("192.168.1.10") };

describe("QEMU's wire: frames", () => {
	it("when a datagram is framed then parsing gives it back, without the padding", () => {
		for (const size of [0, 1, 2, 17, 18, 19, 1468]) {
			const payload = Buffer.alloc(size, 0xa5);
			const frame = parseFrame(udp(CAMERA, 1025, POD, 69, payload));
			assert.equal(frame.kind, "udp");
			if (frame.kind === "udp") {
				assert.deepEqual([frame.from.ip, frame.to, frame.sourcePort, frame.port], [CAMERA.ip, POD.ip, 1025, 69]);
				assert.deepEqual(Buffer.from(frame.payload), payload);
			}
		}
	});

	it("when an IPv4 header is built then its sum with the checksum is 0xffff", () => {
		const frame = udp(CAMERA, 1025, POD, 69, Buffer.from("x"));
		let sum = 0;
		for (let i = 14; i < 34; i += 2)
			sum += frame.readUInt16BE(i);
		assert.equal((sum & 0xffff) + (sum >>> 16), 0xffff);
	});

	it("when a frame is cut anywhere then it is not believed", () => {
		const frame = udp(CAMERA, 1025, POD, 69, Buffer.alloc(100));
		for (let size = 0; size < frame.length; size++)
			assert.equal(parseFrame(frame.subarray(0, size)).kind, "other", `${size} bytes`);
	});

	it("when a frame is a fragment or has IP options then it is not believed", () => {
		for (const [offset, value] of [[20, 0x20], [21, 0x01], [14, 0x46]] as const) {
			const frame = udp(CAMERA, 1025, POD, 69, Buffer.alloc(100));
			frame[offset] = value;
			assert.equal(parseFrame(frame).kind, "other");
		}
	});

	it("when an ARP request is turned into a reply then the reply is addressed to who asked", () => {
		const request = arpReply(CAMERA, POD);
		request.writeUInt16BE(1, 20);
		const parsed = parseFrame(request);
		assert.equal(parsed.kind, "arp");
		if (parsed.kind === "arp") {
			assert.deepEqual([parsed.from.ip, parsed.target], [CAMERA.ip, POD.ip]);
			const reply = arpReply(POD, parsed.from);
			assert.deepEqual([...reply.subarray(0, 6)], [...CAMERA.mac]);
			assert.equal(reply.readUInt32BE(28), POD.ip);
			assert.equal(parseFrame(reply).kind, "other");
		}
	});

	it("when an echo request is answered then identifier, sequence and data come back and the checksum is right", () => {
		const request = Buffer.from("0800000012340007" + "706174746572", "hex");
		const reply = echoReply(POD, CAMERA, request).subarray(34, 34 + request.length);
		assert.equal(reply[0], 0);
		assert.deepEqual(reply.subarray(4), request.subarray(4));
		let sum = 0;
		for (let i = 0; i < reply.length; i += 2)
			sum += reply.readUInt16BE(i);
		assert.equal((sum & 0xffff) + (sum >>> 16), 0xffff);
	});
});

describe("QEMU's wire: faults", () => {
	const passed = (faults: Omit<ConstructorParameters<typeof FaultyPath>[0] & object, "seed">, count: number, seed = 1): number[] => {
		const path = new FaultyPath({ seed, ...faults }, 0);
		const delivered: number[] = [];
		for (let i = 0; i < count; i++)
			path.pass(() => delivered.push(i));
		return delivered;
	};

	it("when there are none then every datagram passes once and in order", () => {
		assert.deepEqual(passed({}, 100), Array.from({ length: 100 }, (_, i) => i));
	});

	it("when a tenth is lost then about a tenth is missing, the same ones for the same seed", () => {
		const first = passed({ loss: 0.1 }, 10000);
		assert.ok(first.length > 8800 && first.length < 9200, String(first.length));
		assert.deepEqual(passed({ loss: 0.1 }, 10000), first);
		assert.notEqual(passed({ loss: 0.1 }, 10000, 2).join(), first.join());
	});

	it("when datagrams are repeated and swapped then none is missing but perhaps the last", () => {
		const delivered = passed({ duplicate: 0.1, reorder: 0.1 }, 1000);
		assert.ok(delivered.length > 1050);
		assert.ok(new Set(delivered).size >= 999);
		assert.ok(delivered.some((value, index) => index > 0 && value < delivered[index - 1]!));
	});
});

describe("QEMU's boards", () => {
	it("when a U-Boot is put on the card then it begins at sector 0x822", () => {
		const image = card(Uint8Array.of(1, 2, 3))!;
		assert.equal(image.length, CARD_SIZE);
		assert.deepEqual([...image.subarray(0x822 * 512 - 1, 0x822 * 512 + 4)], [0, 1, 2, 3, 0]);
	});

	it("when a U-Boot is too big for the card then there is none", () => {
		assert.equal(card(new Uint8Array(CARD_SIZE)), undefined);
	});
});

describe("what QEMU's boards need", () => {
	const path = process.env["PATH"];
	afterEach(() => {
		process.env["PATH"] = path;
	});

	it("when all programs are installed then nothing stands in the way", () => {
		assert.equal(programObstacle("sh", "cat"), undefined);
	});

	it("when programs are missing then a line says which, and which packages have them", () => {
		process.env["PATH"] = "/nonexistent";
		assert.equal(programObstacle("qemu-system-riscv64", "ip"), "qemu-system-riscv64, ip not installed (on Debian: apt-get install qemu-system-misc iproute2)");
	});

	it("when root may not make namespaces then a line says that, with the kernel's reason", () => {
		const folder = mkdtempSync(join(tmpdir(), "rackpod-bin-"));
		writeFileSync(join(folder, "ip"), "#!/bin/sh\necho 'mount failed: Operation not permitted' >&2\nexit 1\n", { mode: 0o755 });
		process.env["PATH"] = folder + delimiter + path;
		try {
			// whoever runs this may lack more than that
			assert.match(namespaceObstacle()!, /^(no network namespaces here \(mount failed: Operation not permitted\)|not root|no \/dev\/net\/tun)$/);
		}
		finally {
			rmSync(folder, { recursive: true });
		}
	});
});

describe("the packages' pins", () => {
	const uboot: Pin = { name: "u-boot", architecture: "arm64", suite: "trixie", version: "2025.01-3", sha256: "aa" };
	const kernel: Pin = { name: "linux-image-cloud", real: "linux-image-6.12.1-cloud", architecture: "arm64", suite: "trixie", version: "6.12.1-1", sha256: "bb" };
	const update = "after a look at it, `npx tsx simulator/qemu/packages.ts --update` pins the new one";

	it("when Debian still offers the pinned package then nothing stands in the way, whatever else it offers", () => {
		assert.equal(pinObstacle(uboot, [{ real: "u-boot", version: "2025.01-3", sha256: "aa" }]), undefined);
		const { real, version, sha256 } = kernel as Required<Pin>;
		assert.equal(pinObstacle(kernel, [{ real: "linux-image-6.12.2-cloud", version: "6.12.2-1", sha256: "cc" }, { real, version, sha256 }]), undefined);
	});

	it("when version or hash is another one then a line says both and how the new one is pinned", () => {
		for (const offer of [{ version: "2025.01-4", sha256: "cc" }, { version: "2025.01-3", sha256: "cc" }, { version: "2025.01-4", sha256: "aa" }])
			assert.equal(pinObstacle(uboot, [{ real: "u-boot", ...offer }]),
				`u-boot has moved: pinned is u-boot 2025.01-3 (sha256 aa), Debian trixie now has u-boot ${offer.version} (sha256 ${offer.sha256}); ${update}`);
	});

	it("when the kernel's meta package depends on a new name then a line says the old and the new one", () => {
		assert.equal(pinObstacle(kernel, [{ real: "linux-image-6.12.2-cloud", version: "6.12.2-1", sha256: "cc" }]),
			`linux-image-cloud has moved: pinned is linux-image-6.12.1-cloud 6.12.1-1 (sha256 bb), Debian trixie now has linux-image-6.12.2-cloud 6.12.2-1 (sha256 cc); ${update}`);
	});

	it("when Debian offers nothing then a line says what is missing where, and not that an update would help", () => {
		const line = "u-boot:arm64 has gone: Debian trixie has no package u-boot for arm64 any more; change its name or suite in simulator/qemu/packages.json";
		assert.equal(pinObstacle({ ...uboot, qualified: true }, []), line);
	});
});

describe("the packages' source list", () => {
	const etc = (files: Record<string, string>): string => {
		const folder = mkdtempSync(join(tmpdir(), "rackpod-etc-"));
		folders.push(folder);
		mkdirSync(join(folder, "apt/sources.list.d"), { recursive: true });
		for (const [name, text] of Object.entries({ "os-release": "ID=debian\nVERSION_CODENAME=bookworm\n", ...files }))
			writeFileSync(join(folder, name), text);
		return folder;
	};
	const folders: string[] = [];
	afterEach(() => {
		for (const folder of folders.splice(0))
			rmSync(folder, { recursive: true });
	});

	it("when the system's is in paragraphs then the one of its own suite is taken, alone and with the key", () => {
		const folder = etc({
			"apt/sources.list.d/debian.sources": "Types: deb\n# a remark\nURIs: http://mirror.test/security\nSuites: bookworm-security\nComponents: main\n\n"
				+ "Types: deb deb-src\nURIs: http://mirror.test/debian\nSuites: bookworm bookworm-updates\nComponents: main contrib\nSigned-By: /a.gpg\nArchitectures: amd64\n"
		});
		assert.deepEqual(privateSource("trixie", folder), {
			name: "suite.sources",
			text: "Types: deb\nSuites: trixie\nComponents: main\nURIs: http://mirror.test/debian\nSigned-By: /a.gpg\n"
		});
	});

	it("when the system's is disabled then it is passed over", () => {
		const paragraph = (host: string, enabled: string): string => `Types: deb\nURIs: http://${host}.test/debian\nSuites: bookworm\nComponents: main\nEnabled: ${enabled}\n`;
		const text = paragraph("old", "no");
		assert.equal(privateSource("trixie", etc({ "apt/sources.list.d/debian.sources": text })), undefined);
		assert.deepEqual(privateSource("trixie", etc({ "apt/sources.list.d/debian.sources": `${text}\n${paragraph("mirror", "yes")}` })), {
			name: "suite.sources",
			text: "Types: deb\nSuites: trixie\nComponents: main\nURIs: http://mirror.test/debian\n"
		});
	});

	it("when the system's is in lines then the one of its own suite is taken, with its options but for the architecture", () => {
		const folder = etc({
			"apt/sources.list": "# deb http://mirror.test/old bookworm main\ndeb http://mirror.test/debian bookworm-updates main\n"
				+ "deb [arch=amd64 signed-by=/a.gpg] http://mirror.test/debian bookworm main contrib\n"
		});
		assert.deepEqual(privateSource("trixie", folder), { name: "suite.list", text: "deb [ signed-by=/a.gpg] http://mirror.test/debian trixie main\n" });
	});

	it("when there are only other people's then there is none", () => {
		const folder = etc({ "apt/sources.list.d/tool.list": "deb http://mirror.test/apt tool-bookworm main\n" });
		assert.equal(privateSource("trixie", folder), undefined);
	});
});

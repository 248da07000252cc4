/**
 * The same clients at the pod and at dnsmasq, a TFTP server of everyday use: where a client fails at both, it is the client's fault; where
 * only at the pod, ours. What dnsmasq agrees to, the pod agrees to, with no more datagrams, the same bytes and the same exit code.
 */
import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { filled } from "../../simulator/random.ts";
import { namespaceObstacle, TAP } from "../../simulator/qemu/namespace.ts";
import * as virt from "../../simulator/qemu/virt.ts";
import { needs, needsNo, needsPackages } from "../support/needs.ts";
import { testPod, type TestPod } from "../support/running-pod.ts";
import { sizes } from "../support/thorough.ts";
import { dnsmasqObstacle, PORT, PROGRAM, startDnsmasq, type Server } from "./support/dnsmasq.ts";
import { NETWORKS, qemuPod, type QemuPod } from "./support/qemu-pod.ts";
import { PROGRAMS, transfer, type Program, type TransferOptions } from "./support/tftp-programs.ts";
import { UBootLoader } from "./support/u-boot-loader.ts";
import { UdpProxy } from "./support/udp-proxy.ts";

/** Of loopback, and nobody else's. */
const ADDRESS = "127.0.0.69";
const SIZES = [1, 511, 512, 1468, 65_536, 1_000_001];
/** It fetches all of them in the gate; the others a few, and all only with PROVE=1. */
const FULL = "atftp";
/** dnsmasq goes beyond the pod's 1468 where the MTU allows it, as on loopback. */
const BLOCK_SIZES = [100, 512, 1428, 1468];
const OACK = 6;
/** dnsmasq's on the wire between pod and camera. */
const NEIGHBOUR = "192.168.1.2";

interface Run {
	code: number;
	bytes: Buffer | undefined;
	/** Of an option acknowledgement (RFC 2347); empty when the transfer begins without one. */
	terms: Map<string, string>;
	/** Without repetitions. */
	datagrams: number;
}

describe("TFTP clients at the pod and at dnsmasq", () => {
	needs(PROGRAM);
	needsNo(dnsmasqObstacle);

	describe("side by side", () => {
		let pod: TestPod;
		let dnsmasq: Server;
		let folder: string;

		before(async function () {
			this.timeout(300_000); // the pod may have to be built
			folder = mkdtempSync(join(tmpdir(), "rackpod-test-"));
			chmodSync(folder, 0o755); // dnsmasq doesn't stay root
			pod = await testPod({ flavour: "release", timeScale: 1 }); // the clients' timers are real
			dnsmasq = await startDnsmasq(ADDRESS, folder);
			for (const size of SIZES) {
				writeFileSync(join(folder, `size-${size}`), filled(size, size), { mode: 0o644 });
				await pod.client.stage(`size-${size}`, filled(size, size));
			}
		});
		after(async () => {
			await dnsmasq?.stop();
			await pod?.stop();
			rmSync(folder, { recursive: true, force: true });
		});

		async function run(port: number, host: string, client: Program, name: string, options: TransferOptions): Promise<Run> {
			const proxy = await UdpProxy.open(port, { seed: 1 }, host);
			const file = join(folder, "fetched");
			try {
				const { code } = await transfer(client, client.get(proxy.port, name, file, options));
				return { code, bytes: existsSync(file) ? readFileSync(file) : undefined, terms: agreed(proxy.answer!), datagrams: proxy.different.size };
			}
			finally {
				proxy.close();
				rmSync(file, { force: true });
			}
		}

		async function both(client: Program, name: string, options: TransferOptions): Promise<{ theirs: Run; ours: Run }> {
			return { theirs: await run(PORT, ADDRESS, client, name, options), ours: await run(pod.tftpPort, "127.0.0.1", client, name, options) };
		}

		for (const client of PROGRAMS) {
			describe(client.name, () => {
				needs(client.program);

				const cases: TransferOptions[] = [
					...client.offers.includes("plain") ? [{ plain: true }] : [],
					...client.offers.includes("blockSize") ? BLOCK_SIZES.map(blockSize => ({ blockSize })) : [{}],
					...client.offers.includes("window") ? [2, 8, 16].map(window => ({ blockSize: 1468, window })) : []
				];
				for (const options of cases)
					it(`when it fetches with ${JSON.stringify(options)} then the pod agrees to as much, with no more datagrams, and the bytes are the same`, async () => {
						for (const size of client.name === FULL ? SIZES : sizes([1, 512, 1_000_001], SIZES)) {
							const { theirs, ours } = await both(client, `size-${size}`, options);
							assert.equal(ours.code, theirs.code);
							assert.ok(theirs.bytes!.equals(filled(size, size)), "other bytes from dnsmasq");
							assert.ok(ours.bytes!.equals(theirs.bytes!), "other bytes");
							for (const [term, value] of theirs.terms)
								assert.equal(ours.terms.get(term), value, term);
							assert.ok(ours.datagrams <= theirs.datagrams, `${ours.datagrams} datagrams, dnsmasq ${theirs.datagrams}`);
						}
					});

				it("when the file is unknown then it fails in the same way", async () => {
					const { theirs, ours } = await both(client, "nothing", {});
					assert.equal(ours.code, theirs.code);
					assert.equal(ours.bytes?.length, theirs.bytes?.length);
				});
			});
		}
	});

	describe("U-Boot", () => {
		needs(virt.PROGRAM);
		needsNo(namespaceObstacle);
		needsPackages(virt.PACKAGE);

		describe("on a wire with both", function () {
			this.timeout(300_000); // the pod may have to be built
			const bytes = filled(1_000_001, 9);
			let pod: QemuPod;
			let dnsmasq: Server;
			let folder: string;

			before(async () => {
				folder = mkdtempSync(join(tmpdir(), "rackpod-test-"));
				chmodSync(folder, 0o755);
				writeFileSync(join(folder, "file"), bytes, { mode: 0o644 });
				pod = await qemuPod(NETWORKS.find(({ tap }) => tap)!, ["--machine", "virt"], { timeScale: 1 }); // U-Boot's timers are real
				const inside = ["nsenter", "--net", "--target", String(pod.pid)];
				execFileSync(inside[0]!, [...inside.slice(1), "ip", "address", "add", `${NEIGHBOUR}/24`, "dev", TAP]);
				dnsmasq = await startDnsmasq(NEIGHBOUR, folder, inside);
			});
			after(async () => {
				await dnsmasq?.stop();
				await pod?.stop();
				rmSync(folder, { recursive: true, force: true });
			});

			it("when it loads the same file from both with any block size and window then it has the same bytes each time", async () => {
				const uboot = new UBootLoader(pod, bytes);
				for (const [block, window] of [[512, 1], [1468, 1], [1468, 8], [1468, 16]] as const)
					for (const server of [NEIGHBOUR, "192.168.1.1"])
						assert.equal(await uboot.load({ block, window }, server), true, `${server}, block ${block}, window ${window}`);
			});
		});
	});
});

function agreed(answer: Buffer): Map<string, string> {
	const terms = new Map<string, string>();
	if (answer.readUInt16BE(0) === OACK) {
		const words = answer.toString("latin1", 2).split("\0");
		for (let index = 0; index + 1 < words.length; index += 2)
			terms.set(words[index]!.toLowerCase(), words[index + 1]!);
	}
	return terms;
}

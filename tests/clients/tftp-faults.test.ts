/**
 * TFTP over a bad network: real clients, a real pod, and between them a proxy that loses, repeats, swaps and delays datagrams. A transfer
 * may fail, and then the client says so; what it calls a success has the right bytes.
 */
import { strict as assert } from "node:assert";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { filled } from "../../simulator/random.ts";
import type { Faults } from "../../simulator/qemu/faults.ts";
import { needs } from "../support/needs.ts";
import { testPod, type TestPod } from "../support/running-pod.ts";
import { sizes } from "../support/thorough.ts";
import { BAD_NETWORKS, type BadNetwork } from "./support/bad-networks.ts";
import { PATIENCE, PROGRAMS, transfer, type TransferOptions } from "./support/tftp-programs.ts";
import { UdpProxy } from "./support/udp-proxy.ts";

const SIZE = 300_001;
/** Of uploads, which wait longer for what is lost. */
const SMALL = 60_001;

const NETWORKS: readonly BadNetwork[] = [{ title: "nothing is wrong", faults: {}, passes: true }, ...BAD_NETWORKS];
const SEEDS = [1, 2, 3];
/** It meets all of them in the gate, as it has windows; the others the worst, and all only with PROVE=1. */
const FULL = "atftp";

describe("TFTP clients on a bad network", function () {
	this.timeout(PATIENCE + 20_000);
	let pod: TestPod;
	let folder: string;
	let source: string;
	const bytes = filled(SIZE, 7);

	before(async function () {
		this.timeout(300_000); // the pod may have to be built
		folder = mkdtempSync(join(tmpdir(), "rackpod-test-"));
		source = join(folder, "source");
		writeFileSync(source, bytes.subarray(0, SMALL));
		pod = await testPod({ flavour: "release", timeScale: 1 }); // the clients' timers are real
		await pod.client.stage("rootfs", bytes);
	});
	after(async () => {
		await pod?.stop();
		rmSync(folder, { recursive: true, force: true });
	});

	it("when a client neither ends nor gives up then that is no failed transfer but an error", async () => {
		await assert.rejects(transfer({ name: "a client", program: "sleep" }, ["1000"], 100), /^Error: a client neither ended nor gave up within 0\.1 s/);
	});

	for (const client of PROGRAMS) {
		describe(client.name, () => {
			needs(client.program);
			const options: TransferOptions = { patience: 1, ...client.offers.includes("blockSize") && { blockSize: 1468 } };
			const windows: TransferOptions[] = client.offers.includes("window") ? [options, { ...options, window: 8 }] : [options];

			for (const { title, faults, passes } of client.name === FULL ? NETWORKS : sizes(NETWORKS.slice(-1), NETWORKS)) {
				for (const options of windows)
					it(`when ${title} then a download${options.window ? " with windows of 8" : ""} is right${passes ? "" : " or fails"}`, async () => {
						await attempts(faults, passes ? SEEDS.length : 1, async (port, seed) => {
							const file = join(folder, `file-${seed}`);
							const { ok } = await transfer(client, client.get(port, "rootfs", file, options));
							assert.ok(!ok || readFileSync(file).equals(bytes), "other bytes");
							rmSync(file, { force: true });
							return ok;
						});
					});

				it(`when ${title} then an upload is right${passes ? "" : " or fails"}`, async () => {
					await attempts(faults, passes ? SEEDS.length : client.losesUploads ? 0 : 1, async (port, seed) => {
						const name = `upload-${seed}`;
						await pod.client.arm(name, SMALL);
						const { ok } = await transfer(client, client.put(port, name, source, options));
						const answer = await fetch(`${pod.http}/tftp/${name}`);
						const uploaded = Buffer.from(await answer.arrayBuffer());
						// a client may not know that its last block has arrived
						assert.ok(answer.ok ? uploaded.equals(bytes.subarray(0, SMALL)) : !ok && answer.status === 404, "other bytes");
						await pod.client.remove(name);
						return ok;
					});
				});
			}
		});
	}

	/** Runs `attempt` with all seeds at once; at least `least` of them must succeed. */
	async function attempts(faults: Omit<Faults, "seed">, least: number, attempt: (port: number, seed: number) => Promise<boolean>): Promise<void> {
		const outcomes = await Promise.all(SEEDS.map(async seed => {
			const proxy = await UdpProxy.open(pod.tftpPort, { seed, ...faults });
			try {
				return await attempt(proxy.port, seed);
			}
			finally {
				assert.ok(proxy.datagrams > 0);
				proxy.close();
			}
		}));
		const succeeded = outcomes.filter(ok => ok).length;
		assert.ok(succeeded >= least, `${SEEDS.length - succeeded} failed`);
	}
});

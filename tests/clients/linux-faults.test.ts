/**
 * busybox's TFTP in a Linux on the device, over a wire that repeats, swaps, delays and loses. A transfer may fail, and then busybox says
 * so; what it calls done has the right bytes, on either side.
 */
import { strict as assert } from "node:assert";
import { createHash } from "node:crypto";
import { filled } from "../../simulator/random.ts";
import { PROGRAM } from "../../simulator/qemu/virt.ts";
import { needs, needsPackages } from "../support/needs.ts";
import { Peer } from "../support/running-pod.ts";
import { sizes } from "../support/thorough.ts";
import { BAD_NETWORKS } from "./support/bad-networks.ts";
import { LinuxConsole } from "./support/linux-console.ts";
import { NETWORKS, qemuPod, type QemuPod } from "./support/qemu-pod.ts";

const BYTES = filled(300_001, 9);
/** Of uploads, which wait longer for what is lost. */
const SMALL = 60_001;
const BLOCKS = [512, 1468];

describe("busybox's TFTP in Linux in QEMU", function () {
	this.timeout(300_000); // the pod may have to be built
	needs(PROGRAM, "xz");
	needsPackages("linux-image-cloud-arm64", "busybox-static");

	for (const { title, faults, passes } of sizes(BAD_NETWORKS.slice(-1), BAD_NETWORKS)) { // each boots a Linux
		describe(`on a network where ${title}`, () => {
			let pod: QemuPod;
			let peer: Peer;
			let linux: LinuxConsole;

			before(async () => {
				// busybox's timers are real, so the pod's are
				pod = await qemuPod(NETWORKS[0]!, ["--machine", "virt", "--linux", "--faults", JSON.stringify({ seed: 2, ...faults })], { timeScale: 1 });
				await pod.client.stage("file", BYTES);
				peer = await Peer.connect(pod.bridgePort, pod.host);
				await pod.client.powerOn();
				linux = await LinuxConsole.login(peer);
			});
			after(async () => {
				peer?.close();
				await pod?.stop();
			});

			/** Whether busybox calls the transfer done; when it doesn't, it must have said why. */
			async function done(transfer: string): Promise<boolean> {
				const { status, said } = await linux.attempt(transfer);
				assert.ok(status === 0 || /tftp: \S/.test(said), `failed without a word: ${said}`);
				return status === 0;
			}

			for (const block of BLOCKS) {
				const orFails = passes ? "" : ", or it says that it failed";

				it(`when it downloads in blocks of ${block} then the bytes are right${orFails}`, async () => {
					const ok = await done(`tftp -g -b ${block} -l /tmp/file -r file 192.168.1.1`);
					assert.ok(ok || !passes);
					if (ok)
						assert.match(await linux.run("sha256sum /tmp/file"), new RegExp(`^${sha256(BYTES)} `));
				});

				it(`when it uploads in blocks of ${block} then the pod has the bytes${orFails}`, async () => {
					await linux.run(`dd if=/bin/busybox of=/tmp/source bs=${SMALL} count=1`);
					const name = `upload-${block}`;
					await pod.client.arm(name, SMALL);
					const ok = await done(`tftp -p -b ${block} -l /tmp/source -r ${name} 192.168.1.1`);
					const answer = await fetch(`${pod.http}/tftp/${name}`);
					if (answer.ok) // it may not know that its last block has arrived
						assert.match(await linux.run("sha256sum /tmp/source"), new RegExp(`^${sha256(Buffer.from(await answer.arrayBuffer()))} `));
					else
						assert.equal(answer.status, 404);
					assert.ok(ok ? answer.ok : !passes);
				});
			}
		});
	}
});

function sha256(bytes: Uint8Array): string {
	return createHash("sha256").update(bytes).digest("hex");
}

/** Every client on networks that lose, repeat, delay and reorder: the bytes are right or the client fails cleanly. */
import { strict as assert } from "node:assert";
import { Bytes } from "bytes/bytes";
import type { Faults } from "../../support/network.ts";
import { RFCClient } from "../../support/tftp-clients.ts";
import { CAMERA, Lab, Pattern, SERVER } from "../../support/tftp-lab.ts";
import { UBoot, type Version } from "../../support/tftp-uboot.ts";

const SIZE = 60_000;
const SEEDS = [1, 2, 3];

const networks: [string, Faults][] = [
	["1 % loss", { loss: 0.01, delay: 1 }],
	["5 % loss", { loss: 0.05, delay: 1 }],
	["20 % loss", { loss: 0.2, delay: 1 }],
	["50 % loss", { loss: 0.5, delay: 1 }],
	["10 % duplicates", { duplicate: 0.1, delay: 1 }],
	["10 % reordered", { reorder: 0.1, hold: 20, delay: 1 }],
	["everything at once", { loss: 0.05, duplicate: 0.05, reorder: 0.05, hold: 400, delay: 2, jitter: 3 }],
	["200 ms of delay", { delay: 200, jitter: 100, loss: 0.02 }]
];

describe("TFTP on bad networks", () => {
	for (const [name, faults] of networks) {
		for (const windowsize of [1, 4, 16]) {
			it(`when there is ${name} then a client by the book with window ${windowsize} gets the right bytes or fails cleanly, both ways`, () => {
				let done = 0;
				for (const seed of SEEDS) {
					const lab = new Lab(seed);
					lab.network.path("*", "*", faults);
					const file = lab.file("f", SIZE, 16_384);
					const slot = lab.slot("s", SIZE);
					const upload = new Pattern(SIZE, undefined, 2).bytes;
					let crc = 0;
					const common = { io: lab.network.at(CAMERA), time: lab.time, server: SERVER, options: { blksize: 1468, windowsize } };
					const down = new RFCClient({ ...common, name: "f", store: bytes => crc = Bytes.crc32(bytes, crc) });
					const up = new RFCClient({ ...common, name: "s", upload });
					lab.until(() => down.state !== "running" && up.state !== "running", 3_600_000);
					lab.until(() => lab.server.transfers().length === 0);
					if (down.state === "done") {
						done++;
						assert.equal(down.received, SIZE);
						assert.equal(crc, file.crc);
					}
					if (up.state === "done") {
						done++;
						assert.equal(slot.committed, 1);
					}
					if (slot.committed)
						assert.equal(slot.crc, Bytes.crc32(upload, 0));
					lab.time.advance(5000);
					lab.empty();
				}
				if (!name.startsWith("50"))
					assert.equal(done, 2 * SEEDS.length, "all of them arrive");
			});
		}

		for (const version of ["2010.06", "2016.11", "upstream"] as Version[]) {
			it(`when there is ${name} then ${version} loads the right bytes or fails`, () => {
				for (const seed of SEEDS) {
					const lab = new Lab(seed);
					lab.network.path("*", "*", faults);
					const file = lab.file("kernel.bin", SIZE);
					const ram = new Uint8Array(SIZE);
					const client = new UBoot({ version, io: lab.network.at(CAMERA), time: lab.time, server: SERVER, ram, ...(version === "upstream" && { window: 4 }) });
					client.lives = 3;
					lab.until(() => client.state !== "running", 3_600_000);
					if (client.state === "success") {
						assert.equal(client.size, SIZE);
						assert.equal(Bytes.crc32(ram, 0), file.crc);
					}
					else
						assert.ok(faults.loss! >= 0.02, `gave up after ${client.timeouts} timeouts`);
					lab.settle();
				}
			});
		}
	}

	for (const version of ["2010.06", "2016.11", "upstream"] as Version[]) {
		it(`when only ${version}'s packets are lost, one in ten, then an upload is right or known to have failed`, () => {
			for (const seed of SEEDS) {
				const lab = new Lab(seed);
				lab.network.path(CAMERA, SERVER, { loss: 0.1, delay: 1 });
				lab.network.path(SERVER, CAMERA, { loss: 0.02, delay: 1 });
				const slot = lab.slot("kernel.bin", 20_000);
				const ram = new Pattern(20_000).bytes;
				const client = new UBoot({ version, io: lab.network.at(CAMERA), time: lab.time, server: SERVER, ram, upload: ram.length });
				lab.until(() => client.state !== "running", 3_600_000);
				lab.until(() => lab.server.transfers().length === 0);
				if (slot.committed)
					assert.equal(slot.crc, Bytes.crc32(ram, 0));
				assert.equal(slot.outcome.result, slot.committed ? "completed" : "failed");
				if (client.state === "success")
					assert.equal(slot.committed, 1);
			}
		});
	}
});

/** A seed says all that happens in a lab: whoever runs a test again sees the same datagrams and bytes at the same times. */
import { strict as assert } from "node:assert";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CAMERA, CAMERA_SIDE, endAll, forward, now, rackpod, testPod } from "../support/pod-lab.ts";
import { crcOf } from "../../host-tools/index.ts";
import { restoreWords, smallCamera, type SmallCamera } from "../support/small-camera.ts";

describe("a seed", function () {
	this.timeout(180_000);
	let folder: string;
	let camera: SmallCamera;
	let old: Buffer;

	before(() => {
		folder = mkdtempSync(join(tmpdir(), "rackpod-seed-"));
		old = smallCamera(folder, 50).flash;
		camera = smallCamera(folder, 1);
	});

	after(() => rmSync(folder, { recursive: true }));
	afterEach(endAll);

	/** All that goes over the camera's wires, is said by the pod and printed while a camera is restored by a wire that loses, each with its time. */
	async function trace(seed: number): Promise<string[]> {
		const lines: string[] = [];
		const note = (...words: (string | number)[]): void => void lines.push([now(), ...words].join(" "));
		const pod = await testPod({ camera: "sim", nor: old, seed });
		try {
			const { cable, udp } = pod.lab;
			const loss = { loss: 0.02, delay: 0.3, jitter: 0.2 };
			udp.path(CAMERA, CAMERA_SIDE, loss);
			udp.path(CAMERA_SIDE, CAMERA, loss);
			udp.filter = ({ from, fromPort, to, toPort, bytes }) => {
				note("datagram", `${from}:${fromPort}`, `${to}:${toPort}`, bytes.length, crcOf(bytes));
				return true;
			};
			const { far } = cable;
			cable.far = {
				get baud(): number {
					return far!.baud;
				},
				receive: bytes => {
					note("to the camera", bytes.length, crcOf(bytes));
					far!.receive(bytes);
				}
			};
			const arrive = cable.serial!.arrive.bind(cable.serial);
			cable.serial!.arrive = (bytes, rate) => {
				note("from the camera", bytes.length, crcOf(bytes), rate);
				arrive(bytes, rate);
			};
			// behind a gateway: so the client proves its console with numbers that it draws
			const { code, stdout, stderr } = await rackpod(...restoreWords(camera, pod, "--console-port", String(forward(pod.bridgePort)), "--json"));
			assert.equal(code, 0, stdout + stderr);
			// the day, and the number of the run, are no part of the lab
			for (const line of stdout.trimEnd().split("\n")) {
				const { time, job, ...event } = JSON.parse(line) as Record<string, unknown>;
				note("event", JSON.stringify(event));
			}
			assert.ok(udp.lost > 0, "nothing was lost");
			for (const event of pod.camera!.events)
				note("camera", JSON.stringify(event));
			note("flash", crcOf(pod.nor()));
			return lines;
		}
		finally {
			await pod.stop();
		}
	}

	it("when a lab runs twice with one seed then everything happens again at the same time, and with another seed it differs", async () => {
		const first = await trace(7);
		const again = await trace(7);
		const differs = first.findIndex((line, at) => line !== again[at]);
		assert.equal(differs, -1, `line ${differs}: ${first[differs]} and ${again[differs]}`);
		assert.equal(again.length, first.length);
		assert.ok(first.filter(line => line.includes("datagram")).length > 100 && first.filter(line => line.includes("from the camera")).length > 100, "little was seen");
		const other = await trace(8);
		assert.notDeepEqual(other, first);
	});
});

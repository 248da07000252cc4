/** What a fastboot that fails is told to people as, phase by phase. */
import { strict as assert } from "node:assert";
import { realClock } from "../../host-tools/base/clock.ts";
import { Failure } from "../../host-tools/base/failure.ts";
import { runFastboot } from "../../host-tools/jobs/bring-up.ts";
import type { RackPod } from "../../host-tools/pod/rack-pod.ts";
import type { FastbootResult } from "../../modules/protocol/answers.ts";

/** How a fastboot ends that the pod answers with `result`. */
async function failure(result: Partial<FastbootResult>): Promise<Failure> {
	const pod = {
		fastbootState: async () => ({ running: false, last_result: null }),
		fastboot: async () => ({ success: false, last_phase: "handshake", failed_phase: null, error: null, ...result })
	} as unknown as RackPod;
	const error = await runFastboot(pod, { blob: new Uint8Array(1), versions: [] }, { clock: realClock })
		.then(() => undefined, (thrown: unknown) => thrown);
	assert.ok(error instanceof Failure);
	assert.equal(error.kind, "camera");
	return error;
}

describe("a fastboot that fails", () => {
	const nothingHeard = /^the boot ROM was not heard: check the camera's power and serial wires/;
	const wrongChip = /^try again once; if it fails at the same frame, the profile is probably for another chip/;
	const silent = /^everything was accepted and the camera stays silent: the profile's DDR settings/;
	for (const [phases, advice] of [
		[["power", "handshake"], nothingHeard],
		[["frame_for_start", "prestep0", "ddrstep0", "prestep1", "spl"], wrongChip],
		[["agent", "done"], silent],
		[["cancelled"], /^$/]
	] as const) {
		for (const phase of phases) {
			it(`when it fails in phase ${phase} then the advice is of that`, async () => {
				const { message, advice: given } = await failure({ failed_phase: phase, error: "why" });
				assert.equal(message, `fastboot failed in phase ${phase}: why`);
				assert.match(given, advice);
			});
		}
	}

	it("when the pod names neither the phase nor the reason then the last one is told, and that it doesn't say why", async () => {
		assert.equal((await failure({ last_phase: "spl" })).message, "fastboot failed in phase spl: the pod does not say why");
	});
});

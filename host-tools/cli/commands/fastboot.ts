/** `rackpod fastboot`: brings U-Boot up on the camera through its boot ROM. */
import type { Command } from "commander";
import type { FastbootProgress } from "../../../modules/protocol/answers.ts";
import type { CommandContext } from "../context.ts";
import { fastbootOf, podOf, withLog, withPod, withProfile, type JobFlags, type PodFlags, type ProfileFlags } from "../options.ts";
import type { FastbootEvent } from "../screen/fastboot-bar.ts";

export function addFastboot(program: Command, context: CommandContext): void {
	const command = program.command("fastboot").description("bring U-Boot up on the camera through its boot ROM (power-cycles the camera)")
		.argument("<uboot>", "U-Boot image that begins with its SPL")
		.option("--force", "send the file even if it certainly is not a U-Boot");
	withProfile(withLog(withPod(command))).action(async (uboot: string, options: PodFlags & ProfileFlags & { force?: boolean } & JobFlags) => {
		const [{ sizeText }, { runFastboot }, { runJob }, { showFastboot }, { secondsText }] = await Promise.all([
			import("../../base/bytes.ts"), import("../../jobs/bring-up.ts"), import("../job.ts"), import("../screen/fastboot-bar.ts"),
			import("../screen/text.ts")
		]);
		const pod = await podOf(options, context);
		const fastboot = await fastbootOf(uboot, options, options.force);
		const { spl, uboot: image, boundary, splRuns, ubootRuns, versions } = fastboot;
		await runJob(context, options, async ({ progress, signal }) => {
			progress.event({ event: "fastboot-begin", spl: spl.length, uboot: image.length, boundary, spl_runs: splRuns, uboot_runs: ubootRuns,
				versions });
			progress.line(`SPL ${sizeText(spl.length)} (its end by ${boundary}), U-Boot ${sizeText(image.length)}`);
			const begin = context.clock.now();
			const onProgress = ({ phase, bytes_sent, bytes_total, rate }: FastbootProgress): void => {
				const event: FastbootEvent = { event: "fastboot", phase, sent: bytes_sent, total: bytes_total, rate };
				progress.event(event, `fastboot ${phase}`);
				showFastboot(progress, event);
			};
			const result = await runFastboot(pod, fastboot, { clock: context.clock, signal, onProgress });
			const took = context.clock.now() - begin;
			progress.event({ event: "fastboot-done", ...result });
			const who = result.doubt ? "the camera answers" : `${result.banner} is running`;
			progress.finish("fastboot", `${who} after ${secondsText(took)}; talk to it with \`rackpod console\``);
			if (result.doubt)
				progress.line(result.doubt);
		});
	});
}

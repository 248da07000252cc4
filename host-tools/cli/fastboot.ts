/** `rackpod fastboot`: brings U-Boot up on the camera through its boot ROM. */
import type { Command } from "commander";
import { sizeText } from "../bytes.ts";
import { runFastboot } from "../fastboot-job.ts";
import type { Context } from "./context.ts";
import { interruptible } from "./interrupt.ts";
import { fastbootOf, podOf, withPod, withProfile, type PodOptions, type ProfileOptions } from "./options.ts";
import { Progress } from "./progress.ts";
import { rateText, secondsText } from "./text.ts";

export function addFastboot(program: Command, context: Context): void {
	const command = program.command("fastboot").description("bring U-Boot up on the camera through its boot ROM (power-cycles the camera)").argument("<uboot>", "U-Boot image, with its SPL at the begin")
		.option("--force", "send also a file that certainly is no U-Boot");
	withProfile(withPod(command)).action(async (uboot: string, options: PodOptions & ProfileOptions & { force?: boolean }) => {
		const pod = podOf(options, context);
		const fastboot = await fastbootOf(uboot, options, options.force);
		const { spl, uboot: image, boundary, splRuns, ubootRuns, versions } = fastboot;
		const progress = new Progress({ output: context.stdout, env: context.env, clock: context.clock, json: options.json === true });
		progress.event({ event: "fastboot-begin", spl: spl.length, uboot: image.length, boundary, spl_runs: splRuns, uboot_runs: ubootRuns, versions });
		progress.line(`SPL ${sizeText(spl.length)} (its end by ${boundary}), U-Boot ${sizeText(image.length)}`);
		const begin = context.clock.now();
		await interruptible(context, async signal => {
			try {
				const result = await runFastboot(pod, fastboot, { clock: context.clock, signal, onProgress: ({ phase, bytes_sent, bytes_total, rate }) => {
					progress.event({ event: "fastboot", phase, sent: bytes_sent, total: bytes_total, rate });
					progress.update("fastboot", `fastboot ${phase}`, bytes_total ? bytes_sent / bytes_total : undefined, rate ? rateText(rate, 1000) : "");
				} });
				const took = context.clock.now() - begin;
				progress.event({ event: "fastboot-done", ...result });
				const who = result.doubt ? "the camera answers" : result.banner!;
				progress.finish("fastboot", `${who} ${result.doubt ? "" : "is running "}after ${secondsText(took)}; talk to it with \`rackpod console\``);
				if (result.doubt)
					progress.line(result.doubt);
			}
			finally {
				progress.close();
			}
		});
	});
}

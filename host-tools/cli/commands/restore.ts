/** `rackpod restore`: writes a dump to the camera's flash, in the order that can't brick it. */
import type { Command } from "commander";
import type { FlashRecord } from "../../jobs/record.ts";
import type { CommandContext } from "../context.ts";
import { fastbootOf, listOption, podOf, sizeOption, wholeNumber, withLog, withPod, withProfile, type JobFlags, type PodFlags,
	type ProfileFlags } from "../options.ts";

interface RestoreFlags extends PodFlags, ProfileFlags, JobFlags {
	uboot: string;
	board?: string;
	layout?: string;
	flashSize?: number;
	only?: string[];
	at?: string;
	force?: boolean;
	tries: number;
	rewrite?: boolean;
	keepStaged?: boolean;
	dryRun?: boolean;
	reset: boolean;
	/** false: --no-expect. */
	expect?: string | false;
	expectTimeout: number;
}

export function addRestore(program: Command, context: CommandContext): void {
	const command = program.command("restore")
		.description("write a dump to the camera's flash: compared in RAM before anything is erased, read back afterwards, boot loader last")
		.argument("<dump>",
			"folder of mtd* files (or boot, env, kernel, rootfs), one file that is the whole flash, or one file and its place (--at)")
		.requiredOption("--uboot <file>", "U-Boot to run while flashing")
		.option("--board <file>", "board description: RAM address, flash commands, prompts (default: hi3516ev300 with OpenIPC)")
		.option("--layout <map>", "partition map, if the sizes of the files don't tell where they belong: nor8m, nor16m, nor32m, " +
			"SIZE(NAME),SIZE(NAME),..., or text that contains such a map, like /proc/cmdline")
		.option("--flash-size <size>", "size of the flash, if U-Boot doesn't report it", sizeOption)
		.option("--only <names>", "write only these partitions (separated by commas)", listOption)
		.option("--at <place>", "the dump is a single file: write it at this offset, or to this partition of --layout")
		.option("--force", "write files even if they are not what they should be, or don't have the flash's size")
		.option("--tries <n>", "how often to try each load", wholeNumber(1, 100), 4)
		.option("--rewrite", "write even what the flash already holds")
		.option("--keep-staged", "leave the staged files on the pod")
		.option("--dry-run", "check everything, show the plan, touch nothing")
		.option("--no-reset", "leave the camera in U-Boot")
		.option("--expect <text>", "what the camera says when it has started (default: login:)")
		.option("--no-expect", "don't wait for the camera to start")
		.option("--expect-timeout <seconds>", "how long to wait for the camera to start", wholeNumber(1, 3600), 120);
	withProfile(withLog(withPod(command))).action(async (dump: string, options: RestoreFlags) => {
		const [{ loadDialect }, { loadLayout }, { restore }, { runJob }, { RestoreView }] = await Promise.all([
			import("../../camera/dialect.ts"), import("../../flash/layout.ts"), import("../../jobs/restore.ts"), import("../job.ts"), import("../screen/restore-view.ts")
		]);
		const pod = await podOf(options, context);
		const fastboot = await fastbootOf(options.uboot, options, options.force);
		const board = options.board === undefined ? undefined : await loadDialect(options.board);
		let record: FlashRecord | undefined;
		await runJob(context, options, async ({ progress, signal, log }) => {
			const view = new RestoreView(progress, context.clock);
			const partitions = await loadLayout(dump, options.layout, text => view.show({ event: "note", text }),
				{ at: options.at, force: options.force });
			await restore({
				pod, partitions, fastboot, board, signal, clock: context.clock,
				flashSize: options.flashSize, only: options.only, force: options.force, attempts: options.tries, rewrite: options.rewrite,
				keepStaged: options.keepStaged,
				dryRun: options.dryRun, reset: options.reset, expect: options.expect === false ? "" : options.expect,
				expectSeconds: options.expectTimeout,
				onEvent: event => view.show(event),
				onRecord: planned => record = planned,
				onConsole: text => log?.camera(text)
			});
		}, () => record);
	});
}

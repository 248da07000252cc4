/** `rackpod rm`: frees staged files. */
import type { Command } from "commander";
import { Failure } from "../../base/failure.ts";
import { jsonLine } from "../../base/printable.ts";
import { stampOf, type CommandContext } from "../context.ts";
import { podOf, withPod, type PodFlags } from "../options.ts";

export function addRm(program: Command, context: CommandContext): void {
	const command = program.command("rm").description("remove staged files from the pod")
		.argument("[name...]", "names as `rackpod ls` shows them").option("--all", "remove all files");
	withPod(command).action(async (names: string[], options: PodFlags & { all?: boolean }) => {
		if (Boolean(options.all) === names.length > 0)
			throw new Failure("usage", "say what to remove", "give either names or --all");
		const pod = await podOf(options, context);
		if (options.all)
			await pod.clear();
		for (const name of names)
			await pod.remove(name);
		context.stdout.write(options.json ? jsonLine({ event: "removed", ...stampOf(context.run), names: options.all ? null : names })
			: `removed ${options.all ? "everything" : names.join(", ")}\n`);
	});
}

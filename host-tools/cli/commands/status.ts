/** `rackpod status`: what the pod says about itself, on a screen, or all of it. */
import type { Command } from "commander";
import { jsonLine } from "../../base/printable.ts";
import type { CommandContext } from "../context.ts";
import { podOf, withPod, type PodFlags } from "../options.ts";

export function addStatus(program: Command, context: CommandContext): void {
	const command = program.command("status").description("show the pod's state: camera, console, files, last fastboot, problems")
		.option("--all", "show everything the pod reports, under the pod's own names");
	withPod(command).action(async (options: PodFlags & { all?: boolean }) => {
		const [{ statusScreen }, { outline }] = await Promise.all([import("../screen/status-screen.ts"), import("../screen/text.ts")]);
		const status = await (await podOf(options, context)).status();
		context.stdout.write(options.json ? jsonLine(status) : `${(options.all ? outline(status) : statusScreen(status)).join("\n")}\n`);
	});
}

/** `rackpod log`: what the camera said, and with -f what it says from now on. It takes nobody's console. */
import type { Command } from "commander";
import type { CommandContext } from "../context.ts";
import type { LogFlags } from "./log-reader.ts";
import { podOf, wholeNumber, withPod, type PodFlags } from "../options.ts";

export function addLog(program: Command, context: CommandContext): void {
	const command = program.command("log").description("what the camera said, without taking the console; -f: and what it says from now on")
		.option("-f, --follow", "go on until Ctrl-C, also after the connection or the pod was gone")
		.option("--since <offset>", "begin at this offset of the log (default: the oldest byte the pod has)",
			wholeNumber(0, Number.MAX_SAFE_INTEGER))
		.option("--seconds <n>", "with -f: end after this many seconds", wholeNumber(1, 7 * 86400))
		.option("--raw", "the bytes as the camera sent them, control characters too");
	withPod(command).action(async (options: PodFlags & LogFlags) => {
		const { runLog } = await import("./log-reader.ts");
		await runLog(await podOf(options, context), options, context);
	});
}

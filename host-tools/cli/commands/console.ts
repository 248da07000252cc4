/** `rackpod console`: the camera's serial console in this terminal. Ctrl-] leaves; every other key goes to the camera. */
import type { Command } from "commander";
import type { ConsoleFlags } from "./console-session.ts";
import type { CommandContext } from "../context.ts";
import { podOf, wholeNumber, withPod, type PodFlags } from "../options.ts";

export function addConsole(program: Command, context: CommandContext): void {
	const command = program.command("console").description("the camera's serial console; Ctrl-] leaves")
		.option("--log <file>", "append everything the camera says to a file")
		.option("--take", "take the console over from whoever has it")
		.option("--no-backlog", "don't show what the camera said before")
		.option("--seconds <n>", "leave after this many seconds", wholeNumber(1, 7 * 86400));
	withPod(command).action(async (options: PodFlags & ConsoleFlags) => {
		const { runConsole } = await import("./console-session.ts");
		await runConsole(await podOf(options, context), options, context);
	});
}

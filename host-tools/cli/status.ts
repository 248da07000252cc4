/** `rackpod status`: what the pod says about itself. */
import type { Command } from "commander";
import { jsonLine } from "../printable.ts";
import type { Context } from "./context.ts";
import { podOf, withPod, type PodOptions } from "./options.ts";
import { outline } from "./text.ts";

export function addStatus(program: Command, context: Context): void {
	withPod(program.command("status").description("show name, memory, power, serial line, transfers of the pod")).action(async (options: PodOptions) => {
		const status = await podOf(options, context).status();
		context.stdout.write(options.json ? jsonLine(status) : `${outline(status).join("\n")}\n`);
	});
}

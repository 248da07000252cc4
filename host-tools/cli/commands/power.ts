/** `rackpod power`: the camera's supply. */
import type { Command } from "commander";
import { jsonLine, printable } from "../../base/printable.ts";
import { Argument } from "../commander.ts";
import type { CommandContext } from "../context.ts";
import { podOf, withPod, type PodFlags } from "../options.ts";

export function addPower(program: Command, context: CommandContext): void {
	const command = program.command("power").description("show or switch the camera's power");
	command.addArgument(new Argument("[action]", "what to do").choices(["state", "on", "off", "cycle"]).default("state"));
	withPod(command).action(async (action: "state" | "on" | "off" | "cycle", options: PodFlags) => {
		const pod = await podOf(options, context);
		const state = await { state: () => pod.power(), on: () => pod.powerOn(), off: () => pod.powerOff(),
			cycle: () => pod.powerCycle() }[action]();
		context.stdout.write(options.json ? jsonLine(state) : `camera ${state.camera_on ? "on" : "off"} (${printable(state.camera_path)})\n`);
	});
}

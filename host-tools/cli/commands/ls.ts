/** `rackpod ls`: what is staged, and how its transfers went. */
import type { Command } from "commander";
import { jsonLine } from "../../base/printable.ts";
import type { CommandContext } from "../context.ts";
import { podOf, withPod, type PodFlags } from "../options.ts";

export function addLs(program: Command, context: CommandContext): void {
	withPod(program.command("ls").description("list the files staged on the pod")).action(async (options: PodFlags) => {
		const [{ sizeText }, { counted }, { table }] = await Promise.all([
			import("../../base/bytes.ts"), import("../../base/counted.ts"), import("../screen/text.ts")
		]);
		const area = await (await podOf(options, context)).files();
		if (options.json) {
			context.stdout.write(jsonLine(area));
			return;
		}
		const rows = area.files.map(({ name, size, crc32, reads, completed, last_error, armed_size, received = 0 }) => {
			const armed = armed_size !== undefined;
			return [size, armed ? "-" : crc32, `${completed}/${reads}`, name,
				last_error ?? (armed ? `${received} of up to ${counted(armed_size, "byte")} from the camera` : "")];
		});
		for (const line of table([...rows.length ? [["bytes", "crc32", "read", "name", ""]] : [], ...rows]))
			context.stdout.write(`${line}\n`);
		context.stdout.write(`${area.files.length} of ${area.max_slots} files; ${sizeText(area.psram_largest_free_block)} free\n`);
	});
}

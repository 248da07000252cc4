/** `rackpod stage`: puts files on the pod, from where the camera loads them by TFTP. */
import { basename } from "node:path";
import type { Command } from "commander";
import { Failure } from "../../base/failure.ts";
import type { CommandContext } from "../context.ts";
import { podOf, withLog, withPod, type JobFlags, type PodFlags } from "../options.ts";

export function addStage(program: Command, context: CommandContext): void {
	const command = program.command("stage").description("put files on the pod, from where the camera loads them with tftpboot")
		.argument("<file...>", "files").option("--name <name>", "name on the pod (one file only; default: the file's own name)");
	withLog(withPod(command)).action(async (files: string[], options: PodFlags & JobFlags & { name?: string }) => {
		if (options.name !== undefined && files.length > 1)
			throw new Failure("usage", "--name is for one file", "stage the files one by one");
		const names = files.map(path => options.name ?? basename(path));
		const twice = names.find((name, index) => names.indexOf(name) !== index);
		if (twice !== undefined)
			throw new Failure("usage", `${files.filter(path => basename(path) === twice).join(" and ")} would both be ${twice} on the pod`,
				"stage them one by one, with --name");
		const [{ sizeText }, { crcOfFile }, { fileSize }, { runJob }, { paceText, timed }] = await Promise.all([
			import("../../base/bytes.ts"), import("../../base/crc32.ts"), import("../../base/input.ts"), import("../job.ts"), import("../screen/text.ts")
		]);
		const pod = await podOf(options, context);
		const inputs = await Promise.all(files.map(async path => ({ path, name: options.name ?? basename(path),
			length: await fileSize(path, { what: "the file" }), crc32: await crcOfFile(path) })));
		await runJob(context, options, async ({ progress, signal }) => {
			for (const { path, name, length, crc32 } of inputs) {
				const begin = context.clock.now();
				const onProgress = (sent: number): void => {
					progress.event({ event: "staging", name, sent, total: length }, `staging ${name}`);
					progress.update("stage", `staging ${name}`, sent / length, paceText(sent, length, context.clock.now() - begin));
				};
				const staged = await pod.stage(name, { path, length }, { crc32, signal, onProgress });
				const took = context.clock.now() - begin;
				progress.event({ event: "staged", ...staged, elapsed_ms: Math.round(took) });
				progress.finish("stage", `staged ${name}: ${sizeText(length)}, crc32 ${staged.crc32}, ${timed(length, took)}`);
			}
		});
	});
}

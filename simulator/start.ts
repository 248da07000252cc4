/**
 * `npm start -- [options]`: one pod on Linux until Ctrl-C or SIGTERM. When everything listens, one line of JSON on stdout says where;
 * all other output goes to stderr.
 */
import { refuseWhatNpmTook } from "./arguments.ts";
import { existsFlash, nextSteps } from "./next-steps.ts";
import { startPod, type StartOptions, type RunningPod } from "./pod.ts";
import { namespaceObstacle } from "./qemu/namespace.ts";
import { startCommand } from "./start-options.ts";

const command = startCommand().action(run);

type Options = Omit<StartOptions, "settings" | "cameraArguments" | "signal"> & { set: Record<string, string>; cameraHelp?: boolean };

async function run(cameraArguments: string[], { set, cameraHelp, ...options }: Options): Promise<void> {
	if (cameraHelp) {
		process.argv = [...process.argv.slice(0, 2), "--help"];
		await import(options.camera === "qemu" ? "./qemu/main.ts" : "./camera/main.ts");
		return;
	}
	const noTap = options.tap ? options.camera === "qemu" ? namespaceObstacle() : "only with --camera qemu" : undefined;
	if (noTap)
		command.error(`--tap: ${noTap}`);
	const over = new AbortController();
	// npm passes on what the terminal sends to both: each may come twice, and the second must not end this before the rest is gone
	for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
		process.on(signal, () => over.abort());
	const kept = options.state !== undefined && existsFlash(options.state);
	let pod: RunningPod;
	try {
		pod = await startPod({ ...options, settings: set, cameraArguments, signal: over.signal });
	}
	catch (error) {
		if (over.signal.aborted)
			return;
		return command.error((error as Error).message); // what went wrong in detail is on stderr already
	}
	const { http, bridge, rfc2217, tftp, state, pid } = pod;
	process.stdout.write(JSON.stringify({ ready: true, http, bridge, rfc2217, tftp, state, pid }) + "\n");
	process.stderr.write(nextSteps(pod, { camera: options.camera, flash: kept ? "kept" : options.blank ? "blank" : "system" }));
	const reason = await pod.ended;
	await pod.stop();
	if (!over.signal.aborted) {
		process.stderr.write(`${reason}\n`);
		process.exitCode = 1;
	}
}

refuseWhatNpmTook(command);
await command.parseAsync();

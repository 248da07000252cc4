/**
 * The whole firmware in the Linux host's device mode: every module is preloaded as the SDK's linker does it, and the pod serves from a heap
 * of the device's size.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { startPod } from "../../simulator/pod.ts";
import type { Problem } from "./graph.ts";

const FILE = "src/board/esp32s3/manifest.json";

export interface Run {
	problems: Problem[];
	/** In use when the pod idles after all that was asked of it. */
	slots: number;
	chunks: number;
}

/** Starts a pod and asks it for everything that takes memory. */
export async function runDevice(): Promise<Run> {
	const log: string[] = [];
	const run: Run = { problems: [], slots: 0, chunks: 0 };
	const say = (message: string): void => void run.problems.push({ file: FILE, message: `in device mode ${[message, ...log].join("; ")}` });
	try {
		const pod = await startPod({ httpPort: 0, bridgePort: 0, tftpPort: 0, camera: "none", flavour: "debug", device: true, log: line => log.push(line) });
		try {
			await exercise(pod.http, pod.tftp, say);
			const { memory, faults } = await (await fetch(`${pod.http}/status`)).json() as { memory: { heap_slots: number; heap_chunk_bytes: number }; faults: { count: number; last: string } };
			if (faults.count > 0)
				say(`something failed: ${faults.last}`);
			run.slots = memory.heap_slots;
			run.chunks = memory.heap_chunk_bytes;
		}
		finally {
			await pod.stop();
		}
	}
	catch (error) {
		say(error instanceof Error ? error.message : String(error));
	}
	return run;
}

async function exercise(http: string, tftp: string, say: (message: string) => void): Promise<void> {
	const file = new Uint8Array(1_000_000).map((_, at) => at * 31 + (at >> 8));
	const names = Array.from({ length: 6 }, (_, at) => `part${at}`);
	const stage = async (name: string): Promise<void> => {
		const { status } = await fetch(`${http}/tftp/${name}`, { method: "PUT", body: file });
		if (status !== 200)
			say(`PUT /tftp/${name} is answered ${status}`);
	};
	await Promise.all(names.map(stage));
	const { stdout } = await promisify(execFile)("curl", ["-sS", ...names.flatMap(name => [`tftp://${tftp}/${name}`])], { encoding: "buffer", maxBuffer: 1e8 });
	if (!stdout.equals(Buffer.concat(names.map(() => file))))
		say("TFTP gives other bytes than were staged");
	for (const [method, path, body] of [["POST", "/power/cycle", ""], ["PATCH", "/settings", "{\"name\":\"rack-7\"}"], ["GET", "/settings", undefined], ["GET", "/tftp", undefined], ["GET", "/uart/log", undefined], ["GET", "/", undefined], ["DELETE", "/tftp", undefined]] as const) {
		const { status } = await fetch(`${http}${path}`, { method, body });
		if (status !== 200)
			say(`${method} ${path} is answered ${status}`);
	}
}

/**
 * What a running pod has of its JavaScript heap, after a collection (simulator/host/census.c): asked by a signal, so that the question
 * itself costs the pod nothing.
 */
import type { TestPod } from "./running-pod.ts";

export interface Maker {
	maker: string;
	slots: number;
	/** Bytes of chunks. */
	bytes: number;
	objects: number;
}

export interface Heap {
	slots: number;
	maxSlots: number;
	/** Bytes of chunks. */
	chunks: number;
	maxChunks: number;
	/** Property names made at run time: they stay for ever. */
	names: number;
	/** Who has the slots, most of them first. */
	makers: Maker[];
}

/** One question at a time for each pod. Rejects when the pod has ended or doesn't answer within 20 s. */
export async function heapOf(pod: TestPod): Promise<Heap> {
	const from = pod.log.length;
	process.kill(pod.pid, "SIGUSR2");
	const deadline = Date.now() + 20_000;
	while (pod.log.indexOf("heap: end", from) < 0) {
		if (Date.now() > deadline)
			throw new Error(`the pod didn't tell its heap; its last words: ${pod.log.slice(-3).join("\n")}`);
		await new Promise(resolve => setTimeout(resolve, 5));
	}
	const lines = pod.log.slice(from, pod.log.indexOf("heap: end", from));
	const total = lines.map(line => /^heap: (\d+) of (\d+) slots, (\d+) of (\d+) bytes of chunks, (\d+) names/.exec(line)).find(Boolean);
	const [slots, maxSlots, chunks, maxChunks, names] = total!.slice(1).map(Number) as [number, number, number, number, number];
	const makers = lines.flatMap(line => {
		const [, slots, bytes, objects, maker] = /^heap: +(\d+) slots +(\d+) bytes +(\d*) +(.*)/.exec(line) ?? [];
		return maker ? [{ maker, slots: Number(slots), bytes: Number(bytes), objects: Number(objects) }] : [];
	});
	return { slots, maxSlots, chunks, maxChunks, names, makers };
}

/** The makers' table for people, of those that have more in `after` than in `before`. */
export function growth(before: Heap, after: Heap): string {
	const rows = after.makers.map(({ maker, slots, bytes, objects }) => {
		const was = before.makers.find(each => each.maker === maker);
		return { maker, slots: slots - (was?.slots ?? 0), bytes: bytes - (was?.bytes ?? 0), objects: objects - (was?.objects ?? 0) };
	});
	return [
		`slots ${before.slots} -> ${after.slots}, chunks ${before.chunks} -> ${after.chunks}, names ${before.names} -> ${after.names}`,
		...rows.filter(row => row.slots > 0 || row.bytes > 0).sort((a, b) => b.slots - a.slots).map(row => `${row.slots} slots ${row.bytes} bytes ${row.objects} ${row.maker}`)
	].join("\n");
}

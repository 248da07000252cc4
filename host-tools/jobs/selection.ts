/**
 * Which partitions of a dump are wanted.
 */
import { basename } from "node:path";
import { Failure } from "../base/failure.ts";
import type { Partition } from "../flash/layout.ts";

/** The partitions that are written. Where nothing is said, one that lies over several others is left to these. */
export function select(partitions: readonly Partition[], only: readonly string[] | undefined,
	onNote?: (text: string) => void): readonly Partition[] {
	if (!only) {
		const over = partitions.filter(partition => partitions.filter(other => other !== partition && covers(partition, other)).length > 1);
		if (over.length)
			onNote?.(`left out: ${over.map(({ name }) => name).join(", ")}, which lies over the others; --only ${over[0]!.name} writes it in ` +
				`their place`);
		return partitions.filter(partition => !over.includes(partition));
	}
	for (const name of only) {
		if (!partitions.some(partition => matches(partition, name)))
			throw new Failure("usage", `there is no partition ${name} in the dump`,
				`it has ${partitions.map(partition => partition.name).join(", ")}`);
	}
	return partitions.filter(partition => only.some(name => matches(partition, name)));
}

function covers(partition: Partition, other: Partition): boolean {
	return partition.offset <= other.offset && partition.offset + partition.length >= other.offset + other.length;
}

function matches(partition: Partition, name: string): boolean {
	return partition.name === name || basename(partition.path) === name || /^mtd\d+/i.exec(basename(partition.path))?.[0] === name;
}

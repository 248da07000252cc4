/** The flash's partitions as the kernel's command line gives them: mtdparts=hi_sfc:256k(boot),64k(env),-(rest) */

export interface Partition {
	name: string;
	offset: number;
	size: number;
}

const UNITS: Readonly<Record<string, number>> = Object.freeze({ "": 1, k: 1 << 10, m: 1 << 20 });

/** Nothing when there is no such part, or it can't be read; what comes behind the chip's end is cut off, as the kernel does. */
export function parsePartitions(commandLine: string, flashSize: number): Partition[] {
	const [, list = ""] = /\bmtdparts=[^:\s]+:(\S+)/.exec(commandLine) ?? [];
	const partitions: Partition[] = [];
	let next = 0;
	for (const [, size, unit, at, atUnit, name] of list.matchAll(/(-|\d+)([km]?)(?:@(\d+)([km]?))?\(([^)]*)\)/gi)) {
		const offset = at === undefined ? next : Number(at) * UNITS[atUnit!.toLowerCase()]!;
		const left = Math.max(0, flashSize - offset);
		const bytes = size === "-" ? left : Math.min(left, Number(size) * UNITS[unit!.toLowerCase()]!);
		partitions.push({ name: name!, offset, size: bytes });
		next = offset + bytes;
	}
	return partitions;
}

/** What happens to the table's datagrams, either way. */
import type { Faults } from "../support/network.ts";

export interface BadNetwork {
	name: string;
	faults: Faults;
	/** Nothing is lost: every transfer must succeed. */
	whole: boolean;
}

const lossy = (percent: number): BadNetwork => ({ name: `lost ${percent}%`, faults: { loss: percent / 100, delay: 1 }, whole: percent === 0 });

export const NETWORKS: readonly BadNetwork[] = [
	...[0, 1, 2, 5, 10, 20, 30].map(lossy),
	{ name: "twice 10%", faults: { duplicate: 0.1, delay: 1 }, whole: true },
	{ name: "swapped 10%", faults: { reorder: 0.1, hold: 20, delay: 1 }, whole: true },
	{ name: "50-80 ms", faults: { delay: 50, jitter: 30 }, whole: true },
	{ name: "all of it", faults: { loss: 0.02, duplicate: 0.05, reorder: 0.05, hold: 20, delay: 2, jitter: 3 }, whole: false }
];

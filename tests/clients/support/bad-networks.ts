/** What happens to datagrams on the way. */
import type { Faults } from "../../../simulator/qemu/faults.ts";

export interface BadNetwork {
	/** Goes on after "when". */
	title: string;
	faults: Omit<Faults, "seed">;
	/** Nothing is lost or late: every transfer must succeed. */
	passes: boolean;
}

export const BAD_NETWORKS: readonly BadNetwork[] = [
	{ title: "1 % is lost", faults: { loss: 0.01 }, passes: false },
	{ title: "5 % are repeated", faults: { duplicate: 0.05 }, passes: true },
	{ title: "5 % come late, behind later ones", faults: { reorder: 0.05 }, passes: false },
	{ title: "all take 3 ms", faults: { delay: 3 }, passes: true },
	{ title: "all of it at once", faults: { loss: 0.005, duplicate: 0.02, reorder: 0.02, delay: 1 }, passes: false }
];

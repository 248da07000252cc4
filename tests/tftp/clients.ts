/**
 * The TFTP clients of the table, each with its timers and its patience, as one thing that transfers a file and says whether it thinks that
 * it did. What is told of real programs was read in their sources.
 */
import type { UDPConstructor } from "base/io";
import type { Time } from "base/time";
import { RFCClient, type RFCOptions } from "../support/tftp-clients.ts";
import { UBoot, type Version } from "../support/tftp-uboot.ts";

export interface Client {
	name: string;
	/** Block sizes it is tried with; those of it that has no options: 512. */
	blocks: readonly number[];
	/** Windows it is tried with. */
	windows: readonly number[];
	/** Doesn't upload in windows. */
	download(terms: Terms, name: string, store: Uint8Array): Run;
	upload(terms: Terms, name: string, bytes: Uint8Array): Run;
}

export interface Terms {
	io: UDPConstructor;
	time: Time;
	server: string;
	block: number;
	window: number;
}

export interface Run {
	/** undefined while it goes on. */
	outcome(): "done" | "failed" | undefined;
	/** Bytes that it says it has; of a download. */
	size(): number;
}

function uboot(version: Version, blocks: readonly number[], windows: readonly number[] = [1]): Client {
	const run = ({ block, window, ...terms }: Terms, name: string, ram: Uint8Array, upload?: number): Run => {
		const client = new UBoot({ version, ...terms, name, ram, blockSize: block, ...window > 1 && { window }, ...upload !== undefined && { upload } });
		return { outcome: () => client.state === "running" ? undefined : client.state === "success" ? "done" : "failed", size: () => client.size };
	};
	return {
		name: `U-Boot ${version}`, blocks, windows,
		download: (terms, name, store) => run(terms, name, store),
		upload: (terms, name, bytes) => run(terms, name, bytes, bytes.length)
	};
}

type Timers = Pick<RFCOptions, "timer" | "growth" | "patience">;

function program(name: string, timers: Timers, blocks: readonly number[], windows: readonly number[] = [1], more: Record<string, number> = {}): Client {
	const run = ({ block, window, ...terms }: Terms, file: string, rest: Partial<RFCOptions>): Run => {
		let size = 0;
		const { store } = rest;
		const client = new RFCClient({
			...terms, ...timers, ...rest, name: file, options: { ...more, ...block !== 512 && { blksize: block }, ...window > 1 && { windowsize: window } },
			...store && { store: bytes => {
				store(bytes);
				size += bytes.length;
			} }
		});
		return { outcome: () => client.state === "running" ? undefined : client.state, size: () => size };
	};
	return {
		name, blocks, windows,
		download: (terms, file, ram) => {
			let at = 0;
			return run(terms, file, { store: bytes => {
				ram.set(bytes, at);
				at += bytes.length;
			} });
		},
		upload: (terms, file, bytes) => run(terms, file, { upload: bytes })
	};
}

export const CLIENTS: readonly Client[] = [
	uboot("2010.06", [512, 1468]),
	uboot("2016.11", [512, 1468]),
	uboot("upstream", [512, 1468], [1, 4, 16]),
	// tftp-hpa 5.2 (tftp/tftp.c): 5 s, and 25 s in all without progress; no options
	program("tftp-hpa", { timer: 5000, patience: 4 }, [512]),
	// busybox 1.35 (networking/tftp.c): 100 ms, half as much more each time, 12 times
	program("busybox", { timer: 100, growth: 1.5, patience: 12 }, [512, 1468]),
	// curl 7.88 (lib/tftp.c) told to take a minute at most: each 5 s, 12 times; asks for size and timeout
	program("curl", { timer: 5000, patience: 12 }, [512, 1468], [1], { tsize: 0, timeout: 6 }),
	// atftp 0.8 (tftp_def.h): 5 s, 5 times
	program("atftp", { timer: 5000, patience: 5 }, [512, 1468], [1, 4, 16])
];

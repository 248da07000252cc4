/**
 * The TFTP clients of the table, each with its timers and its patience, as one thing that transfers a file and says whether it thinks that
 * it did. U-Boot's are models of their own (tests/support/tftp-uboot.ts). The others go by the book but for what is told of each below,
 * which is in its sources; not in here is how each differs in what it does with a packet out of order (busybox, for one, ignores a block
 * that comes again, and curl repeats its own for an ACK that does). The real ones are in tests/clients.
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

type Timers = Pick<RFCOptions, "timer" | "growth" | "longest" | "patience" | "deadline">;

/** Which options it asks for: with a block size, a window, and how many bytes it uploads (0 for a download). */
type Asks = (block: number, window: number, size: number) => Record<string, number>;

const ifOther = (block: number): Record<string, number> => block === 512 ? {} : { blksize: block };

function program(name: string, timers: Timers, blocks: readonly number[], windows: readonly number[], asks: Asks): Client {
	const run = ({ block, window, ...terms }: Terms, file: string, rest: Partial<RFCOptions>): Run => {
		let size = 0;
		const { store, upload } = rest;
		const client = new RFCClient({
			...terms, ...timers, leaves: true, ...rest, name: file, options: asks(block, window, upload?.length ?? 0),
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
	// tftp-hpa 5.2, tftp/main.c and tftp/tftp.c: 5 s each time, and it ends when 25 s have passed with nothing new; no options
	program("tftp-hpa", { timer: 5000, patience: 4 }, [512], [1], () => ({})),
	// busybox, networking/tftp.c: 100 ms, half as much more each time up to 2 s; the 12th ends it; tells or asks the size
	program("busybox", { timer: 100, growth: 1.5, longest: 2000, patience: 11 }, [512, 1468], [1],
		(block, _, size) => ({ ...ifOther(block), tsize: size })),
	// curl, lib/tftp.c, with --max-time 60: a twelfth of that each time, 12 times, and 60 s in all; without it, it waits 72 s for a block
	program("curl", { timer: 5000, patience: 12, deadline: 60_000 }, [512, 1468], [1],
		(block, _, size) => ({ tsize: size, blksize: block, timeout: 5 })),
	// atftp 0.8.0, tftp_def.h and tftp_file.c: 5 s each time; the sixth ends it
	program("atftp", { timer: 5000, patience: 5 }, [512, 1468], [1, 4, 16],
		(block, window) => ({ ...ifOther(block), ...window > 1 && { windowsize: window } }))
];

import { filled } from "../../simulator/random.ts";

/** Builds the body of `POST /fastboot` for tests. */
export interface BlobParts {
	splAddress?: number;
	ddrStepAddress?: number;
	ubootAddress?: number;
	prestep0?: Uint8Array;
	ddrstep0?: Uint8Array;
	prestep1?: Uint8Array;
	spl?: Uint8Array;
	agent?: Uint8Array;
}

/** A chip like hi3516ev300, with small parts unless others are given. */
export function blob(parts: BlobParts = {}): Uint8Array {
	const { splAddress = 0x0401_0500, ddrStepAddress = 0x0401_3000, ubootAddress = 0x4100_0000 } = parts;
	const { prestep0 = filled(64, 1), ddrstep0 = filled(64, 2), prestep1 = new Uint8Array(0), spl = filled(2_100, 3), agent = loader(3_000, 4) } = parts;
	const bytes: number[] = [];
	const big = (value: number, size: number): void => {
		for (let shift = (size - 1) * 8; shift >= 0; shift -= 8)
			bytes.push((value >>> shift) & 0xff);
	};
	const part = (data: Uint8Array, size: number): void => {
		big(data.length, size);
		for (let i = 0; i < data.length; i++)
			bytes.push(data[i]!);
	};
	big(splAddress, 4);
	big(ddrStepAddress, 4);
	big(ubootAddress, 4);
	part(prestep0, 2);
	part(ddrstep0, 2);
	part(prestep1, 2);
	part(spl, 4);
	part(agent, 4);
	return Uint8Array.from(bytes);
}

/** What `loader` says that it is. */
export const LOADER_VERSION = "U-Boot 2016.11-g6d2ed0c-dirty (Mar 20 2023 - 13:54:41 +0300)hi3516ev300";

/** `filled`, with what makes a camera run it: a branch at its begin, and at its end a version to print, in plain. */
export function loader(length: number, seed: number, version = LOADER_VERSION): Uint8Array {
	const bytes = filled(length, seed);
	bytes.set([0x0e, 0x00, 0x00, 0xea]); // b 0x40
	const start = length - version.length - 1;
	for (let i = 0; i < version.length; i++)
		bytes[start + i] = version.charCodeAt(i);
	bytes[length - 1] = 0;
	return bytes;
}

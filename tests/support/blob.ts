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
	const { prestep0 = filled(64, 1), ddrstep0 = filled(64, 2), prestep1 = new Uint8Array(0), spl = filled(2_100, 3), agent = filled(3_000, 4) } = parts;
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

/** `length` bytes that differ from those of another `seed`, without long runs. */
export function filled(length: number, seed: number): Uint8Array {
	const bytes = new Uint8Array(length);
	for (let i = 0, value = seed * 2_654_435_761; i < length; i++) {
		value = (Math.imul(value, 1_664_525) + 1_013_904_223) >>> 0;
		bytes[i] = value >>> 24;
	}
	return bytes;
}

/** md, mw, cp, crc32. Widths: .b, .w, .l. */
import type { Commands } from "../u-boot.ts";
import { crc32, hex32 } from "../crc.ts";
import { hex, hexes, width } from "./arguments.ts";

/** Bytes worked on between two looks at the clock. */
const SLICE = 65536;

/** Milliseconds for a slice: a checksum; a fill or a copy. */
const CRC_TIME = 3;
const MOVE_TIME = 1;

export const MEMORY: Commands = {
	md: {
		help: "memory display",
		usage: ["[.b, .w, .l] address [# of objects]"],
		*run(uboot, args, name) {
			const size = width(name);
			const address = hex(args[0]);
			const count = args[1] === undefined ? 64 : hex(args[1]);
			if (address === undefined || count === undefined)
				return yield* uboot.usage("md");
			const { ram, uart } = uboot.machine;
			for (let done = 0; done < count * size; done += 16) {
				if (uart.swallow())
					return 1;
				const bytes = Buffer.from(ram.read(address + done, Math.min(16, count * size - done)));
				const objects = Array.from({ length: bytes.length / size },
					(_, index) => bytes.readUIntLE(index * size, size).toString(16).padStart(size * 2, "0"));
				const text = [...bytes].map(byte => byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".").join("");
				const columns = (size * 2 + 1) * 16 / size;
				yield* uboot.print(`${hex32(address + done)}: ${objects.join(" ").padEnd(columns - 1)}    ${text}\n`);
			}
			return 0;
		}
	},
	mw: {
		help: "memory write (fill)",
		usage: ["[.b, .w, .l] address value [count]"],
		*run(uboot, args, name) {
			const size = width(name);
			const numbers = hexes(args, 2);
			const count = args[2] === undefined ? 1 : hex(args[2]);
			if (!numbers || count === undefined)
				return yield* uboot.usage("mw");
			const [address, value] = numbers as [number, number];
			const { ram, processor } = uboot.machine;
			const pattern = Buffer.alloc(Math.min(SLICE, count * size));
			for (let offset = 0; offset < pattern.length; offset += size)
				pattern.writeUIntLE(size === 4 ? value : value % 2 ** (8 * size), offset, size);
			for (let done = 0; done < count * size; done += SLICE) {
				ram.write(address + done, pattern.subarray(0, count * size - done));
				yield* processor.spend(MOVE_TIME);
			}
			return 0;
		}
	},
	cp: {
		help: "memory copy",
		usage: ["[.b, .w, .l] source target count"],
		*run(uboot, args, name) {
			const numbers = hexes(args, 3);
			if (!numbers)
				return yield* uboot.usage("cp");
			const [source, target, count] = numbers as [number, number, number];
			const { ram, processor } = uboot.machine;
			const length = count * width(name);
			for (let done = 0; done < length; done += SLICE) {
				ram.write(target + done, ram.read(source + done, Math.min(SLICE, length - done)));
				yield* processor.spend(MOVE_TIME);
			}
			return 0;
		}
	},
	crc32: {
		help: "checksum calculation",
		usage: ["address count [addr]\n    - compute CRC32 checksum [save at addr]"],
		*run(uboot, args) {
			const numbers = hexes(args, 2);
			const target = args[2] === undefined ? undefined : hex(args[2]);
			if (!numbers || (args[2] !== undefined && target === undefined))
				return yield* uboot.usage("crc32");
			const [address, length] = numbers as [number, number];
			const { ram, processor } = uboot.machine;
			let crc = 0;
			for (let done = 0; done < length;) {
				const span = ram.span(address + done, Math.min(SLICE, length - done));
				crc = crc32(span, crc);
				done += span.length;
				yield* processor.spend(CRC_TIME * span.length / SLICE);
			}
			yield* uboot.print(`${uboot.flavour.crc32Name} for ${hex32(address)} ... ${hex32(address + length - 1)} ==> ${hex32(crc)}\n`);
			if (target !== undefined)
				ram.write(target, Uint8Array.of(crc >>> 24, crc >>> 16, crc >>> 8, crc));
			return 0;
		}
	}
};

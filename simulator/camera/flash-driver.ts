/**
 * U-Boot's way to the flash: erases block by block, programs in short runs of pages, and takes the time the chip takes.
 * The processor sees nothing else meanwhile: what is typed overflows the UART's FIFO.
 */
import type { Machine } from "./machine.ts";
import { PAGE } from "./nor.ts";
import type { Program } from "./processor.ts";

/** Pages between two looks at the clock. */
const RUN = 8 * PAGE;

/** Bytes between two reports of progress, and read at once. */
const SLICE = 65536;

/** Milliseconds for reading 1 KiB over four lines. */
const READ_TIME = 0.1;

/** Told how many bytes are done. */
export type Progress = (done: number) => Program;

/** Where `address` really is, and how many bytes follow it there. */
function reached({ nor, settings }: Machine, address: number): { at: number; left: number } {
	const limit = settings.reach || nor.size;
	return { at: address % limit, left: limit - address % limit };
}

/** `length` and `offset` are multiples of `unit`. Larger pieces are erased at once where they fit. */
export function* eraseFlash(machine: Machine, offset: number, length: number, unit: number, progress?: Progress): Program {
	const { nor, processor } = machine;
	for (let done = 0; done < length;) {
		const big = (offset + done) % SLICE === 0 && length - done >= SLICE;
		const size = big ? SLICE : unit;
		yield* processor.spend(nor.erase(reached(machine, offset + done).at, size, size));
		nor.finish();
		done += size;
		if (progress)
			yield* progress(done);
	}
}

export function* writeFlash(machine: Machine, offset: number, bytes: Uint8Array, progress?: Progress): Program {
	const { nor, processor } = machine;
	for (let done = 0, next = SLICE; done < bytes.length;) {
		const size = Math.min(RUN - (offset + done) % RUN, bytes.length - done);
		yield* processor.spend(nor.program(reached(machine, offset + done).at, bytes.subarray(done, done + size)));
		nor.finish();
		done += size;
		if (progress && (done >= next || done === bytes.length)) {
			next += SLICE;
			yield* progress(done);
		}
	}
}

export function* readFlash(machine: Machine, offset: number, length: number, address: number): Program {
	const { nor, ram, processor } = machine;
	for (let done = 0; done < length;) {
		const { at, left } = reached(machine, offset + done);
		const size = Math.min(SLICE, length - done, left);
		ram.write(address + done, nor.read(at, size));
		yield* processor.spend(READ_TIME * size / 1024);
		done += size;
	}
}

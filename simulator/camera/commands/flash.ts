/** sf: probe, read, write, erase, update. */
import { eraseFlash, readFlash, writeFlash, type Progress } from "../flash-driver.ts";
import type { Program } from "../processor.ts";
import type { Commands, UBoot } from "../u-boot.ts";
import { hex, hexes } from "./arguments.ts";

export const FLASH: Commands = {
	sf: {
		help: "SPI flash sub-system",
		usage: [
			"probe [[bus:]cs] [hz] [mode]\t- init flash device on given SPI bus and chip select",
			"read addr offset len\t- read `len' bytes starting at `offset' to memory at `addr'",
			"write addr offset len\t- write `len' bytes from memory at `addr' to flash at `offset'",
			"erase offset [+]len\t- erase `len' bytes from `offset'; `+len' round up `len' to block size",
			"update addr offset len\t- erase and write `len' bytes from memory at `addr' to flash at `offset'"
		],
		*run(uboot, [verb, ...args]) {
			if (verb === "probe")
				return yield* probe(uboot);
			if (!verb || !["read", "write", "erase", "update", uboot.machine.settings.protection === "protect" ? "protect" : "lock"].includes(verb))
				return yield* uboot.usage("sf");
			if (!uboot.probed && uboot.machine.settings.strictFlash) {
				yield* uboot.print("No SPI flash selected. Please run `sf probe'\n");
				return 1;
			}
			if (verb === "lock" || verb === "protect")
				return yield* unlock(uboot, verb, args);
			if (uboot.machine.settings.protection === "protect" && uboot.machine.nor.locked && verb !== "read") {
				yield* uboot.print(`offset ${args[verb === "erase" ? 0 : 1]} is protected and cannot be ${verb === "erase" ? "erased" : "written"}\nSF: ERROR\n`);
				return 1;
			}
			if (verb === "erase")
				return yield* erase(uboot, args);
			const numbers = args.length === 3 ? hexes(args, 3) : undefined;
			if (!numbers)
				return yield* uboot.usage("sf");
			const [address, offset, length] = numbers as [number, number, number];
			const { size } = uboot.machine.nor;
			yield* info(uboot, `device 0 ${offset === 0 && length === size ? "whole chip" : `offset 0x${offset.toString(16)}, size 0x${length.toString(16)}`}\n`);
			if (offset + length > size) {
				yield* uboot.print(`ERROR: attempting ${verb === "write" ? "write" : verb} past flash size (0x${size.toString(16)})\n`);
				return 1;
			}
			return yield* (verb === "read" ? read : verb === "write" ? write : update)(uboot, address, offset, length);
		}
	}
};

/** `lock 0` as OpenIPC's and HiSilicon's, `protect unlock OFFSET LENGTH` as upstream's. */
function* unlock(uboot: UBoot, verb: string, args: string[]): Program<number> {
	const { nor, settings: { protection } } = uboot.machine;
	if (verb === "protect" && (args.length !== 3 || args[0] !== "unlock"))
		return yield* uboot.usage("sf");
	if (protection === verb)
		nor.locked = false;
	if (verb === "lock")
		yield* uboot.print("unlock all block.\n");
	return 0;
}

/** Texts that only the newer U-Boots print. */
function* info(uboot: UBoot, text: string): Program {
	if (uboot.flavour.name === "2016.11")
		yield* uboot.print(text);
}

function* probe(uboot: UBoot): Program<number> {
	const { nor, settings, processor } = uboot.machine;
	yield* processor.sleep(20);
	uboot.probed = true;
	yield* uboot.print(uboot.flavour.name === "2016.11"
		? `SF: Detected W25Q128BV with page size 256 Bytes, erase size ${settings.eraseUnit >> 10} KiB, total ${nor.size >> 20} MiB\n`
		: `${nor.size >> 10} KiB hi_fmc at 0:0 is now current device\n`);
	if (settings.reach)
		yield* uboot.print(`SF: Warning - Only lower ${settings.reach >> 20}MiB accessible, Full access #define CONFIG_SPI_FLASH_BAR\n`);
	return 0;
}

function* erase(uboot: UBoot, args: string[]): Program<number> {
	const { machine } = uboot;
	const unit = machine.settings.eraseUnit;
	const offset = hex(args[0]);
	let length = hex(args[1]?.replace(/^\+/, ""));
	if (args.length !== 2 || offset === undefined || length === undefined)
		return yield* uboot.usage("sf");
	if (args[1]!.startsWith("+"))
		length = Math.ceil(length / unit) * unit;
	if (offset + length > machine.nor.size) {
		yield* uboot.print(`ERROR: attempting erase past flash size (0x${machine.nor.size.toString(16)})\n`);
		return 1;
	}
	const aligned = offset % unit === 0 && length % unit === 0;
	if (aligned)
		yield* eraseFlash(machine, offset, length, unit, shown(uboot, "Erasing", offset, length));
	else
		yield* uboot.print("SF: Erase offset/length not multiple of erase size\n");
	yield* info(uboot, `SF: ${length} bytes @ 0x${offset.toString(16)} Erased: ${aligned ? "OK" : "ERROR"}\n`);
	return aligned ? 0 : 1;
}

function* read(uboot: UBoot, address: number, offset: number, length: number): Program<number> {
	const { ram, counts, settings: { misreads } } = uboot.machine;
	yield* readFlash(uboot.machine, offset, length, address);
	if (misreads.includes(++counts.reads)) {
		const [byte] = ram.read(address + length / 2 | 0, 1);
		ram.write(address + length / 2 | 0, Uint8Array.of(byte! ^ 8));
	}
	yield* info(uboot, `SF: ${length} bytes @ 0x${offset.toString(16)} Read: OK\n`);
	return 0;
}

function* write(uboot: UBoot, address: number, offset: number, length: number): Program<number> {
	const { machine } = uboot;
	yield* writeFlash(machine, offset, machine.ram.read(address, length), shown(uboot, "Writing", offset, length));
	yield* info(uboot, `SF: ${length} bytes @ 0x${offset.toString(16)} Written: OK\n`);
	return 0;
}

/** Erase block by erase block: leaves alone what is the same already, keeps what lies around. */
function* update(uboot: UBoot, address: number, offset: number, length: number): Program<number> {
	const { machine } = uboot;
	const { nor, processor, settings: { eraseUnit } } = machine;
	const start = processor.time.now();
	let written = 0;
	for (let done = 0; done < length;) {
		const at = offset + done;
		const size = Math.min(eraseUnit - at % eraseUnit, length - done);
		const bytes = machine.ram.read(address + done, size);
		yield* processor.spend(size / 10240);
		if (Buffer.compare(nor.read(at, size), bytes) !== 0) {
			const base = at - at % eraseUnit;
			const block = nor.read(base, eraseUnit).slice();
			block.set(bytes, at - base);
			yield* eraseFlash(machine, base, eraseUnit, eraseUnit);
			yield* writeFlash(machine, base, block);
			written += size;
		}
		done += size;
		const rate = Math.round(done * 1000 / Math.max(1, processor.time.now() - start));
		yield* uboot.print(`   \rUpdating, ${Math.floor(done * 100 / length)}% ${rate} B/s`);
	}
	const seconds = (processor.time.now() - start) / 1000;
	yield* uboot.print(`\r${written} bytes written, ${length - written} bytes skipped in ${seconds.toFixed(3)}s, speed ${Math.round(length / Math.max(0.001, seconds))} B/s\n`);
	return 0;
}

/** A line that is overwritten at each step. */
function shown(uboot: UBoot, doing: string, offset: number, length: number): Progress {
	return function* (done) {
		const percent = String(Math.floor(done * 100 / length)).padStart(3);
		yield* uboot.print(`\r${doing} at 0x${(offset + done).toString(16)} -- ${percent}% complete.${done === length ? "\n" : ""}`);
	};
}

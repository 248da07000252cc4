/** boot, bootm, reset. */
import { crc32, hex32 } from "../crc.ts";
import { Reset, StartLinux } from "../machine.ts";
import type { Program } from "../processor.ts";
import type { Commands, UBoot } from "../u-boot.ts";
import { HEADER_SIZE, parseUImage } from "../uimage.ts";
import { hex } from "./arguments.ts";

/** Bytes checked between two looks at the clock, and the milliseconds they take. */
const SLICE = 65536;
const SLICE_TIME = 3;

export const BOOT: Commands = {
	boot: {
		help: "boot default, i.e., run 'bootcmd'",
		usage: [""],
		*run(uboot) {
			return yield* uboot.execute(uboot.environment.get("bootcmd") ?? "");
		}
	},
	bootm: {
		help: "boot application image from memory",
		usage: ["[addr [arg ...]]\n    - boot application image stored in memory"],
		*run(uboot, args) {
			const address = hex(args[0] ?? uboot.environment.get("baseaddr") ?? "42000000");
			if (address === undefined)
				return yield* uboot.usage("bootm");
			return yield* bootm(uboot, address);
		}
	},
	reset: {
		help: "Perform RESET of the CPU",
		usage: [""],
		once: true,
		*run(uboot) {
			yield* uboot.print("resetting ...\n");
			yield* uboot.machine.uart.drain();
			throw new Reset();
		}
	}
};

function* bootm(uboot: UBoot, address: number): Program<number> {
	const { ram, settings, processor, emit } = uboot.machine;
	const header = ram.read(address, HEADER_SIZE);
	const image = parseUImage(header);
	if (!image && (settings.kernel !== "any" || header.every(byte => byte === 0xff || byte === 0))) {
		emit("nokernel", {});
		yield* uboot.print("Wrong Image Format for bootm command\nERROR: can't get kernel image!\n");
		return 1;
	}
	yield* uboot.print(`## Booting kernel from Legacy Image at ${hex32(address)} ...\n`);
	if (image) {
		if (!image.intact && settings.kernel === "crc") {
			yield* uboot.print("Bad Header Checksum\nERROR: can't get kernel image!\n");
			return 1;
		}
		yield* uboot.print(`   Image Name:   ${image.name}\n   Image Type:   ARM Linux Kernel Image (uncompressed)\n   Data Size:    ${image.size} Bytes = ${(image.size / 1048576).toFixed(1)} MiB\n`
			+ `   Load Address: ${hex32(image.load)}\n   Entry Point:  ${hex32(image.entry)}\n`);
		if (image.intact) {
			yield* uboot.print("   Verifying Checksum ... ");
			if ((yield* checksum(uboot, address + HEADER_SIZE, image.size)) !== image.dataCrc) {
				yield* uboot.print("Bad Data CRC\nERROR: can't get kernel image!\n");
				return 1;
			}
			yield* uboot.print("OK\n");
		}
	}
	yield* uboot.print("   Loading Kernel Image ... OK\nOK\n\nStarting kernel ...\n\n");
	yield* processor.sleep(10);
	throw new StartLinux(commandLine(uboot));
}

function* checksum({ machine: { ram, processor } }: UBoot, address: number, length: number): Program<number> {
	let crc = 0;
	// a length beyond the memory is a broken header
	for (let done = 0; done < Math.min(length, ram.size);) {
		const span = ram.span(address + done, Math.min(SLICE, length - done));
		crc = crc32(span, crc);
		done += span.length;
		yield* processor.spend(SLICE_TIME * span.length / SLICE);
	}
	return crc;
}

/** bootargs, with the variables that OpenIPC's leave in them (`\${mtdparts}`) filled in. */
function commandLine({ environment }: UBoot): string {
	return (environment.get("bootargs") ?? "").replace(/\\?\$\{(\w+)\}/g, (_, name: string) => environment.get(name) ?? "");
}

/**
 * The board that QEMU's sifive_u is with Debian's u-boot-sifive: where its boot ROM wants its code, how its NOR is divided, and QEMU's
 * command line for it. The chip's own boot ROM is replaced by ours, which loads what it would load.
 *
 * After a download, U-Boot must be where the SPL looks without being in the NOR: the SPL is told (by the board's mode switch) to load it
 * from an SD card, and the card holds the bytes that were downloaded. So the flash stays as it was until somebody writes it. A reset ends
 * QEMU and our boot ROM has the word again.
 */
import type { Family } from "../camera/families.ts";

export const PACKAGE = "u-boot-sifive";
/** Inside the package: u-boot-spl.bin and u-boot.itb. */
export const IMAGES = "usr/lib/u-boot/sifive_unleashed";

/** is25wp256 */
export const NOR_SIZE = 32 << 20;

/** The NOR's areas, as the U-Boot was built for: the SPL where the chip's ROM finds it, U-Boot, the saved environment. */
export const LAYOUT = Object.freeze({
	spl: Object.freeze({ offset: 0x5000, size: 0x100000 }),
	uboot: Object.freeze({ offset: 0x105000, size: 0x400000 }),
	environment: Object.freeze({ offset: 0x505000, size: 0x20000 })
});

/** Our boot ROM with this chip's addresses: the SPL runs in the L2 cache used as SRAM (2 MiB), DDR begins at 0x80000000. */
export const FAMILY: Family = Object.freeze({
	name: "sifive",
	stepAddress: 0x081f0000,
	splAddress: 0x08000000,
	ubootAddress: 0x84000000,
	sramEnd: 0x08200000,
	markers: "window",
	tailAck: "all",
	hangsOnFF: false,
	greetsAgain: false
});

/** Where the SPL looks on the card (CONFIG_SYS_MMCSD_RAW_MODE_U_BOOT_SECTOR), and the card's size: a power of two, as QEMU demands. */
const CARD_OFFSET = 0x822 * 512;
export const CARD_SIZE = 4 << 20;

/** An SD card with a downloaded U-Boot; undefined when it is too big. */
export function card(uboot: Uint8Array): Buffer | undefined {
	if (CARD_OFFSET + uboot.length > CARD_SIZE)
		return undefined;
	const bytes = Buffer.alloc(CARD_SIZE);
	bytes.set(uboot, CARD_OFFSET);
	return bytes;
}

export interface Start {
	/** Files: the SPL, the NOR, and the card when U-Boot comes from there. */
	spl: string;
	nor: string;
	card?: string;
	/** The console's character device for -serial. */
	console: string;
	/** A -netdev named "wire". */
	netdev: string;
}

export const PROGRAM = "qemu-system-riscv64";

/** The 8 GiB are what the device tree in the image says; about 125 MB of them are ever touched. */
export function commandLine({ spl, nor, card, console, netdev }: Start): string[] {
	const mode = card === undefined ? 6 : 11;
	return [
		"-M", `sifive_u,msel=${mode},memory-backend=ram`,
		"-object", "memory-backend-ram,id=ram,size=8G,reserve=off",
		"-m", "8G", "-smp", "2",
		"-display", "none", "-monitor", "none",
		"-bios", spl,
		"-drive", `if=mtd,format=raw,file=${nor}`,
		...card === undefined ? [] : ["-drive", `if=sd,format=raw,file=${card}`],
		"-netdev", netdev, "-net", "nic,netdev=wire",
		"-serial", console
	];
}

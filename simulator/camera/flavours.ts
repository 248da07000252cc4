/**
 * How the U-Boots behave that a camera can have. What their commands print beyond this is in commands/; which version it is, the image says
 * (loader.ts).
 */
import type { TFTPVersion } from "./tftp-marks.ts";

export interface UBootFlavour {
	name: string;
	/** Ends with "# ", as existing clients wait for. */
	prompt: string;
	/** Printed before the countdown. */
	autoboot: string;
	/** Any key stops autoboot; otherwise only Ctrl-C. */
	anyKey: boolean;
	/** False: the old simple parser without `&&` and comments. */
	hush: boolean;
	tftp: TFTPVersion;
	/** Commands it does not have, though others do. */
	lacks: readonly string[];
	/** As in "crc32 for 42000000 ...". */
	crc32Name: string;
}

const OLD = Object.freeze(["tftpput", "version", "true", "false"]);

export const FLAVOURS: Readonly<Record<string, UBootFlavour>> = Object.freeze({
	"2016.11": Object.freeze({
		name: "2016.11",
		prompt: "OpenIPC # ",
		autoboot: "Press Ctrl-c to stop autoboot...",
		anyKey: false,
		hush: true,
		tftp: "2016.11",
		lacks: [],
		crc32Name: "crc32"
	}),
	"2010.06": Object.freeze({
		name: "2010.06",
		prompt: "OpenIPC # ",
		autoboot: "Hit any key to stop autoboot: ",
		anyKey: true,
		hush: true,
		tftp: "2010.06",
		lacks: OLD,
		crc32Name: "CRC32"
	}),
	xm: Object.freeze({
		name: "xm",
		prompt: "hisilicon # ",
		autoboot: "Hit ctrl+c to stop autoboot: ",
		anyKey: false,
		hush: false,
		tftp: "2010.06",
		lacks: Object.freeze([...OLD, "tftpboot"]),
		crc32Name: "CRC32"
	})
});

/** How a U-Boot of this version behaves. */
export function flavourOf(version: string): UBootFlavour {
	return FLAVOURS[/^U-Boot 2010\.\d\d-svn/.test(version) ? "xm" : /^U-Boot 20(0\d|1[0-3])\./.test(version) ? "2010.06" : "2016.11"]!;
}

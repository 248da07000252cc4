/** The U-Boots a camera can have. What their commands print beyond this is in commands/. */
import type { TFTPVersion } from "./tftp-marks.ts";

export interface Flavour {
	name: string;
	/** Printed after the SPL has done its work. */
	version: string;
	/** Must end with "# " for the reference client (e.0). */
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

export const FLAVOURS: Readonly<Record<string, Flavour>> = Object.freeze({
	"2016.11": Object.freeze({
		name: "2016.11",
		version: "U-Boot 2016.11-g6d2ed0c-dirty (Mar 20 2023 - 13:54:41 +0300)hi3516ev300",
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
		version: "U-Boot 2010.06 (Nov 14 2022 - 19:23:46)",
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
		version: "U-Boot 2010.06-svn1098 (Jun 11 2018 - 13:14:05)",
		prompt: "hisilicon # ",
		autoboot: "Hit ctrl+c to stop autoboot: ",
		anyKey: false,
		hush: false,
		tftp: "2010.06",
		lacks: Object.freeze([...OLD, "tftpboot"]),
		crc32Name: "CRC32"
	})
});

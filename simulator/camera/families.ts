/** What differs between the boot ROMs of the chips. Each switch can also be set by itself (options.ts). */

export interface Family {
	name: string;
	/** Where the DDR step, the SPL and U-Boot belong. */
	stepAddress: number;
	splAddress: number;
	ubootAddress: number;
	/** The first address behind the SRAM that an upload may use; beyond it the ROM faults and starts over. */
	sramEnd: number;
	/** "window": five groups of five 0x20 after power-on, then flash. "continuous": 0x20 until an 0xAA comes. */
	markers: "window" | "continuous" | "none";
	/** Which TAILs are acknowledged. "steps": SPL and U-Boot have detached the handler before. */
	tailAck: "all" | "steps" | "none";
	/** A DATA payload with 12 or more consecutive 0xFF hangs the ROM in the middle of the frame. */
	hangsOnFF: boolean;
	/** After called code has returned, 0x20 are sent again until 0xAA comes. */
	greetsAgain: boolean;
}

const EV300: Family = Object.freeze({
	name: "ev300",
	stepAddress: 0x04013000,
	splAddress: 0x04010500,
	ubootAddress: 0x41000000,
	sramEnd: 0x04018500,
	markers: "window",
	tailAck: "all",
	hangsOnFF: false,
	greetsAgain: false
});

export const FAMILIES: Readonly<Record<string, Family>> = Object.freeze({
	/** hi3516ev200, hi3516ev300: PRESTEP0 and DDRSTEP0. */
	ev300: EV300,
	/** hi3516cv500, av300, dv300, hi3559v200. */
	cv500: Object.freeze({ ...EV300, name: "cv500", stepAddress: 0x04017000, ubootAddress: 0x81000000, hangsOnFF: true }),
	/** hi3516av200, av300: no answer to the TAILs of SPL and U-Boot. */
	av200: Object.freeze({ ...EV300, name: "av200", ubootAddress: 0x81000000, tailAck: "steps" }),
	/** The chips without PRESTEP0, which greet again after each step. */
	plain: Object.freeze({ ...EV300, name: "plain", ubootAddress: 0x81000000, greetsAgain: true }),
	/** Older ROMs: markers until somebody answers. */
	patient: Object.freeze({ ...EV300, name: "patient", markers: "continuous" })
});

/** Addresses from here on are DDR, except the high SRAM of the set-top chips. */
export function isDDR(address: number): boolean {
	return address >= 0x40000000 && address < 0xff000000;
}

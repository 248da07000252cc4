/**
 * U-Boot's environment and its form in flash: CRC-32 (little-endian) over the rest of the block, then name=value strings,
 * each ended by NUL, the last by two.
 */
import { crc32 } from "./crc.ts";

/** Where OpenIPC's U-Boot keeps it. */
export const ENVIRONMENT_OFFSET = 0x40000;
export const ENVIRONMENT_SIZE = 0x10000;

export class Environment {
	#variables: Map<string, string>;

	constructor(variables: Iterable<readonly [string, string]> = []) {
		this.#variables = new Map(variables);
	}

	/** What `block` holds, undefined when its CRC is wrong. */
	static decode(block: Uint8Array): Environment | undefined {
		const bytes = Buffer.from(block.buffer, block.byteOffset, block.byteLength);
		if (bytes.readUInt32LE(0) !== crc32(bytes.subarray(4)))
			return undefined;
		const end = bytes.indexOf("\0\0", 4, "latin1");
		const text = bytes.subarray(4, end < 0 ? undefined : end).toString("latin1");
		const environment = new Environment();
		for (const entry of text.split("\0")) {
			const equals = entry.indexOf("=");
			if (equals > 0)
				environment.set(entry.slice(0, equals), entry.slice(equals + 1));
		}
		return environment;
	}

	/** The block for the flash; undefined when the variables don't fit. */
	encode(size = ENVIRONMENT_SIZE): Uint8Array | undefined {
		const text = Buffer.from(this.list().map(([name, value]) => `${name}=${value}\0`).join("") + "\0", "latin1");
		if (text.length > size - 4)
			return undefined;
		const block = Buffer.alloc(size);
		text.copy(block, 4);
		block.writeUInt32LE(crc32(block.subarray(4)));
		return block;
	}

	/** Bytes of the variables as `printenv` counts them. */
	get size(): number {
		return this.list().reduce((sum, [name, value]) => sum + name.length + value.length + 2, 0);
	}

	get(name: string): string | undefined {
		return this.#variables.get(name);
	}

	/** An empty value removes the variable. */
	set(name: string, value: string): void {
		if (value)
			this.#variables.set(name, value);
		else
			this.#variables.delete(name);
	}

	/** In the order of their names, as 2016.11 prints and saves them. */
	list(): [name: string, value: string][] {
		return [...this.#variables].sort(([a], [b]) => a < b ? -1 : 1);
	}
}

/** What U-Boot starts with when the flash holds none, in the way of OpenIPC's builds. */
export function defaultEnvironment(norSize: number, bootDelay: number, more: Readonly<Record<string, string>> = {}): Environment {
	const big = norSize > 8 << 20;
	const layout = (kernel: number, rootfs: number): string =>
		`setenv mtdparts hi_sfc:256k(boot),64k(env),${kernel}k(kernel),${rootfs}k(rootfs),-(rootfs_data)`;
	const nor8m = layout(2048, 5120);
	const nor16m = layout(3072, 10240);
	const boot = "setenv setargs setenv bootargs ${bootargs}; run setargs; sf probe 0; "
		+ `sf read \${baseaddr} 0x50000 ${big ? "0x300000" : "0x200000"}; bootm \${baseaddr}`;
	const environment = new Environment([
		["baseaddr", "0x42000000"],
		["baudrate", "115200"],
		["bootargs", "mem=${osmem} console=ttyAMA0,115200 panic=20 root=/dev/mtdblock3 rootfstype=squashfs init=/init mtdparts=${mtdparts}"],
		["bootcmd", boot],
		["bootcmdnor", boot],
		["bootdelay", String(bootDelay)],
		["ethact", "eth0"],
		["ethaddr", "00:00:23:34:45:66"],
		["gatewayip", "192.168.1.1"],
		["ipaddr", "192.168.1.10"],
		["mtdparts", (big ? nor16m : nor8m).slice("setenv mtdparts ".length)],
		["mtdpartsnor16m", nor16m],
		["mtdpartsnor8m", nor8m],
		["netmask", "255.255.255.0"],
		["osmem", "32M"],
		["serverip", "192.168.1.107"],
		["soc", "hi3516ev300"],
		["stderr", "serial"],
		["stdin", "serial"],
		["stdout", "serial"],
		// OpenIPC's dangerous one: after a failed tftpboot it goes on behind the first semicolon
		["uknor", "mw.b ${baseaddr} ff 1000000; tftpboot ${baseaddr} uImage.${soc} && sf probe 0; "
			+ "sf erase 0x50000 0x200000; sf write ${baseaddr} 0x50000 ${filesize}"]
	]);
	for (const [name, value] of Object.entries(more))
		environment.set(name, value);
	return environment;
}

/** ping, tftpboot, tftp, tftpput. What is typed meanwhile is swallowed; Ctrl-C ends them. */
import { POD } from "../network.ts";
import type { Program } from "../processor.ts";
import { tftp, type Transfer } from "../tftp-transfer.ts";
import type { Commands, UBoot } from "../u-boot.ts";
import { hex } from "./arguments.ts";

/** Until the PHY has a link and the MAC runs. */
const START = 100;

/** How long an unanswered ping waits (PING_TIMEOUT). */
const PING_TIME = 10000;

const LOAD_ADDRESS = "0x42000000";

const LOAD_USAGE = Object.freeze(["[loadAddress] [[hostIPaddr:]bootfilename]"]);

export const NETWORK: Commands = {
	ping: {
		help: "send ICMP ECHO_REQUEST to network host",
		usage: ["pingAddress"],
		*run(uboot, [host]) {
			if (!host || !/^\d+(\.\d+){3}$/.test(host))
				return yield* uboot.usage("ping");
			if (!(yield* start(uboot, ["ipaddr", "ethaddr"])))
				return 1;
			const alive = reachable(uboot, host);
			if (yield* waits(uboot, alive ? 2 : PING_TIME)) {
				yield* uboot.print("\nAbort\n");
				return 1;
			}
			yield* uboot.print(alive ? `host ${host} is alive\n` : `\nping failed; host ${host} is not alive\n`);
			return alive ? 0 : 1;
		}
	},
	tftpboot: { help: "boot image via network using TFTP protocol", usage: LOAD_USAGE, run: load },
	tftp: { help: "download or upload image via network using TFTP protocol", usage: [...LOAD_USAGE, "loadAddress bootfilename size\n    - upload (2010.06)"], run: load },
	tftpput: {
		help: "TFTP put command, for uploading files to a server",
		usage: ["Address Size [[hostIPaddr:]filename]"],
		*run(uboot, [address, size, file]) {
			const from = hex(address);
			const length = hex(size);
			if (from === undefined || length === undefined)
				return yield* uboot.usage("tftpput");
			return yield* transfer(uboot, from, file, length);
		}
	}
};

function* load(uboot: UBoot, args: string[], name: string): Program<number> {
	const fallback = uboot.environment.get("loadaddr") ?? uboot.environment.get("baseaddr") ?? LOAD_ADDRESS;
	// a single argument is the address if it can be one
	const [address, file, size] = args.length === 1 && hex(args[0]) === undefined ? [fallback, args[0]]
		: [args[0] ?? fallback, args[1], args[2]];
	const to = hex(address);
	const length = size === undefined ? undefined : hex(size);
	const uploads = uboot.flavour.tftp === "2010.06" && name === "tftp";
	if (to === undefined || args.length > (uploads ? 3 : 2) || (size !== undefined && length === undefined))
		return yield* uboot.usage(uboot.find(name)!);
	return yield* transfer(uboot, to, file, length);
}

function* transfer(uboot: UBoot, address: number, path: string | undefined, length: number | undefined): Program<number> {
	const { environment, machine } = uboot;
	const [, host, file] = /^(?:(\d+(?:\.\d+){3}):)?(.+)$/.exec(path ?? environment.get("bootfile") ?? "") ?? [];
	const server = host ?? environment.get("serverip");
	if (!server) {
		yield* uboot.print("*** ERROR: `serverip' not set\n");
		return 1;
	}
	if (!file) {
		yield* uboot.print("*** ERROR: no file name given\n");
		return 1;
	}
	if (!(yield* start(uboot, ["ipaddr", "ethaddr"])))
		return 1;
	const request: Transfer = { address, file, server, length, reachable: reachable(uboot, server) };
	const size = yield* tftp(uboot, request);
	machine.emit("tftp", { file, upload: length !== undefined, size: size ?? null });
	if (size === undefined)
		return 1;
	if (size > 0) {
		const digits = size.toString(16);
		yield* uboot.print(`Bytes transferred = ${size} (${digits} hex)\n`);
		environment.set("filesize", digits);
		environment.set("fileaddr", address.toString(16));
	}
	if (length === undefined && environment.get("autostart") === "yes") {
		yield* uboot.print(`Automatic boot of image at addr 0x${address.toString(16).toUpperCase().padStart(8, "0")} ...\n`);
		return yield* uboot.execute(`bootm ${address.toString(16)}`);
	}
	return 0;
}

/** Starts the Ethernet. False when a variable is missing. */
function* start(uboot: UBoot, needs: string[]): Program<boolean> {
	for (const name of needs) {
		if (!uboot.environment.get(name)) {
			yield* uboot.print(`*** ERROR: \`${name}' not set\n`);
			return false;
		}
	}
	yield* uboot.machine.processor.sleep(START);
	yield* uboot.print(uboot.flavour.name === "2016.11"
		? "Using eth0 device\n"
		: `Hisilicon ETH net controler\nMAC:   ${uboot.environment.get("ethaddr")!.toUpperCase().replaceAll(":", "-")}\n`);
	return true;
}

/** The pod is the only other one on this wire: it is found without tags, from its own network, and not behind a gateway that nobody is. */
function reachable({ environment, machine }: UBoot, host: string): boolean {
	const address = environment.get("ipaddr")!;
	const same = (mask: number): boolean => (number(address) & mask) === (number(host) & mask);
	const direct = same(number(environment.get("netmask") ?? "0.0.0.0")) || environment.get("gatewayip") === POD;
	return machine.network.plugged && host === POD && same(0xffffff00) && direct && !environment.get("vlan");
}

/** An address as a number. */
function number(address: string): number {
	return address.split(".").reduce((sum, part) => sum << 8 | Number(part), 0);
}

/** Waits; true when a Ctrl-C came. */
function* waits({ machine: { uart, processor: { time } } }: UBoot, milliseconds: number): Program<boolean> {
	for (const end = time.now() + milliseconds; time.now() < end;) {
		if (uart.swallow())
			return true;
		yield { milliseconds: end - time.now(), ready: () => uart.available > 0 };
	}
	return false;
}

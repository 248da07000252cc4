/** Runs a TFTP client (tftp-client.ts) on the camera: its socket, its timer, its console, and what U-Boot does when it fails. */
import type { Datagram } from "./network.ts";
import type { Program } from "./processor.ts";
import { TFTPClient } from "./tftp-client.ts";
import type { UBoot } from "./u-boot.ts";

export interface Transfer {
	/** Where in RAM the bytes go to or come from. */
	address: number;
	file: string;
	/** As typed. */
	server: string;
	/** Bytes to upload; undefined: a download. */
	length?: number;
	/** False when nobody answers ARP at that address. */
	reachable: boolean;
}

/** ARP: so many requests, so far apart. */
const ARP_TRIES = 5;
const ARP_TIME = 5000;

/** The Ethernet is stopped and started before another try. */
const RESTART = 100;

/** Packets that wait for the processor; later ones are lost, as in a real receive ring. */
const RING = 32;

/** The bytes transferred, undefined when it failed or was ended by Ctrl-C. */
export function* tftp(uboot: UBoot, transfer: Transfer): Program<number | undefined> {
	const { machine: { processor }, flavour, environment } = uboot;
	for (let tries = 0; ; tries++) {
		const outcome = yield* attempt(uboot, transfer);
		if (outcome === "abort")
			yield* uboot.print("\nAbort\n");
		if (typeof outcome === "number")
			return outcome;
		if (outcome !== "restart")
			return undefined;
		// 2010.06 begins again for ever, later ones only as often as `netretry` says
		const retry = environment.get("netretry");
		if (flavour.tftp !== "2010.06" && retry !== "yes" && tries >= (retry === "once" ? 1 : 0))
			return undefined;
		yield* processor.sleep(RESTART);
	}
}

function* attempt(uboot: UBoot, transfer: Transfer): Program<number | "fail" | "restart" | "abort"> {
	const { machine, flavour, environment } = uboot;
	const { processor, uart, ram, network } = machine;
	const { address, file, server, length } = transfer;
	const time = processor.time;
	yield* uboot.print(`TFTP from server ${server}; our IP address is ${environment.get("ipaddr")}\n${header(uboot, transfer)}`);
	if (!transfer.reachable)
		return yield* unanswered(uboot);

	let text = "";
	const inbox: Datagram[] = [];
	const endpoint = network.open(1024 + Math.floor(time.now()) % 3072, datagram => {
		if (inbox.length < RING)
			inbox.push(datagram);
		processor.poke();
	});
	try {
		const client = new TFTPClient({
			version: flavour.tftp,
			file,
			upload: length === undefined ? undefined : ram.read(address, length),
			store: (offset, bytes) => ram.write(address + offset, bytes),
			send: (packet, port) => endpoint.send(packet, port),
			print: more => text += more
		});
		const start = time.now();
		let deadline = start + client.timeout;
		client.start();
		while (client.state === "running") {
			yield { milliseconds: deadline - time.now(), ready: () => inbox.length > 0 || uart.available > 0 };
			if (uart.swallow())
				return "abort";
			const datagram = inbox.shift();
			if (datagram) {
				if (client.receive(datagram.bytes, datagram.port))
					deadline = time.now() + client.timeout;
				yield* processor.spend(machine.settings.blockTime * datagram.bytes.length / 1468);
			}
			else if (time.now() >= deadline) {
				client.expire();
				deadline = time.now() + client.timeout;
			}
			if (text) {
				yield* uboot.print(text);
				text = "";
			}
		}
		if (client.state !== "success")
			return client.state as "fail" | "restart";
		yield* uboot.print(footer(uboot, length, client.size, time.now() - start));
		return client.size;
	}
	finally {
		endpoint.close();
	}
}

function* unanswered(uboot: UBoot): Program<"restart" | "abort"> {
	const { uart, processor: { time } } = uboot.machine;
	for (let tries = 0; tries < ARP_TRIES; tries++) {
		for (const end = time.now() + ARP_TIME; time.now() < end;) {
			if (uart.swallow())
				return "abort";
			yield { milliseconds: end - time.now(), ready: () => uart.available > 0 };
		}
		yield* uboot.print("T ");
	}
	yield* uboot.print("\nARP Retry count exceeded; starting again\n");
	return "restart";
}

function header({ flavour }: UBoot, { address, file, length }: Transfer): string {
	const at = `0x${address.toString(16)}`;
	if (flavour.tftp !== "2010.06") {
		return length === undefined
			? `Filename '${file}'.\nLoad address: ${at}\nLoading: *\b`
			: `Filename '${file}'.\nSave address: ${at}\nSave size:    0x${length.toString(16)}\nSaving: *\b`;
	}
	return length === undefined
		? `Download Filename '${file}'.\nDownload to address: ${at}\nDownloading: *\b`
		: `Upload Filename '${file}'.\nUpload from address: ${at}, ${megabytes(length)} MB to be send ...\nUploading: *\b`;
}

function footer({ flavour }: UBoot, uploaded: number | undefined, size: number, milliseconds: number): string {
	if (flavour.tftp !== "2010.06") {
		const rate = milliseconds >= 1 ? `\n\t ${printedSize(Math.floor(size / Math.floor(milliseconds)) * 1000)}/s` : "";
		return `${rate}\ndone\n`;
	}
	return uploaded !== undefined ? `\n\t ${megabytes(uploaded)} MB upload ok.\n` : "\ndone\n";
}

function megabytes(size: number): string {
	return (Math.floor(size * 1000 / 1048576) / 1000).toFixed(3);
}

/** A size as U-Boot prints it: 2.1 MiB. */
function printedSize(size: number): string {
	for (const [unit, bytes] of [["GiB", 1 << 30], ["MiB", 1 << 20], ["KiB", 1 << 10]] as const) {
		if (size >= bytes)
			return `${(Math.round(size * 10 / bytes) / 10).toString()} ${unit}`;
	}
	return `${size} Bytes`;
}

/**
 * TFTP clients for tests: one that follows the RFCs (1350, 1123, 2347, 2348, 2349, 7440), and a bare socket for scripted ones.
 */
import type { Packet, UDP, UDPConstructor } from "base/io";
import type { Alarm, Time } from "base/time";

/** The bytes of `text`, one per character. */
export function ascii(text: string): Uint8Array {
	const bytes = new Uint8Array(text.length);
	for (let at = 0; at < text.length; at++)
		bytes[at] = text.charCodeAt(at);
	return bytes;
}

/** A request packet: opcode, then fields ended by zeros. */
export function requestOf(opcode: number, ...fields: (string | number)[]): Uint8Array {
	return ascii("\0" + String.fromCharCode(opcode) + fields.map(field => `${field}\0`).join(""));
}

export function errorOf(code: number, text: string): Uint8Array {
	return ascii(`\0\x05\0${String.fromCharCode(code)}${text}\0`);
}

export function ackOf(block: number): Uint8Array {
	return Uint8Array.of(0, 4, block >> 8, block);
}

export function dataOf(block: number, bytes: Uint8Array): Uint8Array {
	const packet = new Uint8Array(4 + bytes.length);
	packet.set([0, 3, block >> 8, block]);
	packet.set(bytes, 4);
	return packet;
}

/** A packet in the words of the traces: "RRQ name|octet|...", "OACK blksize|1468", "ACK 1", "DATA 2 (532 B)", "ERROR 2 text". */
export function describe(packet: ArrayBuffer | Uint8Array): string {
	const bytes = packet instanceof Uint8Array ? packet : new Uint8Array(packet);
	const opcode = bytes[0]! << 8 | bytes[1]!;
	const number = bytes[2]! << 8 | bytes[3]!;
	const text = (from: number): string => {
		let result = "";
		for (let at = from; at < bytes.length - 1; at++)
			result += bytes[at] ? String.fromCharCode(bytes[at]!) : "|";
		return result;
	};
	switch (opcode) {
		case 1: return `RRQ ${text(2)}`;
		case 2: return `WRQ ${text(2)}`;
		case 3: return `DATA ${number} (${bytes.length - 4} B)`;
		case 4: return `ACK ${number}`;
		case 5: return `ERROR ${number} ${text(4)}`;
		case 6: return `OACK ${text(2)}`;
		default: return `? ${opcode}`;
	}
}

/** The packet of such words, DATA filled with its block's number. */
export function packetOf(words: string): Uint8Array {
	const [kind, first = "", ...rest] = words.split(" ");
	const number = Number(first);
	switch (kind) {
		case "RRQ": return requestOf(1, ...first.split("|"));
		case "WRQ": return requestOf(2, ...first.split("|"));
		case "DATA": return dataOf(number, new Uint8Array(Number(rest[0]!.slice(1))).fill(number));
		case "ACK": return ackOf(number);
		case "ERROR": return errorOf(number, rest.join(" "));
		case "OACK": return requestOf(6, ...first.split("|"));
		default: throw new Error(`what is "${words}"?`);
	}
}

/** A socket that keeps what comes. */
export class Probe {
	readonly udp: UDP;
	readonly received: Packet[] = [];

	constructor(io: UDPConstructor, port = 0) {
		const { received } = this;
		this.udp = new io({
			port,
			onReadable(count) {
				for (; count > 0; count--)
					received.push(this.read()!);
			}
		});
	}

	/** What came since the last call, described. */
	take(): string[] {
		return this.received.splice(0).map(packet => describe(packet));
	}
}

export interface RFCOptions {
	io: UDPConstructor;
	time: Time;
	server: string;
	port?: number;
	name: string;
	/** Options in the order to be sent; "windowsize" makes it windowed. */
	options?: Record<string, number | undefined>;
	mode?: string;
	/** A client's own timer, milliseconds. */
	timer?: number;
	/** By how much it grows with each timeout in a row. */
	growth?: number;
	/** Up to this, milliseconds. */
	longest?: number;
	/** So many timeouts in a row are borne, and the next one ends it. */
	patience?: number;
	/** Gives up after so many milliseconds in all. */
	deadline?: number;
	/** Is gone with the ACK of the last block, and does not say it again. */
	leaves?: boolean;
	/** Where downloaded bytes go. */
	store?: (bytes: Uint8Array) => void;
	/** What is uploaded: makes it a WRQ. */
	upload?: Uint8Array;
	/** Its own port. */
	from?: number;
}

/** A client by the book, in both directions. */
export class RFCClient {
	state: "running" | "done" | "failed" = "running";
	reason = "";
	received = 0;
	timeouts = 0;
	/** Options the server agreed to. */
	readonly agreed: Record<string, number> = {};
	readonly transcript: string[] = [];
	readonly #options: RFCOptions;
	readonly #udp: UDP;
	#alarm: Alarm | undefined;
	#deadline: Alarm | undefined;
	#peer = 0;
	/** The last block received in order, or acknowledged by the server. */
	#block = 0;
	/** Blocks since the last ACK. */
	#pending = 0;
	#complained = false;
	#silent = 0;
	/** The last packet or packets, as functions of the state. */
	#again: () => void;

	constructor(options: RFCOptions) {
		this.#options = options;
		const client = this;
		this.#udp = new options.io({
			port: options.from ?? 0,
			onReadable(count) {
				for (; count > 0 && client.state !== "failed"; count--)
					client.#heard(this.read()!);
			}
		});
		const fields: (string | number)[] = [options.name, options.mode ?? "octet"];
		for (const [option, value] of Object.entries(options.options ?? {})) {
			if (value !== undefined)
				fields.push(option, value);
		}
		const request = requestOf(options.upload ? 2 : 1, ...fields);
		this.#again = () => this.#send(request, options.port ?? 69);
		if (options.deadline !== undefined)
			this.#deadline = options.time.after(options.deadline, () => this.state === "running" && this.#fail("took too long"));
		this.#say();
	}

	close(): void {
		this.#options.time.cancel(this.#alarm);
		this.#options.time.cancel(this.#deadline);
		this.#udp.close();
	}

	get #blockSize(): number {
		return this.agreed.blksize ?? 512;
	}

	get #window(): number {
		return this.agreed.windowsize ?? 1;
	}

	#say(): void {
		this.#options.time.cancel(this.#alarm);
		const { timer = 1000, growth = 1, longest = Infinity, time } = this.#options;
		this.#alarm = time.after(Math.min(timer * growth ** this.#silent, longest), () => this.#timeout());
		this.#again();
	}

	#timeout(): void {
		this.timeouts++;
		if (this.state === "done")
			this.close();
		else if (++this.#silent > (this.#options.patience ?? 10))
			this.#fail("gave up");
		else
			this.#say();
	}

	#fail(reason: string): void {
		this.state = "failed";
		this.reason = reason;
		this.close();
	}

	#send(bytes: Uint8Array, port = this.#peer): void {
		this.transcript.push(`> ${describe(bytes)}`);
		this.#udp.write(bytes, this.#options.server, port);
	}

	#heard(packet: Packet): void {
		const bytes = new Uint8Array(packet);
		const opcode = bytes[1];
		if (packet.address !== this.#options.server || (this.#peer && packet.port !== this.#peer)) {
			if (opcode !== 5)
				this.#udp.write(errorOf(5, "Unknown transfer ID"), packet.address, packet.port);
			return;
		}
		this.transcript.push(`< ${describe(packet)}`);
		const number = bytes[2]! << 8 | bytes[3]!;
		this.#peer = packet.port;
		if (opcode === 5)
			this.#fail(describe(packet));
		else if (opcode === 6)
			this.#offered(bytes);
		else if (opcode === 3 && !this.#options.upload)
			this.#data(number, bytes.subarray(4));
		else if (opcode === 4 && this.#options.upload)
			this.#acknowledged(number);
	}

	#offered(bytes: Uint8Array): void {
		if (this.#block !== 0)
			return;
		const fields = describe(bytes).slice(5).split("|");
		for (let index = 0; index + 1 < fields.length; index += 2)
			this.agreed[fields[index]!] = Number(fields[index + 1]);
		this.#silent = 0;
		if (this.#options.upload)
			this.#sendData();
		else
			this.#acknowledge();
	}

	#acknowledge(): void {
		const block = this.#block;
		this.#pending = 0;
		this.#again = () => this.#send(ackOf(block));
		this.#say();
	}

	#data(number: number, bytes: Uint8Array): void {
		const ahead = (number - this.#block - 1) & 0xffff;
		if (ahead !== 0 || this.state === "done") {
			// A duplicate or a gap: say where we are, once per gap.
			if (ahead >= 0x8000 || !this.#complained)
				this.#acknowledge();
			this.#complained = true;
			return;
		}
		this.#silent = 0;
		this.#complained = false;
		this.#block++;
		this.#pending++;
		this.received += bytes.length;
		this.#options.store?.(bytes);
		if (bytes.length < this.#blockSize)
			this.state = "done";
		if (this.state === "done" || this.#pending >= this.#window)
			this.#acknowledge();
		if (this.state === "done" && this.#options.leaves)
			this.close();
	}

	#acknowledged(number: number): void {
		const ahead = (number - this.#block) & 0xffff;
		const size = this.#options.upload!.length;
		if (ahead > this.#window || (ahead === 0 && this.#block !== 0))
			return;
		this.#silent = 0;
		this.#block += ahead;
		if (this.#block > Math.floor(size / this.#blockSize)) {
			this.state = "done";
			this.close();
		}
		else
			this.#sendData();
	}

	#sendData(): void {
		const { upload } = this.#options;
		const first = this.#block + 1;
		const last = Math.min(this.#block + this.#window, Math.floor(upload!.length / this.#blockSize) + 1);
		this.#again = () => {
			for (let block = first; block <= last; block++)
				this.#send(dataOf(block, upload!.subarray((block - 1) * this.#blockSize, block * this.#blockSize)));
		};
		this.#say();
	}
}

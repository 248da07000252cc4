/**
 * A network with one lwIP in it and everything else in the test's hands: hosts that speak UDP, and TCP as far as it takes to be obedient, slow,
 * rude or hostile (RFC 9293). Nothing is lost here but what the stack has no room for: insist() sends that again.
 */
import Timer from "timer";
import { until } from "../../host/support.ts";
import Wire from "./wire.ts";

const FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16;

function quad(address: string): number[] {
	return address.split(".").map(Number);
}

function sum(bytes: Uint8Array, start: number, from: number, to: number): number {
	let total = start;
	for (let at = from; at < to; at += 2)
		total += (bytes[at]! << 8) | (at + 1 < to ? bytes[at + 1]! : 0);
	return total;
}

function fold(total: number): number {
	while (total > 0xffff)
		total = (total & 0xffff) + (total >>> 16);
	return ~total & 0xffff;
}

/** An IPv4 packet with right checksums; `payload` begins with the header of TCP or UDP, whose checksum is at `checksumAt`. */
function packet(protocol: number, from: string, to: string, payload: Uint8Array, checksumAt: number): Uint8Array {
	const bytes = new Uint8Array(20 + payload.length);
	const view = new DataView(bytes.buffer);
	bytes.set([0x45, 0, bytes.length >> 8, bytes.length & 0xff, 0, 0, 0x40, 0, 64, protocol, 0, 0, ...quad(from), ...quad(to)]);
	view.setUint16(10, fold(sum(bytes, 0, 0, 20)));
	bytes.set(payload, 20);
	view.setUint16(20 + checksumAt, fold(sum(bytes, sum(bytes, protocol + payload.length, 12, 20), 20, bytes.length)));
	return bytes;
}

export interface Datagram {
	from: string;
	port: number;
	to: string;
	toPort: number;
	bytes: Uint8Array;
}

/** The link to one interface of the stack: its wire, and who is on it. */
export class Link {
	readonly wire: Wire;
	readonly datagrams: Datagram[] = [];
	/** Protocol numbers of packets that are neither TCP nor UDP. */
	readonly others: number[] = [];
	readonly peers: Peer[] = [];

	constructor(address: string, mask = "255.255.255.0") {
		const link = this;
		this.wire = new Wire({
			onReadable() {
				for (let bytes = this.read(); bytes; bytes = this.read())
					link.receive(new Uint8Array(bytes));
			}
		}, address, mask);
	}

	udp(from: string, port: number, to: string, toPort: number, bytes: Uint8Array): void {
		const payload = new Uint8Array(8 + bytes.length);
		const view = new DataView(payload.buffer);
		view.setUint16(0, port);
		view.setUint16(2, toPort);
		view.setUint16(4, payload.length);
		payload.set(bytes, 8);
		this.wire.write(packet(17, from, to, payload, 6));
	}

	close(): void {
		this.wire.close();
	}

	private receive(bytes: Uint8Array): void {
		const view = new DataView(bytes.buffer);
		const header = (bytes[0]! & 15) * 4;
		const from = bytes.subarray(12, 16).join(".");
		const to = bytes.subarray(16, 20).join(".");
		const port = view.getUint16(header);
		const toPort = view.getUint16(header + 2);
		if (bytes[9] === 17)
			this.datagrams.push({ from, port, to, toPort, bytes: bytes.slice(header + 8) });
		else if (bytes[9] === 6)
			this.peers.find(peer => peer.address === to && peer.port === toPort && peer.toPort === port)?.segment(view, header, bytes.length);
		else
			this.others.push(bytes[9]!);
	}
}

let ports = 40_000;

/** A TCP client. */
export class Peer {
	readonly address: string;
	readonly port = ports++;
	readonly toPort: number;
	/** Acknowledge and keep what comes. Without it the peer says nothing to anything, as one that is gone. */
	obedient = true;
	window = 32_768;
	connected = false;
	/** It came. */
	fin = false;
	rst = false;
	received: Uint8Array[] = [];
	/** Segments that had to be answered although they brought nothing. */
	asked = 0;
	/** Bytes of the stack's window, as it said last, from `sequence` on. */
	theirWindow = 0;
	acknowledged = 0;
	sequence = 1000;
	expected = 0;
	readonly link: Link;
	readonly to: string;

	private readonly sent: { sequence: number; bytes: Uint8Array }[] = [];

	constructor(link: Link, address: string, to: string, toPort: number) {
		this.link = link;
		this.address = address;
		this.to = to;
		this.toPort = toPort;
		link.peers.push(this);
		this.emit(SYN);
		this.sequence++;
	}

	/** Sends in segments of 1,000 bytes at most, whatever the window is. */
	send(bytes: Uint8Array, size = 1000): void {
		for (let at = 0; at < bytes.length; at += size) {
			const part = bytes.subarray(at, at + size);
			this.sent.push({ sequence: this.sequence, bytes: part });
			this.emit(ACK | PSH, part);
			this.sequence += part.length;
		}
	}

	/** Sends from now on what is not acknowledged again, the first few at a time, until all is. */
	async insist(): Promise<void> {
		while (!this.settled) {
			await new Promise<void>(resolve => void Timer.set(() => resolve(), 10));
			const end = this.sequence;
			for (const { sequence, bytes } of this.sent.filter(({ sequence }) => sequence >= this.acknowledged).slice(0, 4)) {
				this.sequence = sequence;
				this.emit(ACK | PSH, bytes);
			}
			this.sequence = end;
		}
		this.sent.length = 0;
	}

	/** The next segment, with the last byte urgent. */
	sendUrgent(bytes: Uint8Array): void {
		this.emit(ACK | PSH | 32, bytes, bytes.length);
		this.sequence += bytes.length;
	}

	finish(): void {
		this.emit(FIN | ACK);
		this.sequence++;
	}

	/** At the place the stack expects: any other it would ask about. */
	reset(): void {
		if (this.connected)
			this.sequence = this.acknowledged;
		this.emit(RST | ACK);
	}

	acknowledge(): void {
		this.emit(ACK);
	}

	/** All that was sent has been taken by the stack. */
	get settled(): boolean {
		return this.acknowledged === this.sequence;
	}

	/** By another link: a segment that came in by the wrong interface. */
	emit(flags: number, bytes: Uint8Array = new Uint8Array(0), urgent = 0, link: Link = this.link): void {
		const payload = new Uint8Array(20 + bytes.length);
		const view = new DataView(payload.buffer);
		view.setUint16(0, this.port);
		view.setUint16(2, this.toPort);
		view.setUint32(4, this.sequence);
		view.setUint32(8, flags & ACK ? this.expected : 0);
		view.setUint16(12, 0x5000 | flags);
		view.setUint16(14, this.window);
		view.setUint16(18, urgent);
		payload.set(bytes, 20);
		link.wire.write(packet(6, this.address, this.to, payload, 16));
	}

	segment(view: DataView, header: number, end: number): void {
		const flags = view.getUint8(header + 13);
		const start = header + (view.getUint8(header + 12) >> 4) * 4;
		this.theirWindow = view.getUint16(header + 14);
		if (flags & ACK)
			this.acknowledged = view.getUint32(header + 8);
		if (flags & RST) {
			this.rst = true;
			return;
		}
		if (flags & SYN) {
			this.expected = (view.getUint32(header + 4) + 1) >>> 0;
			this.connected = true;
			this.emit(ACK);
			return;
		}
		if (!this.obedient)
			return;
		if (view.getUint32(header + 4) !== this.expected) {
			// what can't be taken is answered with what can (RFC 9293 section 3.10.7.4), and so is the question whether we are there
			this.asked++;
			this.emit(ACK);
			return;
		}
		const data = new Uint8Array(view.buffer as ArrayBuffer, start, end - start);
		if (data.length > 0)
			this.received.push(data);
		this.expected = (this.expected + data.length + (flags & FIN)) >>> 0;
		this.fin ||= (flags & FIN) !== 0;
		if (data.length > 0 || flags & FIN)
			this.emit(ACK);
	}
}

/** A peer that is through with the handshake. */
export async function connected(link: Link, address: string, to: string, toPort: number): Promise<Peer> {
	const peer = new Peer(link, address, to, toPort);
	await until(() => peer.connected);
	return peer;
}

/**
 * Ethernet, ARP, IPv4, ICMP echo and UDP, as far as a boot loader speaks them: parse and build, no IO. Not a network stack: no
 * fragments, no options, no TCP.
 */

const ETHERNET = 14;
const IPV4 = 20;
const UDP = 8;
const TYPE_IPV4 = 0x0800;
const TYPE_ARP = 0x0806;
const PROTOCOL_ICMP = 1;
const PROTOCOL_UDP = 17;

/** A host on the wire: MAC of 6 bytes, IPv4 address as a number. */
export interface Station {
	mac: Uint8Array;
	ip: number;
}

export type Frame =
	| { kind: "arp"; from: Station; target: number }
	| { kind: "echo"; from: Station; to: number; message: Buffer }
	| { kind: "udp"; from: Station; to: number; sourcePort: number; port: number; payload: Buffer }
	| { kind: "other" };

/** "192.168.1.1" as a number. */
export function ipNumber(text: string): number {
	return text.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** Only requests are told apart: an ARP reply or an ICMP message that is no echo request is "other", and so is everything malformed. */
export function parseFrame(frame: Buffer): Frame {
	if (frame.length < ETHERNET + IPV4)
		return { kind: "other" };
	const mac = frame.subarray(6, 12);
	const type = frame.readUInt16BE(12);
	if (type === TYPE_ARP && frame.length >= ETHERNET + 28 && frame.readUInt16BE(20) === 1)
		return { kind: "arp", from: { mac, ip: frame.readUInt32BE(28) }, target: frame.readUInt32BE(38) };
	if (type !== TYPE_IPV4 || frame[ETHERNET] !== 0x45 || frame.readUInt16BE(20) & 0x3fff) // options, or a fragment
		return { kind: "other" };
	const end = ETHERNET + frame.readUInt16BE(16); // shorter frames are padded to 60 bytes
	const from = { mac, ip: frame.readUInt32BE(26) };
	const to = frame.readUInt32BE(30);
	const body = frame.subarray(ETHERNET + IPV4, end);
	if (end > frame.length || body.length < UDP)
		return { kind: "other" };
	if (frame[23] === PROTOCOL_ICMP && body[0] === 8)
		return { kind: "echo", from, to, message: body };
	if (frame[23] === PROTOCOL_UDP && body.readUInt16BE(4) === body.length)
		return { kind: "udp", from, to, sourcePort: body.readUInt16BE(0), port: body.readUInt16BE(2), payload: body.subarray(UDP) };
	return { kind: "other" };
}

export function arpReply(from: Station, to: Station): Buffer {
	const frame = Buffer.alloc(60);
	ethernetHeader(frame, from, to, TYPE_ARP);
	frame.writeUInt16BE(1, 14);
	frame.writeUInt16BE(TYPE_IPV4, 16);
	frame.writeUInt16BE(0x0604, 18);
	frame.writeUInt16BE(2, 20);
	frame.set(from.mac, 22);
	frame.writeUInt32BE(from.ip, 28);
	frame.set(to.mac, 32);
	frame.writeUInt32BE(to.ip, 38);
	return frame;
}

/** The answer to an echo request, with its identifier, sequence number and data. */
export function echoReply(from: Station, to: Station, request: Buffer): Buffer {
	const message = Buffer.from(request);
	message[0] = 0;
	message.writeUInt16BE(0, 2);
	message.writeUInt16BE(checksum(message), 2);
	return ipv4(from, to, PROTOCOL_ICMP, message);
}

/** Without a UDP checksum, which IPv4 allows (RFC 768). */
export function udp(from: Station, sourcePort: number, to: Station, port: number, payload: Uint8Array): Buffer {
	const message = Buffer.alloc(UDP + payload.length);
	message.writeUInt16BE(sourcePort, 0);
	message.writeUInt16BE(port, 2);
	message.writeUInt16BE(message.length, 4);
	message.set(payload, UDP);
	return ipv4(from, to, PROTOCOL_UDP, message);
}

function ipv4(from: Station, to: Station, protocol: number, body: Buffer): Buffer {
	const frame = Buffer.alloc(Math.max(60, ETHERNET + IPV4 + body.length));
	ethernetHeader(frame, from, to, TYPE_IPV4);
	const header = frame.subarray(ETHERNET, ETHERNET + IPV4);
	header[0] = 0x45;
	header.writeUInt16BE(IPV4 + body.length, 2);
	header[8] = 64;
	header[9] = protocol;
	header.writeUInt32BE(from.ip, 12);
	header.writeUInt32BE(to.ip, 16);
	header.writeUInt16BE(checksum(header), 10);
	frame.set(body, ETHERNET + IPV4);
	return frame;
}

function ethernetHeader(frame: Buffer, from: Station, to: Station, type: number): void {
	frame.set(to.mac, 0);
	frame.set(from.mac, 6);
	frame.writeUInt16BE(type, 12);
}

/** RFC 1071. */
function checksum(bytes: Buffer): number {
	let sum = 0;
	for (let i = 0; i + 1 < bytes.length; i += 2)
		sum += bytes.readUInt16BE(i);
	if (bytes.length & 1)
		sum += bytes[bytes.length - 1]! << 8;
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >>> 16);
	return ~sum & 0xffff;
}

/** The bridge with its RFC 2217 port on a serial line in virtual time, and a client's half of the protocol. */
import { strict as assert } from "node:assert";
import { RAW as RAW_BYTES } from "console/raw";
import { RFC2217 } from "rfc2217/connection";
import type { Peer } from "../../support/tcp";
import { network, setUp as setUpBridge, time, type SetUp } from "../console/support";

export { bridge, cable, defects, heardByCamera as heard, network, say, time, uart } from "../console/support";

export const RAW = 9_000;
export const PORT = 9_001;

export function setUp(options: SetUp = {}): void {
	setUpBridge({ ...options, ports: [{ port: RAW, protocol: RAW_BYTES }, { port: PORT, protocol: RFC2217 }] });
}

/** "ff fd 2c" as bytes. */
export function unhex(text: string): Uint8Array {
	return Uint8Array.from(text.trim().split(/\s+/), byte => parseInt(byte, 16));
}

export function hex(bytes: Uint8Array): string {
	return Array.from(bytes, byte => byte.toString(16).padStart(2, "0")).join(" ");
}

/** What came since the last look. */
export function take(peer: Peer): string {
	const got = hex(peer.received);
	peer.take();
	return got;
}

/** Binary both ways, echo and no go-ahead: what the pod offers to everybody. */
export const OFFERS = "ff fb 00 ff fb 01 ff fb 03 ff fd 00";

/** A client that has accepted all offers. */
export function connect(): Peer {
	const peer = network.connect(PORT);
	time.advance(1);
	assert.equal(take(peer), OFFERS);
	assert.equal(ask(peer, "ff fd 00 ff fd 01 ff fd 03 ff fb 00"), "");
	return peer;
}

/** A client that has declined all offers, and speaks text. */
export function refusing(): Peer {
	const peer = network.connect(PORT);
	time.advance(1);
	assert.equal(take(peer), OFFERS);
	assert.equal(ask(peer, "ff fe 00 ff fe 01 ff fe 03 ff fc 00"), "");
	return peer;
}

/** A client that has agreed on RFC 2217. */
export function client(): Peer {
	const peer = connect();
	assert.equal(ask(peer, "ff fb 2c"), "ff fd 2c ff fa 2c 6b b0 ff f0");
	return peer;
}

/** Sends and returns what is answered in 50 ms. */
export function ask(peer: Peer, request: string): string {
	peer.send(unhex(request));
	time.advance(50);
	return take(peer);
}

/** A command and the value of its answer. */
export function command(peer: Peer, content: string): string {
	const answer = ask(peer, `ff fa 2c ${content} ff f0`);
	const match = /^ff fa 2c (.*) ff f0$/.exec(answer);
	return match ? match[1]! : answer;
}

export const fastboot = { name: "fastboot", onReceive() {}, onWritable() {} };

/** What pyserial sends when it opens a port, in this order. */
export const NEGOTIATION = "ff fd 01 ff fb 03 ff fd 03 ff fd 2c ff fb 2c";
export const SETTINGS = "ff fa 2c 01 00 01 c2 00 ff f0 ff fa 2c 02 08 ff f0 ff fa 2c 03 01 ff f0 ff fa 2c 04 01 ff f0";
export const CONTROLS = ["01", "08", "0b"];
/** To SETTINGS. */
export const ANSWERS = "ff fa 2c 65 00 01 c2 00 ff f0 ff fa 2c 66 08 ff f0 ff fa 2c 67 01 ff f0 ff fa 2c 68 01 ff f0";

/** The bridge with its raw port, or others, on a serial line in virtual time, and clients of it. */
import type { Refusal } from "base/refusal";
import { Bridge, type BridgeLimits, type BridgeOptions } from "console/bridge";
import { RAW } from "console/raw";
import { UART } from "uart/uart";
import { VirtualTime } from "../../support/clock";
import { Cable, type CableOptions } from "../../support/serial";
import { bytesOf, textOf } from "../../support/strings";
import { Network, type NetworkOptions } from "../../support/tcp";

export let time: VirtualTime;
export let cable: Cable;
export let network: Network;
export let uart: UART;
export let bridge: Bridge;
export let defects: string[];
let refusal: Refusal | undefined;

/** What keeps newcomers out from now on. */
export function keepOut(why: Refusal | undefined): void {
	refusal = why;
}

function check(): void {
	if (refusal)
		throw refusal;
}

export interface SetUp {
	limits?: Partial<BridgeLimits>;
	cable?: Partial<CableOptions>;
	network?: Partial<NetworkOptions>;
	logSize?: number;
	/** Default: raw at 9000. */
	ports?: BridgeOptions["ports"];
}

export function setUp({ limits, logSize = 65_536, ports = [{ port: 9_000, protocol: RAW }], ...options }: SetUp = {}): void {
	time = new VirtualTime();
	cable = new Cable({ time, ...options.cable });
	cable.far = { baud: 115_200, receive() {} };
	cable.record = true;
	network = new Network({ time, ...options.network });
	defects = [];
	refusal = undefined;
	const onDefect = (where: string, error: unknown): void => void defects.push(`${where}: ${error}`);
	uart = new UART({ io: cable.io, time, log: { size: logSize }, onDefect });
	bridge = new Bridge({ io: network.Listener, tcp: network.TCP, ports, time, uart, door: { admits: () => true, hasRoom: () => true, check }, limits, onDefect });
}

export function say(text: string): void {
	cable.send(bytesOf(text));
}

/** A client that notes when chunks arrived. */
export function client(): { peer: ReturnType<Network["connect"]>; chunks: { at: number; text: string }[]; pass(milliseconds: number): void } {
	const peer = network.connect(9_000);
	time.advance(0);
	const chunks: { at: number; text: string }[] = [];
	return {
		peer,
		chunks,
		pass(milliseconds) {
			for (let i = 0; i < milliseconds; i++) {
				time.advance(1);
				const text = peer.take();
				if (text)
					chunks.push({ at: time.now(), text });
			}
		}
	};
}

export function heardByCamera(): string {
	return textOf(Uint8Array.from(cable.recorded));
}

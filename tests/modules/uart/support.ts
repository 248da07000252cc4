/** A UART on a cable in virtual time, its users, and what they heard. */
import type { Line } from "uart/line";
import { UART } from "uart/uart";
import { VirtualTime } from "../../support/clock";
import { Cable, type CableOptions } from "../../support/serial";

export let time: VirtualTime;
export let cable: Cable;
export let uart: UART;
export let heard: string[];
export let defects: string[];

export function setUp(options: Partial<CableOptions> = {}, logSize = 65_536): void {
	time = new VirtualTime();
	cable = new Cable({ time, ...options });
	cable.far = { baud: 115_200, receive() {} };
	cable.record = true;
	defects = [];
	heard = [];
	uart = new UART({ io: cable.io, time, log: { size: logSize }, onDefect: (where, error) => void defects.push(`${where}: ${error}`) });
}

export function user(name: string): { name: string; onReceive(): void; onWritable(): void } {
	return { name, onReceive: () => void heard.push(`${name} receive`), onWritable: () => void heard.push(`${name} writable`) };
}

export function bytes(line: Line): string {
	let all = "";
	for (let span = line.received.span(10_000); span.length > 0; span = line.received.span(10_000)) {
		all += String.fromCharCode(...span);
		line.received.skip(span.length);
	}
	return all;
}

export function say(text: string): void {
	cable.send(Array.from(text, c => c.charCodeAt(0)));
}

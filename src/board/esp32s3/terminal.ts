/**
 * The set-up console on the chip's own USB port (the one that flashes it). Looked at 20 times a second: nobody types faster than its
 * buffer is deep. In a debug build the debugger has the port, and there is no console.
 */
import type { Terminal } from "board/board";
import { guarded, type OnDefect } from "base/guard";
import type { Time } from "base/time";
import { USBPort } from "esp32/usb-port/usb-port";

const INTERVAL = 50;

/** Undefined when the port is in use. What is typed comes to `receive`, as a view that is valid during the call only. */
export function openTerminal(time: Time, receive: (bytes: Uint8Array) => void, onDefect: OnDefect): Terminal | undefined {
	if (!USBPort.open())
		return undefined;
	const buffer = new Uint8Array(64);
	time.every(INTERVAL, guarded("terminal", onDefect, () => {
		const count = USBPort.read(buffer);
		if (count > 0)
			receive(buffer.subarray(0, count));
	}));
	return {
		write(text: string): void {
			USBPort.write(ArrayBuffer.fromString(text));
		}
	};
}

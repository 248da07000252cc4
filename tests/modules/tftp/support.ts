/** What tests of the TFTP server share: its network's losses, and a client. */
import { describe as words, Probe, requestOf } from "../../support/tftp-clients.ts";
import { CAMERA, SERVER, type Lab } from "../../support/tftp-lab.ts";

export const READ = requestOf(1, "f", "octet", "timeout", 5, "blksize", 1468);

/** A client whose every packet the test sends by hand. */
export class Hand extends Probe {
	readonly lab: Lab;

	constructor(lab: Lab, port = 2000, address = CAMERA) {
		super(lab.network.at(address), port);
		this.lab = lab;
	}

	/** Sends to `port`; returns what came back, and the port it came from in `from`. */
	say(packet: Uint8Array, port = 69): string[] {
		this.udp.write(packet, SERVER, port);
		return this.wait(0);
	}

	from = 0;

	wait(milliseconds: number): string[] {
		this.lab.time.advance(milliseconds);
		if (this.received.length)
			this.from = this.received[this.received.length - 1]!.port;
		return this.take();
	}
}

/** Loses the first packets that look like one of `lines`. */
export function lose(lab: Lab, from: string, ...lines: string[]): void {
	lab.network.filter = datagram => {
		const at = datagram.from === from ? lines.indexOf(words(datagram.bytes)) : -1;
		if (at >= 0)
			lines.splice(at, 1);
		return at < 0;
	};
}

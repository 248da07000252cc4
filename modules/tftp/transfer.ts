/**
 * What sending and receiving a file have in common: the socket of the transfer (RFC 1350's TID is its port), the one peer it
 * listens to, and how it ends.
 *
 * Not for protocol decisions: sender.ts and receiver.ts are the two state machines.
 *
 * Danger: a listener runs for every packet. It may not allocate beyond what it reads, look at a real clock or scan anything.
 */
import { Fault } from "base/fault";
import type { Packet, UDP, UDPConstructor } from "base/io";
import { guarded, type Report } from "base/guard";
import type { Terms } from "tftp/options";
import { ACCESS_VIOLATION, ERROR, HEADER, UNKNOWN_TRANSFER, describeError, formatError } from "tftp/packet";

/** How a transfer ended. */
export interface Outcome {
	/**
	 * `completed`: every block was acknowledged (or all but the last, see `confirmed`). `failed`: see `reason`. `superseded`: the
	 * client asked again and gets its file from another transfer, or asked twice; neither a success nor a failure.
	 */
	readonly result: "completed" | "failed" | "superseded";
	/** False when a download's last acknowledgement never came: many clients leave at once, so that is no failure (rule 6). */
	readonly confirmed: boolean;
	/** For people; empty when completed. */
	readonly reason: string;
	/** Bytes of the file that arrived. */
	readonly bytes: number;
	/** Blocks that were sent more than once (download) or came more than once (upload). */
	readonly repeated: number;
	/** From the request to the end. */
	readonly milliseconds: number;
}

/** A transfer as others may see it. */
export interface TransferStatus {
	readonly name: string;
	/** "address:port". */
	readonly client: string;
	readonly direction: "download" | "upload";
	/** `offering`: the answer to the request is out. `moving`: data flows. `dallying`: the upload is here, its last answer may have to be repeated. */
	readonly state: TransferState;
	/** Of the file, acknowledged or received. */
	readonly bytes: number;
	/** Of the file; for an upload what the client promised, if it did. */
	readonly size: number | undefined;
	readonly blockSize: number;
	readonly window: number;
	readonly repeated: number;
	/** Milliseconds since the request. */
	readonly age: number;
}

export type TransferState = "offering" | "moving" | "dallying" | "ended";

/** The server's clock: moved by its tick, so reading it costs nothing. */
export interface Clock {
	/** Milliseconds, at most one tick old. */
	now: number;
}

/** Counted since the server started. */
export interface Counters {
	/** Requests that began a transfer. */
	transfers: number;
	completed: number;
	failed: number;
	/** Requests answered with an error. */
	refused: number;
	/** Requests left without an answer because all transfers were busy; the client's timer asks again. */
	postponed: number;
	/** Packets that mean nothing, left without an answer. */
	malformed: number;
	/** Packets to a transfer from somebody else. */
	strangers: number;
	/** Packets the network stack would not take; they count as lost on the way. */
	unsent: number;
}

export interface TransferOptions {
	readonly io: UDPConstructor;
	/** Local address to bind to. */
	readonly address: string | undefined;
	readonly request: Packet;
	readonly name: string;
	readonly terms: Terms;
	readonly clock: Clock;
	readonly counters: Counters;
	readonly onFault: Report;
}

/** Milliseconds without a word from the client after which a finished transfer is forgotten, and another may be, if need be. */
export const PATIENCE = 10_000;
/** Milliseconds without a word after which a transfer has failed: half of what U-Boot 2016.11 waits in all. */
const SILENCE = 30_000;

export abstract class Transfer {
	readonly direction: "download" | "upload";
	readonly name: string;
	readonly client: string;
	/** The client's. */
	readonly address: string;
	readonly terms: Terms;
	state: TransferState = "offering";
	repeated = 0;
	/** See compete(). */
	rival: Transfer | undefined;
	/** How long the client may be silent. A client with a slow timer of its own has a right to it. */
	readonly silence: number;

	protected readonly clock: Clock;
	protected readonly counters: Counters;
	protected readonly port: number;
	protected udp: UDP | undefined;
	/** When the client last said something, on the server's clock. */
	protected heardAt: number;
	readonly #request: Uint8Array;
	readonly #started: number;
	readonly #onFault: Report;
	readonly #io: UDPConstructor;
	readonly #bind: string | undefined;
	#settled = false;

	constructor(direction: "download" | "upload", options: TransferOptions) {
		const { request, clock } = options;
		this.direction = direction;
		this.name = options.name;
		this.client = `${request.address}:${request.port}`;
		this.terms = options.terms;
		this.silence = Math.max(SILENCE, options.terms.timeout * 3_000);
		this.clock = clock;
		this.counters = options.counters;
		this.address = request.address;
		this.port = request.port;
		this.heardAt = clock.now;
		this.#request = new Uint8Array(request);
		this.#started = clock.now;
		this.#onFault = options.onFault;
		this.#io = options.io;
		this.#bind = options.address;
	}

	/** Begins to listen and to talk. Throws when there is no socket to be had. */
	start(): void {
		this.udp = new this.#io({ ...(this.#bind !== undefined && { address: this.#bind }), onReadable: this.listener() });
		this.open();
	}

	/** Says the first word. */
	protected abstract open(): void;
	/** Says the first answer again, if it is still the last word and was said long enough ago. */
	abstract repeat(): void;
	/** Time has passed: sends again what was not answered, or gives up. */
	abstract tick(): void;
	/** Bytes of the file so far. */
	abstract get bytes(): number;
	/** See TransferStatus. */
	abstract get size(): number | undefined;
	/** All is done but for a last packet that may or may not have arrived. */
	abstract get lingering(): boolean;
	/** A packet of at least four bytes from the client. */
	protected abstract heard(packet: Packet): void;
	/** Hands the outcome to whoever the file belongs to. Called once. */
	protected abstract settle(outcome: Outcome): void;

	/** Milliseconds since the client's last word. */
	get quiet(): number {
		return this.clock.now - this.heardAt;
	}

	get status(): TransferStatus {
		const { name, client, direction, state, bytes, size, repeated } = this;
		const { blockSize, window } = this.terms;
		return { name, client, direction, state, bytes, size, blockSize, window, repeated, age: this.clock.now - this.#started };
	}

	isFrom(address: string, port: number): boolean {
		return this.port === port && this.address === address;
	}

	/** Whether `packet` is the very request that began this transfer. */
	isRepeat(packet: Packet): boolean {
		return packet.byteLength === this.#request.length && new Uint8Array(packet).every((byte, at) => byte === this.#request[at]);
	}

	/** An identical request came for another transfer; the two wait for the client to show which one it means. */
	compete(rival: Transfer): void {
		this.rival = rival;
	}

	/** Ends the transfer, unless it has ended: closes the socket and settles. */
	end(result: Outcome["result"], reason = "", confirmed = true): void {
		if (this.state === "ended")
			return;
		this.state = "ended";
		this.udp?.close();
		this.udp = undefined;
		if (this.rival)
			this.rival.rival = undefined;
		this.rival = undefined;
		this.conclude(result, reason, confirmed);
	}

	/** Tells the client why (error 2: the only code but "not found" that every U-Boot takes for an end), and ends. */
	refuse(reason: string): void {
		this.send(formatError(ACCESS_VIOLATION, reason));
		this.end("failed", reason);
	}

	/** Nobody wants the transfer to go on: tells the client, unless all is done but for a last packet. */
	stop(reason: string): void {
		if (this.lingering)
			this.end("completed", "", false);
		else
			this.refuse(reason);
	}

	/** An exception came out of the transfer: it ends here, and the client learns that it did. */
	broke(where: string, error: unknown): void {
		this.#onFault(where, error);
		this.refuse(error instanceof Fault ? error.message : "the server failed");
	}

	/** Settles, unless that was done before. */
	protected conclude(result: Outcome["result"], reason: string, confirmed: boolean): void {
		if (this.#settled)
			return;
		this.#settled = true;
		if (result === "completed")
			this.counters.completed++;
		else if (result === "failed")
			this.counters.failed++;
		const { bytes, repeated } = this;
		this.settle({ result, confirmed: result === "completed" && confirmed, reason, bytes, repeated, milliseconds: this.clock.now - this.#started });
	}

	/** The client showed that this transfer is the one it means. */
	protected chosen(): void {
		const rival = this.rival;
		this.rival = undefined;
		if (rival) {
			rival.rival = undefined;
			rival.end(rival.lingering ? "completed" : "superseded", rival.lingering ? "" : "the client asked again", false);
		}
	}

	/** A packet that doesn't leave is a packet lost on the way: the resend timer cares for it. */
	protected send(bytes: Uint8Array): boolean {
		try {
			this.udp!.write(bytes, this.address, this.port);
			return true;
		}
		catch {
			this.counters.unsent++;
			return false;
		}
	}

	/** An opcode that neither a sender nor a receiver expects. */
	protected unexpected(packet: Packet, opcode: number): void {
		if (opcode === ERROR)
			this.end(this.rival ? "superseded" : "failed", describeError(packet));
		else
			this.counters.malformed++;
	}

	/** What is called when packets wait. */
	protected listener(): (this: UDP, count: number) => void {
		const transfer = this;
		return guarded("tftp.transfer", (where, error) => this.broke(where, error), (count: number) => {
			for (; count > 0 && transfer.udp; count--) {
				const packet = transfer.udp.read();
				if (packet)
					transfer.sort(packet);
			}
		});
	}

	/** Sees who sent `packet`, and whether it can mean anything. */
	sort(packet: Packet): void {
		if (packet.port !== this.port || packet.address !== this.address)
			this.#stranger(packet);
		else if (packet.byteLength < HEADER)
			this.counters.malformed++;
		else
			this.heard(packet);
	}

	/** RFC 1350: somebody else's packet is answered with error 5 and changes nothing. An error is never answered. */
	#stranger(packet: Packet): void {
		this.counters.strangers++;
		if (packet.byteLength >= HEADER && new DataView(packet).getUint16(0) === ERROR)
			return;
		try {
			this.udp!.write(formatError(UNKNOWN_TRANSFER, "Unknown transfer ID"), packet.address, packet.port);
		}
		catch {
			this.counters.unsent++;
		}
	}
}

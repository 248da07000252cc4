/**
 * What sending and receiving a file have in common: the socket of the transfer (RFC 1350's TID is its port), the one peer it
 * listens to, and how it ends.
 *
 * Not for protocol decisions: sender.ts and receiver.ts are the two state machines.
 *
 * Danger: a listener runs for every packet. It may not allocate beyond what it reads, look at a real clock or scan anything.
 */
import { Refusal } from "base/refusal";
import type { Packet, UDP, UDPOptions } from "base/io";
import type { OnDefect } from "base/guard";
import type { Terms } from "tftp/options";
import { ACCESS_VIOLATION, ERROR, HEADER, UNKNOWN_TRANSFER, describeError, formatError, writeOACK } from "tftp/packet";

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

/** Counted since the server started. */
export interface Counters {
	/** Requests that began a transfer. */
	transfers: number;
	completed: number;
	failed: number;
	/** Requests answered with an error. */
	refused: number;
	/** Requests for which there was no room; of these, those that had to wait for it for a moment only were not answered. */
	full: number;
	/** Packets that mean nothing, left without an answer. */
	malformed: number;
	/** Packets to a transfer from somebody else. */
	strangers: number;
	/** Packets the network stack would not take; they count as lost on the way. */
	unsent: number;
}

/** What a transfer has of its server. */
export interface Host {
	/** Milliseconds, at most one tick old, so that reading it costs nothing. */
	readonly now: number;
	/** Of the interface by which the request came that is being answered. */
	readonly localAddress: string;
	readonly counters: Counters;
	readonly onDefect: OnDefect;
	/** A socket with a port of its own. Throws when there is none to be had. */
	socket(target: unknown, onReadable: UDPOptions["onReadable"]): UDP;
	/** `length` bytes of the memory planned for the transfer at `place`. */
	buffer(place: number, length: number): Uint8Array;
}

/** Milliseconds without a word from the client after which a finished transfer is forgotten, and another may be, if need be. */
export const PATIENCE = 10_000;
/** Milliseconds without a word after which a transfer has failed: half of what U-Boot 2016.11 waits in all. */
const SILENCE = 30_000;
/** Seconds of the slowest known client's own timer, where it doesn't say. */
const SLOW_TIMER = 5;

export abstract class Transfer {
	readonly host: Host;
	/** The client's. */
	readonly address: string;
	readonly port: number;
	/** Of the interface by which its request came. */
	readonly localAddress: string;
	readonly name: string;
	/** Which part of the server's memory it has. */
	readonly place: number;
	state: TransferState = "offering";
	repeated = 0;
	/** See compete(). */
	rival: Transfer | undefined;
	/** See Terms. */
	protected readonly window: number;
	protected readonly timeout: number;
	protected udp: UDP | undefined;
	/** When the client last said something, on the server's clock. */
	protected heardAt: number;
	/** Bytes of the OACK in `buffer`; 0 when there is none or it was acknowledged. */
	protected offer: number;
	private readonly started: number;
	/** CRC-32 of the request that began it. */
	private readonly request: number;
	private settled = false;

	constructor(host: Host, place: number, peer: Packet, request: number, name: string, terms: Terms) {
		this.host = host;
		this.address = peer.address;
		this.port = peer.port;
		this.localAddress = host.localAddress;
		this.name = name;
		this.place = place;
		this.window = terms.window;
		this.timeout = terms.timeout;
		this.heardAt = this.started = host.now;
		this.offer = terms.answer.length ? writeOACK(this.buffer(), terms.answer) : 0;
		this.request = request;
	}

	/** Begins to listen and to talk. Throws when there is no socket to be had. */
	start(): void {
		this.udp = this.bind();
		this.open();
	}

	abstract get direction(): "download" | "upload";
	/** Bytes of the file so far. */
	abstract get bytes(): number;
	/** See TransferStatus. */
	abstract get size(): number | undefined;
	protected abstract get blockSize(): number;
	/** All is done but for a last packet that may or may not have arrived. */
	abstract get lingering(): boolean;
	/** Says the first word. */
	protected abstract open(): void;
	/** Says the first answer again, if it is still the last word and was said long enough ago. */
	abstract repeat(): void;
	/** Time has passed: sends again what was not answered, or gives up. */
	abstract tick(): void;
	/** A packet of at least four bytes from the client. */
	protected abstract heard(packet: Packet): void;
	/** Hands the outcome to whoever the file belongs to. Called once. */
	protected abstract settle(outcome: Outcome): void;

	/** Milliseconds since the client's last word. */
	get quiet(): number {
		return this.host.now - this.heardAt;
	}

	/** Milliseconds since the request. */
	get age(): number {
		return this.host.now - this.started;
	}

	/** How long the client may be silent. A client with a slow timer of its own has a right to it. */
	get silence(): number {
		return Math.max(SILENCE, this.timeout * 3_000);
	}

	/** The client let its own timer pass without a word: it may have been started again, or be gone. */
	get overdue(): boolean {
		return this.quiet >= Math.min(PATIENCE, (this.timeout || SLOW_TIMER) * 1_000 + 1_000);
	}

	get client(): string {
		return `${this.address}:${this.port}`;
	}

	get status(): TransferStatus {
		const { name, client, direction, state, bytes, size, blockSize, window, repeated } = this;
		return { name, client, direction, state, bytes, size, blockSize, window, repeated, age: this.age };
	}

	isFrom(address: string, port: number): boolean {
		return this.port === port && this.address === address;
	}

	/** Whether the request with this CRC-32 is the very one that began this transfer. */
	isRepeat(request: number): boolean {
		return request === this.request;
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
		this.host.onDefect(where, error);
		this.refuse(error instanceof Refusal ? error.message : "the server failed");
	}

	/** Settles, unless that was done before. */
	protected conclude(result: Outcome["result"], reason: string, confirmed: boolean): void {
		if (this.settled)
			return;
		this.settled = true;
		const { counters, onDefect, now } = this.host;
		if (result === "completed")
			counters.completed++;
		else if (result === "failed")
			counters.failed++;
		const { bytes, repeated } = this;
		try {
			this.settle({ result, confirmed: result === "completed" && confirmed, reason, bytes, repeated, milliseconds: now - this.started });
		}
		catch (error) {
			onDefect("tftp.settle", error);
		}
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

	/** Its part of the server's memory, the first `length` bytes or all. */
	protected buffer(length = 0): Uint8Array {
		return this.host.buffer(this.place, length);
	}

	protected bind(): UDP {
		return this.host.socket(this, readable);
	}

	/** A packet that doesn't leave is a packet lost on the way: the resend timer cares for it. */
	protected send(bytes: Uint8Array): void {
		try {
			this.udp!.write(bytes, this.address, this.port);
		}
		catch {
			this.host.counters.unsent++;
		}
	}

	/** An opcode that neither a sender nor a receiver expects. */
	protected unexpected(packet: Packet, opcode: number): void {
		if (opcode === ERROR)
			this.end(this.rival ? "superseded" : "failed", describeError(packet));
		else
			this.host.counters.malformed++;
	}

	/** Sees who sent `packet`, and whether it can mean anything. */
	sort(packet: Packet): void {
		if (packet.port !== this.port || packet.address !== this.address)
			this.answerStranger(packet);
		else if (packet.byteLength < HEADER)
			this.host.counters.malformed++;
		else
			this.heard(packet);
	}

	/** RFC 1350: somebody else's packet is answered with error 5 and changes nothing. An error is never answered. */
	private answerStranger(packet: Packet): void {
		const { counters } = this.host;
		counters.strangers++;
		if (packet.byteLength >= HEADER && new DataView(packet).getUint16(0) === ERROR)
			return;
		try {
			this.udp!.write(formatError(UNKNOWN_TRANSFER, "Unknown transfer ID"), packet.address, packet.port);
		}
		catch {
			counters.unsent++;
		}
	}
}

/** Packets wait at the socket of a transfer, its target. */
function readable(this: UDP, count: number): void {
	const transfer = this.target as Transfer;
	try {
		for (; count > 0 && transfer.state !== "ended"; count--) {
			const packet = this.read();
			if (packet)
				transfer.sort(packet);
		}
	}
	catch (error) {
		transfer.broke("tftp.transfer", error);
	}
}

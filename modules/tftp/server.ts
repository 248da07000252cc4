/**
 * A TFTP server (RFC 1350, 1123, 2347, 2348, 2349, 7440) for U-Boots old and new: answers requests and keeps the table of transfers.
 *
 * Not for storage: `files` finds and creates. Not for names: one leading slash or more is dropped, the rest is the caller's.
 *
 * Decisions:
 * - Requests are refused with error 1 (no such file) or 2 (everything else) only: after any other code an old U-Boot starts
 *   again for ever. What is no request at all gets no answer.
 * - netascii is refused (error 2): it changes bytes, and a firmware image with one byte changed is a brick. So is mail.
 * - When all transfers are busy, those only waiting in case their last packet was lost give way, then the one whose client has
 *   been silent longest, if for 10 s at least; else the request gets no answer: the client's own timer asks again.
 * - The same request again while its first answer is out is answered by the same transfer. Later it may be a ghost of the
 *   network or a camera that was switched off and came back with the same port (U-Boot has 3,072 of them): a second transfer
 *   makes an offer while the first one only listens, and the client's next packet decides. Another request from the same
 *   address and port replaces the first at once.
 *
 * Danger: TFTP has neither checksums nor identities. Whoever can send packets to the server can read every staged file.
 */
import { Fault } from "base/fault";
import { guarded, type Report } from "base/guard";
import type { Packet, UDP, UDPConstructor } from "base/io";
import type { Alarm, Time } from "base/time";
import { negotiate, type OptionLimits } from "tftp/options";
import { TICK } from "tftp/pace";
import { ACCESS_VIOLATION, FILE_NOT_FOUND, formatError, parseRequest, type Request } from "tftp/packet";
import { Receiver, type Sink } from "tftp/receiver";
import { Sender, type Source } from "tftp/sender";
import { PATIENCE, type Clock, type Counters, type Transfer, type TransferStatus } from "tftp/transfer";

export type { Counters, Outcome, TransferStatus } from "tftp/transfer";
export type { Source } from "tftp/sender";
export type { Sink } from "tftp/receiver";

/** Where files come from and go to. `client` is "address:port". A Fault that either throws is told to the client with error 2. */
export interface TFTPFiles {
	/** The file to be read, undefined when there is none (error 1). */
	open(name: string, client: string): Source | undefined;
	/**
	 * A place for a file to be written, undefined when nobody asked for one (error 2). `announced` is the size the client
	 * promises: a hint, and 0 from U-Boot 2010.06 whatever it sends.
	 */
	create(name: string, announced: number | undefined, client: string): Sink | undefined;
}

export interface TFTPLimits extends OptionLimits {
	/** Transfers at once. Each has a socket (lwIP has 16 in all) and about 2 KB. */
	readonly transfers: number;
}

export interface TFTPServerOptions {
	readonly io: UDPConstructor;
	/** 69 on the device; 0 is any free port. */
	readonly port: number;
	/** Local address; every address when absent. */
	readonly address?: string;
	readonly time: Time;
	readonly files: TFTPFiles;
	/** May `address` ask for anything? Requests from others get no answer. Everybody may when absent. */
	readonly admits?: (address: string) => boolean;
	/** Defaults: blockSize 1468, window 64, transfers 8. */
	readonly limits?: Partial<TFTPLimits>;
	/** Called at requests and about 20 times per second while data flows. */
	readonly onActivity?: () => void;
	readonly onFault: Report;
}

/** An upload whose client sent nothing for so long may have been started again. Milliseconds. */
const QUIET = 1_000;

export class TFTPServer {
	readonly counters: Counters = { transfers: 0, completed: 0, failed: 0, refused: 0, postponed: 0, malformed: 0, strangers: 0, unsent: 0 };
	readonly #options: TFTPServerOptions;
	readonly #limits: TFTPLimits;
	readonly #clock: Clock;
	readonly #tick: () => void;
	#transfers: Transfer[] = [];
	#udp: UDP | undefined;
	#address: string | undefined;
	#alarm: Alarm | undefined;
	/** Bytes of all transfers at the last tick. */
	#moved = 0;

	/** Listens from now on. Throws what the UDP class throws when the port is taken. */
	constructor(options: TFTPServerOptions) {
		const { io, port, address, time, limits, onFault } = options;
		this.#options = options;
		this.#limits = { blockSize: 1468, window: 64, transfers: 8, ...limits };
		this.#address = address;
		this.#clock = { now: time.now() };
		this.#tick = guarded("tftp.tick", onFault, () => this.#check());
		this.#udp = new io({
			port,
			...(address !== undefined && { address }),
			onReadable: guarded("tftp.request", onFault, (count: number) => this.#readable(count))
		});
	}

	/** Serves `address` in place of the one before, at the same port. Throws what the UDP class throws; then it serves none. */
	listen(address: string): void {
		if (!this.#udp || address === this.#address)
			return;
		const { io, onFault } = this.#options;
		const port = this.#udp.port ?? this.#options.port;
		this.#udp.close();
		this.#address = address;
		this.#udp = new io({ port, address, onReadable: guarded("tftp.request", onFault, (count: number) => this.#readable(count)) });
	}

	/** The bound port, where the UDP class knows it. */
	get port(): number | undefined {
		return this.#udp?.port;
	}

	/** Every transfer under way, oldest first. */
	transfers(): TransferStatus[] {
		this.#sweep();
		return this.#transfers.map(transfer => transfer.status);
	}

	/** Ends the transfers that `which` picks, or all; their clients read `reason` in an error 2. */
	stop(reason: string, which: (transfer: Pick<Transfer, "name" | "address">) => boolean = () => true): void {
		this.#clock.now = this.#options.time.now();
		this.#sweep();
		for (const transfer of this.#transfers.filter(which)) {
			try {
				transfer.stop(reason);
			}
			catch (error) {
				this.#options.onFault("tftp.stop", error);
			}
		}
		this.#sweep();
	}

	/** Ends every transfer and stops listening. Harmless twice. */
	close(): void {
		this.#udp?.close();
		this.#udp = undefined;
		for (const transfer of this.#transfers)
			transfer.end("failed", "the server was closed");
		this.#transfers = [];
		this.#options.time.cancel(this.#alarm);
		this.#alarm = undefined;
	}

	#readable(count: number): void {
		for (; count > 0 && this.#udp; count--) {
			const packet = this.#udp.read();
			if (!packet)
				return;
			if (this.#options.admits?.(packet.address) === false)
				continue;
			const request = parseRequest(packet);
			if (request === undefined || packet.port === 0)
				this.counters.malformed++;
			else if (typeof request === "string")
				this.#refuse(packet, ACCESS_VIOLATION, request);
			else
				this.#requested(packet, request);
		}
	}

	#requested(packet: Packet, request: Request): void {
		this.#clock.now = this.#options.time.now();
		this.#options.onActivity?.();
		this.#sweep();
		const old = this.#latest(packet);
		const rival = old && this.#reconcile(old, packet, request);
		if (rival === null)
			return;
		if (request.mode !== "octet")
			this.#refuse(packet, ACCESS_VIOLATION, "only octet (binary) mode: others change the bytes");
		else if (!this.#makeRoom())
			this.counters.postponed++;
		else
			this.#begin(packet, request, rival);
	}

	/** What becomes of the transfer the client has: undefined when it is gone, the transfer itself when it competes, null when nothing more is to be done. */
	#reconcile(old: Transfer, packet: Packet, request: Request): Transfer | undefined | null {
		if (!old.isRepeat(packet) || old.state === "dallying") {
			this.#replace(old);
			return undefined;
		}
		if (old.state === "offering") {
			old.repeat();
			return null;
		}
		if (request.upload) {
			// A place can't be given away twice: a client that still sends is believed, one that went quiet has started again.
			if (old.quiet < QUIET)
				return null;
			this.#replace(old);
			return undefined;
		}
		if (this.#transfers.length < this.#limits.transfers)
			return old;
		this.#replace(old);
		return undefined;
	}

	#replace(old: Transfer): void {
		const rival = old.rival;
		for (const transfer of rival ? [old, rival] : [old]) {
			if (transfer.lingering)
				transfer.end("completed", "", false);
			else
				transfer.end("superseded", "the client asked again");
		}
		this.#sweep();
	}

	#begin(packet: Packet, request: Request, rival: Transfer | undefined): void {
		const transfer = this.#create(packet, request);
		if (!transfer)
			return;
		try {
			transfer.start();
		}
		catch (error) {
			// No socket: the client's timer asks again.
			this.counters.postponed++;
			transfer.end("superseded", "no socket");
			this.#options.onFault("tftp.socket", error);
			return;
		}
		if (rival) {
			transfer.compete(rival);
			rival.compete(transfer);
		}
		this.counters.transfers++;
		this.#transfers.push(transfer);
		this.#alarm ??= this.#options.time.every(TICK, this.#tick);
	}

	#create(packet: Packet, request: Request): Transfer | undefined {
		const { files, io, onFault } = this.#options;
		const address = this.#address;
		const { name, upload } = request;
		const client = `${packet.address}:${packet.port}`;
		const common = { io, address, request: packet, name, clock: this.#clock, counters: this.counters, onFault };
		try {
			if (upload) {
				const terms = negotiate(request, this.#limits, undefined);
				const sink = files.create(name, terms.announced, client);
				if (sink)
					return new Receiver(sink, { ...common, terms });
			}
			else {
				const source = files.open(name, client);
				if (source)
					return new Sender(source, { ...common, terms: negotiate(request, this.#limits, source.size) });
			}
		}
		catch (error) {
			if (!(error instanceof Fault))
				onFault("tftp.files", error);
			this.#refuse(packet, ACCESS_VIOLATION, error instanceof Fault ? error.message : "the server failed");
			return undefined;
		}
		if (upload)
			this.#refuse(packet, ACCESS_VIOLATION, "no upload of this name was asked for");
		else
			this.#refuse(packet, FILE_NOT_FOUND, "File not found");
		return undefined;
	}

	#refuse(packet: Packet, code: number, message: string): void {
		this.counters.refused++;
		try {
			this.#udp?.write(formatError(code, message), packet.address, packet.port);
		}
		catch {
			this.counters.unsent++;
		}
	}

	/** The youngest transfer of whoever sent `packet`. */
	#latest(packet: Packet): Transfer | undefined {
		for (let index = this.#transfers.length - 1; index >= 0; index--) {
			const transfer = this.#transfers[index]!;
			if (transfer.isFrom(packet.address, packet.port))
				return transfer;
		}
		return undefined;
	}

	/** Whether one more transfer may begin, after ending the one that needs its place least. */
	#makeRoom(): boolean {
		if (this.#transfers.length < this.#limits.transfers)
			return true;
		let least: Transfer | undefined;
		for (const transfer of this.#transfers) {
			if (!transfer.lingering && transfer.quiet < PATIENCE)
				continue;
			if (!least || (transfer.lingering && !least.lingering) || (transfer.lingering === least.lingering && transfer.quiet > least.quiet))
				least = transfer;
		}
		if (!least)
			return false;
		if (least.lingering)
			least.end("completed", "", false);
		else
			least.end("failed", "the client was silent and others wanted its place");
		this.#sweep();
		return true;
	}

	#check(): void {
		const now = this.#options.time.now();
		const late = now - this.#clock.now > 3 * TICK;
		this.#clock.now = now;
		// After a long stall what was answered meanwhile is still to be read: nothing is overdue before that had its turn.
		if (late)
			return;
		let moved = 0;
		for (const transfer of this.#transfers) {
			try {
				transfer.tick();
			}
			catch (error) {
				transfer.broke("tftp.tick", error);
			}
			moved += transfer.bytes;
		}
		if (moved !== this.#moved)
			this.#options.onActivity?.();
		this.#moved = moved;
		this.#sweep();
		if (this.#transfers.length === 0) {
			this.#options.time.cancel(this.#alarm);
			this.#alarm = undefined;
		}
	}

	/** Forgets what has ended. */
	#sweep(): void {
		if (this.#transfers.some(transfer => transfer.state === "ended"))
			this.#transfers = this.#transfers.filter(transfer => transfer.state !== "ended");
	}
}

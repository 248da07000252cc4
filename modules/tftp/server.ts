/**
 * A TFTP server (RFC 1350, 1123, 2347, 2348, 2349, 7440) for U-Boots old and new: answers requests and keeps the table of transfers.
 *
 * Not for storage: `files` finds and creates. Not for names: one leading slash or more is dropped, the rest is the caller's.
 *
 * Decisions:
 * - Requests are refused with error 1 (no such file) or 2 (everything else) only: after any other code an old U-Boot starts
 *   again for ever. What is no request at all gets no answer.
 * - netascii is refused (error 2): it changes bytes, and a firmware image with one byte changed is a brick. So is mail.
 * - When all transfers are busy, table.ts says which one gives way, if any; else the request is refused with error 2: a client whose
 *   file is late is better served by its next command than by one that says nothing. Only where there will be room in a moment it isn't
 *   answered.
 * - A file that is being uploaded can't be uploaded by a second client: error 2, until the first one has been silent for longer than
 *   its own timer.
 * - The same request again while its first answer is out is answered by the same transfer. Later it may be a ghost of the
 *   network or a camera that was switched off and came back with the same port (U-Boot has 3,072 of them): a second transfer
 *   makes an offer while the first one only listens, and the client's next packet decides. Another request from the same
 *   address and port replaces the first at once.
 *
 * Danger: TFTP has neither checksums nor identities. Whoever can send packets to the server can read every staged file.
 */
import { Refusal } from "base/refusal";
import type { OnDefect } from "base/guard";
import type { Packet, UDP, UDPOptions } from "base/io";
import type { Alarm } from "base/time";
import { Bytes } from "bytes/bytes";
import { negotiate } from "tftp/options";
import { TICK } from "tftp/pace";
import { ACCESS_VIOLATION, FILE_NOT_FOUND, HEADER, formatError, parseRequest, type Request } from "tftp/packet";
import { Receiver } from "tftp/receiver";
import { Sender } from "tftp/sender";
import type { TFTPLimits, TFTPServerOptions } from "tftp/service";
import { Table } from "tftp/table";
import type { Counters, Host, Transfer, TransferStatus } from "tftp/transfer";

export type { TFTPFiles, TFTPLimits, TFTPServerOptions } from "tftp/service";
export type { Counters, Outcome, TransferStatus } from "tftp/transfer";
export type { Source } from "tftp/sender";
export type { Sink } from "tftp/receiver";

/** Bytes of a transfer's memory at least: an OACK is no longer, and a small `blockSize` may be configured. */
const LEAST_BUFFER = 128;

export class TFTPServer implements Host {
	/** The server's clock, for its transfers: moved at every tick and request. */
	now: number;
	readonly counters: Counters = { transfers: 0, completed: 0, failed: 0, refused: 0, full: 0, malformed: 0, strangers: 0, unsent: 0 };
	readonly onDefect: OnDefect;
	private readonly options: TFTPServerOptions;
	private readonly limits: TFTPLimits;
	/** Of all transfers, one part after the other. */
	private readonly memory: Uint8Array;
	private readonly table: Table;
	private udp: UDP | undefined;
	/** The local address it serves; every one when undefined. */
	private address: string | undefined;
	private alarm: Alarm | undefined;
	/** Bytes of all transfers at the last tick. */
	private moved = 0;
	/** The last tick came late. */
	private late = false;

	/** Listens from now on. Throws what the UDP class throws when the port is taken. */
	constructor(options: TFTPServerOptions) {
		const { port, address, time, limits, allocate = sharedMemory, onDefect } = options;
		this.now = time.now();
		this.onDefect = onDefect;
		this.options = options;
		this.limits = { blockSize: 1468, window: 64, uploadWindow: 8, transfers: 8, ...limits };
		this.table = new Table(this.limits.transfers);
		this.memory = allocate(this.limits.transfers * this.stride);
		this.address = address;
		this.udp = this.socket(this, readable, port);
	}

	/**
	 * Serves `address` in place of the one before, at the same port. Throws what the UDP class throws; then it goes on with the one
	 * before.
	 */
	listen(address: string): void {
		if (!this.udp || address === this.address)
			return;
		const port = this.udp.port ?? this.options.port;
		const before = this.address;
		this.udp.close();
		this.address = address;
		try {
			this.udp = this.socket(this, readable, port);
		}
		catch (error) {
			this.address = before;
			this.udp = this.socket(this, readable, port);
			throw error;
		}
	}

	/** The bound port, where the UDP class knows it. */
	get port(): number | undefined {
		return this.udp?.port;
	}

	get localAddress(): string {
		return this.udp!.localAddress;
	}

	/** Every transfer under way, oldest first. */
	transfers(): TransferStatus[] {
		this.table.sweep();
		return this.table.list.map(transfer => transfer.status);
	}

	/** The oldest transfer that reads or writes the file `name`. */
	transferOf(name: string): Pick<Transfer, "client" | "bytes"> | undefined {
		this.table.sweep();
		return this.table.list.find(transfer => transfer.name === name);
	}

	/** Ends the transfers that `which` picks, or all; their clients read `reason` in an error 2. */
	stop(reason: string, which: (transfer: Pick<Transfer, "name" | "localAddress">) => boolean = () => true): void {
		this.now = this.options.time.now();
		this.table.sweep();
		for (const transfer of this.table.list.filter(which)) {
			try {
				transfer.stop(reason);
			}
			catch (error) {
				this.onDefect("tftp.stop", error);
			}
		}
		this.table.sweep();
	}

	/** Ends the newest transfer, for want of memory. False when there is none. */
	shed(reason: string): boolean {
		this.table.sweep();
		const newest = this.table.list[this.table.list.length - 1];
		newest?.stop(reason);
		this.table.sweep();
		return newest !== undefined;
	}

	/** Ends every transfer and stops listening. Harmless twice. */
	close(): void {
		this.udp?.close();
		this.udp = undefined;
		for (const transfer of this.table.list)
			transfer.end("failed", "the server was closed");
		this.table.sweep();
		this.options.time.cancel(this.alarm);
		this.alarm = undefined;
	}

	socket(target: unknown, onReadable: UDPOptions["onReadable"], port = 0): UDP {
		const { address, options: { io } } = this;
		return new io(address === undefined ? { target, onReadable, port } : { target, onReadable, port, address });
	}

	buffer(place: number, length: number): Uint8Array {
		const start = place * this.stride;
		return this.memory.subarray(start, start + (length || this.stride));
	}

	/** For the socket: `count` packets wait. */
	receive(count: number): void {
		for (; count > 0 && this.udp; count--) {
			const packet = this.udp.read();
			if (!packet)
				return;
			const request = parseRequest(packet);
			if (request === undefined || packet.port === 0)
				this.counters.malformed++;
			else if (typeof request === "string")
				this.refuse(packet, ACCESS_VIOLATION, request);
			else
				this.requested(packet, request);
		}
	}

	/** For the alarm: time has passed. */
	check(): void {
		const now = this.options.time.now();
		const wasLate = this.late;
		this.late = now - this.now > 3 * TICK;
		this.now = now;
		// After a long stall what was answered meanwhile is still to be read: nothing is overdue before that had its turn. One turn is
		// enough: where every one of them takes long, clients wait for what was lost all the same.
		if (this.late && !wasLate)
			return;
		let moved = 0;
		for (const transfer of this.table.list) {
			try {
				transfer.tick();
			}
			catch (error) {
				transfer.broke("tftp.tick", error);
			}
			moved += transfer.bytes;
		}
		if (moved !== this.moved)
			this.options.onActivity?.();
		this.moved = moved;
		this.table.sweep();
		if (this.table.list.length === 0) {
			this.options.time.cancel(this.alarm);
			this.alarm = undefined;
		}
	}

	/** Bytes of one transfer's memory. */
	private get stride(): number {
		return Math.max(LEAST_BUFFER, HEADER + this.limits.blockSize);
	}

	private requested(packet: Packet, request: Request): void {
		this.now = this.options.time.now();
		this.options.onActivity?.();
		this.table.sweep();
		const sum = Bytes.crc32(new Uint8Array(packet), 0);
		const old = this.table.latest(packet.address, packet.port);
		const rival = old && this.reconcile(old, sum, request);
		if (rival === null)
			return;
		if (request.mode !== "octet")
			this.refuse(packet, ACCESS_VIOLATION, "only octet (binary) mode: others change the bytes");
		else if (request.upload && this.isUploading(request.name))
			this.refuse(packet, ACCESS_VIOLATION, "somebody else uploads to this name now");
		else if (this.options.door?.hasRoom() === false)
			this.refuseFull(packet, "the pod's own memory is nearly full; try again");
		else
			this.admit(packet, sum, request, rival);
	}

	private admit(packet: Packet, sum: number, request: Request, rival: Transfer | undefined): void {
		const room = this.table.makeRoom(packet.address);
		if (room === "made")
			this.begin(packet, sum, request, rival);
		else if (room === "none")
			this.refuseFull(packet, `all ${this.limits.transfers} transfers are in use; try again`);
		else
			this.counters.full++;
	}

	/**
	 * What becomes of the transfer the client has: undefined when it is gone, the transfer itself when it competes, null when nothing more
	 * is to be done.
	 */
	private reconcile(old: Transfer, sum: number, request: Request): Transfer | undefined | null {
		if (!old.isRepeat(sum) || old.state === "dallying") {
			this.replace(old);
			return undefined;
		}
		if (old.state === "offering") {
			old.repeat();
			return null;
		}
		if (request.upload) {
			// A place can't be given away twice: a client that still sends is believed, one that went quiet has started again.
			if (!old.overdue)
				return null;
			this.replace(old);
			return undefined;
		}
		if (!this.table.isFull)
			return old;
		this.replace(old);
		return undefined;
	}

	/** Whether a client uploads to `name`. One that went quiet gives it up. */
	private isUploading(name: string): boolean {
		const other = this.table.uploadTo(name);
		if (!other?.overdue)
			return other !== undefined;
		other.end("failed", "the client was silent and another one began");
		this.table.sweep();
		return false;
	}

	private replace(old: Transfer): void {
		const rival = old.rival;
		for (const transfer of rival ? [old, rival] : [old]) {
			if (transfer.lingering)
				transfer.end("completed", "", false);
			else
				transfer.end("superseded", "the client asked again");
		}
		this.table.sweep();
	}

	private begin(packet: Packet, sum: number, request: Request, rival: Transfer | undefined): void {
		const transfer = this.create(packet, sum, request);
		if (!transfer)
			return;
		try {
			transfer.start();
		}
		catch (error) {
			transfer.end("superseded", "no socket");
			this.refuseFull(packet, "no socket is free; try again");
			this.onDefect("tftp.socket", error);
			return;
		}
		if (rival) {
			transfer.compete(rival);
			rival.compete(transfer);
		}
		this.counters.transfers++;
		this.table.add(transfer);
		this.alarm ??= this.options.time.every(TICK, tick, this);
	}

	private create(packet: Packet, sum: number, request: Request): Transfer | undefined {
		const { files } = this.options;
		const { name, upload } = request;
		const client = `${packet.address}:${packet.port}`;
		try {
			if (upload) {
				const terms = negotiate(request, this.limits, undefined);
				const sink = files.create(name, terms.announced, client);
				if (sink)
					return new Receiver(sink, this, this.table.freePlace(), packet, sum, name, terms);
			}
			else {
				const source = files.open(name, client);
				if (source)
					return new Sender(source, this, this.table.freePlace(), packet, sum, name, negotiate(request, this.limits, source.size));
			}
		}
		catch (error) {
			if (!(error instanceof Refusal))
				this.onDefect("tftp.files", error);
			this.refuse(packet, ACCESS_VIOLATION, error instanceof Refusal ? error.message : "the server failed");
			return undefined;
		}
		if (upload)
			this.refuse(packet, ACCESS_VIOLATION, "no upload of this name was asked for");
		else
			this.refuse(packet, FILE_NOT_FOUND, "File not found");
		return undefined;
	}

	private refuse(packet: Packet, code: number, message: string): void {
		this.counters.refused++;
		try {
			this.udp?.write(formatError(code, message), packet.address, packet.port);
		}
		catch {
			this.counters.unsent++;
		}
	}

	private refuseFull(packet: Packet, message: string): void {
		this.counters.full++;
		this.refuse(packet, ACCESS_VIOLATION, message);
	}
}

function readable(this: UDP, count: number): void {
	const server = this.target as TFTPServer;
	try {
		server.receive(count);
	}
	catch (error) {
		server.onDefect("tftp.request", error);
	}
}

function tick(server: TFTPServer): void {
	try {
		server.check();
	}
	catch (error) {
		server.onDefect("tftp.tick", error);
	}
}

function sharedMemory(bytes: number): Uint8Array {
	return new Uint8Array(new SharedArrayBuffer(bytes));
}

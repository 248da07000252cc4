/**
 * A serial cable in virtual time: the firmware's Serial at one end, a simulated device at the other. Every byte takes ten bit
 * times; a byte sent at one rate and received at another is garbage.
 */
import type { Bytes, Serial, SerialConstructor, SerialOptions } from "base/io";
import { bend, transmitTime } from "../../simulator/camera/line-bits.ts";
import type { VirtualTime } from "./clock";

/** The device at the far end. */
export interface FarEnd {
	/** Its own rate, in both directions. */
	baud: number;
	/** Bytes have arrived completely. */
	receive(bytes: Uint8Array): void;
}

export interface CableOptions {
	time: VirtualTime;
	/** Bytes that fit into the pod's transmit queue and into its driver's receive buffer. */
	transmitQueue?: number;
	receiveBuffer?: number;
	/** Bytes delivered at once at most: 1 is exact, more is quicker. The last byte of a message is always on time. */
	grain?: number;
	/** The byte that is just leaving is not counted as pending, as with a hardware FIFO's fill level. */
	shiftRegister?: boolean;
	/** Rates the pod's UART can't have. */
	refuses?: (rate: number) => boolean;
	/** What the pod's UART really runs at when asked for a rate. */
	actual?: (rate: number) => number;
}

export class Cable {
	/** For `new UART({io})`. */
	readonly io: SerialConstructor;
	readonly time: VirtualTime;
	readonly options: Required<CableOptions>;
	far: FarEnd | undefined;
	/** Everything the far end received, as it understood it; only when `record` is set. */
	record = false;
	recorded: number[] = [];
	/** Milliseconds that each break begins later than it should. */
	lazyBreak = 0;
	/** Milliseconds after which the pod is told of bytes its driver has, as in a program that stalls. */
	late = 0;
	/** The pod's UART stops sending, as with a broken driver. */
	stuck = false;
	/** Told the pod's rate as it opens its port, and each time it changes it. */
	onBaud: ((rate: number) => void) | undefined;
	/** Told when a break of the pod's begins. */
	onBreak: (() => void) | undefined;
	/** Milliseconds of each break the pod sent. */
	breaks: number[] = [];
	/** The pod changed its rate in the middle of a byte. */
	cutShort = false;
	serial: SimulatedSerial | undefined;
	/** From far end to pod. */
	readonly toPod: Transmitter;

	constructor(options: CableOptions) {
		this.time = options.time;
		this.options = { transmitQueue: 4_096, receiveBuffer: 8_192, grain: 16, shiftRegister: false, refuses: () => false, actual: rate => rate, ...options };
		const cable = this;
		this.io = class extends SimulatedSerial {
			constructor(serialOptions: SerialOptions) {
				super(cable, serialOptions);
			}
		};
		this.toPod = new Transmitter(this, () => this.far?.baud ?? 115_200, (bytes, rate) => this.serial?.arrive(bytes, rate));
	}

	/** The far end sends. */
	send(bytes: ArrayLike<number>): void {
		this.toPod.queue(bytes);
	}
}

/** Clocks bytes out at a rate. */
export class Transmitter {
	readonly #cable: Cable;
	readonly #rate: () => number;
	readonly #deliver: (bytes: Uint8Array, rate: number) => void;
	#queue: number[] = [];
	#sent = 0;
	#started = 0;
	#chunk = 0;
	#running = false;

	constructor(cable: Cable, rate: () => number, deliver: (bytes: Uint8Array, rate: number) => void) {
		this.#cable = cable;
		this.#rate = rate;
		this.#deliver = deliver;
	}

	/** Bytes not yet completely on the wire. */
	get pending(): number {
		if (!this.#running)
			return this.#queue.length - this.#sent;
		const gone = Math.floor((this.#cable.time.now() - this.#started) / transmitTime(1, this.#rate()) + 1e-6);
		return this.#queue.length - this.#sent - Math.min(this.#chunk, gone);
	}

	queue(bytes: ArrayLike<number>): void {
		for (let i = 0; i < bytes.length; i++)
			this.#queue.push(bytes[i]!);
		if (!this.#running)
			this.#start(this.#cable.time.now());
	}

	clear(): void {
		this.#queue.length = this.#sent;
	}

	#start(now: number): void {
		this.#chunk = Math.min(this.#cable.options.grain, this.#queue.length - this.#sent);
		this.#running = this.#chunk > 0;
		if (!this.#running) {
			this.#queue.length = 0;
			this.#sent = 0;
			return;
		}
		this.#started = now;
		const rate = this.#rate();
		this.#cable.time.after(transmitTime(this.#chunk, rate), () => {
			const bytes = Uint8Array.from(this.#queue.slice(this.#sent, this.#sent + this.#chunk));
			this.#sent += bytes.length;
			this.#start(this.#cable.time.now());
			this.#deliver(bytes, rate);
		});
	}
}

class SimulatedSerial implements Serial {
	readonly target: unknown;
	overruns = 0;
	#cable: Cable;
	#options: SerialOptions;
	#baud: number;
	#received: number[] = [];
	#transmitter: Transmitter;
	#announced = false;
	#blocked = false;
	#breaking = false;
	#open = true;

	constructor(cable: Cable, options: SerialOptions) {
		this.#cable = cable;
		this.#options = options;
		this.target = options.target;
		this.#baud = options.baud;
		cable.serial = this;
		cable.onBaud?.(options.baud);
		this.#transmitter = new Transmitter(cable, () => cable.stuck ? 0.001 : this.#baud, (bytes, rate) => this.#depart(bytes, rate));
	}

	get baud(): number {
		this.#check();
		return this.#cable.options.actual(this.#baud);
	}

	set baud(rate: number) {
		this.#check();
		if (this.#cable.options.refuses(rate))
			throw new Error("invalid baud");
		this.#cable.cutShort ||= this.#transmitter.pending > 0;
		if (rate !== this.#baud)
			this.#cable.onBaud?.(rate);
		this.#baud = rate;
	}

	get pending(): number {
		this.#check();
		return Math.max(0, this.#transmitter.pending - (this.#cable.options.shiftRegister ? 1 : 0));
	}

	read(view: Uint8Array): number {
		this.#check();
		const count = Math.min(view.length, this.#received.length);
		view.set(this.#received.splice(0, count));
		return count;
	}

	write(bytes: Bytes): number {
		this.#check();
		const view = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
		const room = this.#cable.options.transmitQueue - this.#transmitter.pending;
		if (view.length > room)
			throw new Error("output full");
		if (view.length > 0)
			this.#transmitter.queue(view);
		this.#blocked ||= room - view.length < 16;
		return room - view.length;
	}

	flush(input: boolean, output: boolean): void {
		this.#check();
		if (input)
			this.#received.length = 0;
		if (output)
			this.#transmitter.clear();
	}

	get breaking(): boolean {
		this.#check();
		return this.#breaking;
	}

	sendBreak(milliseconds: number): void {
		this.#check();
		if (this.#breaking)
			throw new Error("a break is pending");
		this.#breaking = true;
		this.#cable.breaks.push(milliseconds);
		const begin = transmitTime(this.#transmitter.pending, this.#baud) + this.#cable.lazyBreak;
		if (this.#cable.onBreak)
			this.#cable.time.after(begin, () => this.#cable.onBreak?.());
		this.#cable.time.after(begin + milliseconds, () => this.#breaking = false);
	}

	close(): void {
		this.#open = false;
	}

	arrive(bytes: Uint8Array, rate: number): void {
		if (!this.#open)
			return;
		for (const byte of bend(bytes, rate, this.#baud)) {
			if (this.#received.length < this.#cable.options.receiveBuffer)
				this.#received.push(byte);
			else
				this.overruns++;
		}
		if (this.#announced)
			return;
		this.#announced = true;
		this.#cable.time.after(this.#cable.late, () => {
			this.#announced = false;
			if (this.#open)
				this.#options.onReadable?.call(this, this.#received.length);
		});
	}

	#depart(bytes: Uint8Array, rate: number): void {
		const { far, options } = this.#cable;
		const arrived = bend(bytes, rate, far?.baud ?? rate);
		if (this.#cable.record)
			this.#cable.recorded.push(...arrived);
		far?.receive(arrived);
		const pending = this.#transmitter.pending;
		if (pending === 0 || (this.#blocked && pending < options.transmitQueue / 2)) {
			this.#blocked = false;
			this.#cable.time.after(0, () => {
				if (this.#open)
					this.#options.onWritable?.call(this, options.transmitQueue - this.#transmitter.pending);
			});
		}
	}

	#check(): void {
		if (!this.#open)
			throw new SyntaxError("closed");
	}
}

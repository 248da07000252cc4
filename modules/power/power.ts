/**
 * The camera's supply: one P-FET behind one output pin.
 *
 * Keeps the camera off for a minimum time, because its capacitors must empty before it starts cleanly, and reads the pin back
 * after every switch. It switches when asked and never by itself: not at construction, and not when the pod stops.
 *
 * Danger: a plain output becomes an input when it is closed, and the camera loses its supply. On the device the pin is one that
 * keeps its level (modules/esp32/pin).
 */
import { Refusal } from "base/refusal";
import type { OnDefect } from "base/guard";
import type { Digital, DigitalConstructor } from "base/io";
import type { Alarm, Time } from "base/time";

export type PowerCode = "power_busy" | "power_readback";

/** The camera is as asked for, or Refusal `power_readback` (the pin is not) or `power_busy` (a later request came first). */
export type PowerDone<T = unknown> = (refusal: Refusal | undefined, target: T) => void;

/** What a request's target may do right before the supply comes: afterwards the camera may have spoken already. */
export interface AwaitsSupply {
	supplyComes(): void;
}

export interface CameraPowerOptions {
	io: DigitalConstructor;
	/** The board's pin that switches the P-FET. */
	pin: number | string;
	/** The low level switches the supply on. */
	activeLow?: boolean;
	/** The state to keep or to begin with: what the user set last. */
	on: boolean;
	time: Time;
	/** Milliseconds the camera stays off at least; 2,000 by default. */
	offTime?: number;
	/** The supply changed. */
	onChange?: (on: boolean) => void;
	onDefect: OnDefect;
}

/** Requests that may wait for the same switch-on. More than HTTP connections exist never come. */
const MAX_WAITING = 16;

/** Somebody who asked, to be answered once. */
class SwitchRequest {
	readonly power: CameraPower;
	readonly target: unknown;
	private readonly done: PowerDone<any>;
	private refusal: Refusal | undefined;

	constructor(power: CameraPower, done: PowerDone<any>, target: unknown) {
		this.power = power;
		this.done = done;
		this.target = target;
	}

	/** Never from inside the request's own call. */
	answerSoon(time: Time, refusal: Refusal | undefined): void {
		this.refusal = refusal;
		time.after(0, answer, this);
	}

	answer(refusal: Refusal | undefined = this.refusal): void {
		this.done(refusal, this.target);
	}
}

export class CameraPower {
	/** For alarms: see guard.ts. */
	readonly onDefect: OnDefect;
	private readonly pin: Digital;
	private readonly time: Time;
	private readonly offTime: number;
	private readonly onChange: ((on: boolean) => void) | undefined;
	private isOn: boolean;
	private changed: number;
	/** Requests that want the camera on and wait for the minimum off time. */
	private waiting: SwitchRequest[] = [];
	/** Set while the camera is off and will be switched on. */
	private alarm: Alarm | undefined;

	constructor({ io, pin, activeLow = false, on, time, offTime = 2_000, onChange, onDefect }: CameraPowerOptions) {
		this.time = time;
		this.offTime = offTime;
		this.onChange = onChange;
		this.onDefect = onDefect;
		this.isOn = on;
		this.changed = time.now();
		this.pin = new io({ pin, mode: io.Output, initialValue: on ? 1 : 0, activeLow });
	}

	/** Is the camera's supply on, read from the pin. Throws Refusal `power_readback` when the pin is not as it was set. */
	get state(): boolean {
		const value = this.pin.read();
		if ((value === 1) !== this.isOn)
			throw new Refusal<PowerCode>("power_readback", "the power pin is not at the level it was set to", { expected: this.isOn ? 1 : 0, read: value });
		return this.isOn;
	}

	/** Time.now() of the last change, or of the start. */
	get switchedAt(): number {
		return this.changed;
	}

	/** The camera is off and will be switched on when its minimum off time has passed. */
	get switching(): boolean {
		return this.alarm !== undefined;
	}

	/** Switches on, after the minimum off time. `done` gets `target`, too. */
	on<T>(done: PowerDone<T>, target?: T): void {
		const request = new SwitchRequest(this, done, target);
		if (this.isOn)
			return void this.time.after(0, confirm, request);
		if (this.waiting.length >= MAX_WAITING)
			return request.answerSoon(this.time, new Refusal<PowerCode>("power_busy", "too many requests wait for the camera's power", { limit: MAX_WAITING }));
		this.waiting.push(request);
		// A camera that was found off may have been switched off just before the pod started: it counts from the start then.
		this.alarm ??= this.time.after(Math.max(0, this.changed + this.offTime - this.time.now()), switchOn, this);
	}

	/** Switches off at once. Requests that wait to switch on are answered with Refusal `power_busy`. */
	off<T>(done: PowerDone<T>, target?: T): void {
		const refusal = this.write(false);
		this.stopWaiting(switchedOff());
		new SwitchRequest(this, done, target).answerSoon(this.time, refusal);
	}

	/** Off, the minimum off time, on. Joins a cycle or a switch-on that is under way. */
	cycle<T>(done: PowerDone<T>, target?: T): void {
		const refusal = this.isOn ? this.write(false) : undefined;
		if (refusal)
			new SwitchRequest(this, done, target).answerSoon(this.time, refusal);
		else
			this.on(done, target);
	}

	/** Whoever waits with this `target` is not answered any more, and nothing of it is kept. The camera is switched on all the same. */
	forget(target: unknown): void {
		this.waiting = this.waiting.filter(request => request.target !== target);
	}

	/** Gives the pin up: see the danger above. Waiting requests are answered with Refusal `power_busy`. Harmless twice. */
	close(): void {
		this.stopWaiting(new Refusal<PowerCode>("power_busy", "the pod stops"));
		this.pin.close();
	}

	/** The minimum off time has passed. */
	switchOn(): void {
		this.alarm = undefined;
		for (const { target } of this.waiting) {
			try {
				(target as Partial<AwaitsSupply> | undefined)?.supplyComes?.();
			}
			catch (error) {
				this.onDefect("power.comes", error);
			}
		}
		this.answerWaiting(this.write(true));
	}

	/** It was on when somebody asked for it; by now a cycle may have begun, which will end on, or somebody has switched off. */
	confirm(request: SwitchRequest): void {
		if (this.isOn)
			request.answer(this.check());
		else if (this.alarm)
			this.waiting.push(request);
		else
			request.answer(switchedOff());
	}

	private write(on: boolean): Refusal | undefined {
		try {
			this.pin.write(on ? 1 : 0);
		}
		catch (error) {
			return new Refusal<PowerCode>("power_readback", error instanceof Error ? error.message : "the power pin can't be written");
		}
		if (on !== this.isOn) {
			this.isOn = on;
			this.changed = this.time.now();
			this.onChange?.(on);
		}
		return this.check();
	}

	private check(): Refusal | undefined {
		try {
			void this.state;
			return undefined;
		}
		catch (error) {
			return error instanceof Refusal ? error : new Refusal<PowerCode>("power_readback", error instanceof Error ? error.message : "the power pin can't be read");
		}
	}

	private stopWaiting(refusal: Refusal): void {
		this.time.cancel(this.alarm);
		this.alarm = undefined;
		this.answerWaiting(refusal);
	}

	private answerWaiting(refusal: Refusal | undefined): void {
		const waiting = this.waiting;
		this.waiting = [];
		for (const request of waiting)
			request.answerSoon(this.time, refusal);
	}
}

function switchedOff(): Refusal {
	return new Refusal<PowerCode>("power_busy", "the camera was switched off by a later request");
}

function switchOn(power: CameraPower): void {
	try {
		power.switchOn();
	}
	catch (error) {
		power.onDefect("power.on", error);
	}
}

function confirm(request: SwitchRequest): void {
	const { power } = request;
	try {
		power.confirm(request);
	}
	catch (error) {
		power.onDefect("power.done", error);
	}
}

function answer(request: SwitchRequest): void {
	try {
		request.answer();
	}
	catch (error) {
		request.power.onDefect("power.done", error);
	}
}

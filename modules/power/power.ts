/**
 * The camera's supply: one P-FET behind one output pin.
 *
 * Keeps the camera off for a minimum time, because its capacitors must empty before it starts cleanly, and reads the pin back
 * after every switch. It switches when asked and never by itself: not at construction, and not when the pod stops.
 *
 * Danger: a plain output becomes an input when it is closed, and the camera loses its supply. On the device the pin is one that
 * keeps its level (pin/held).
 */
import { Fault } from "base/fault";
import { guarded, type Report } from "base/guard";
import type { Digital, DigitalConstructor } from "base/io";
import type { Alarm, Time } from "base/time";

/** The camera is as asked for, or Fault `power_readback` (the pin is not) or `power_busy` (a later request came first). */
export type PowerDone = (fault: Fault | undefined) => void;

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
	onFault: Report;
}

/** Requests that may wait for the same switch-on. More than HTTP connections exist never come. */
const MAX_WAITING = 16;

export class CameraPower {
	#pin: Digital;
	#time: Time;
	#offTime: number;
	#onChange: ((on: boolean) => void) | undefined;
	#report: Report;
	#on: boolean;
	#since: number;
	/** Requests that want the camera on and wait for the minimum off time. */
	#waiting: PowerDone[] = [];
	#alarm: Alarm | undefined;

	constructor({ io, pin, activeLow = false, on, time, offTime = 2_000, onChange, onFault }: CameraPowerOptions) {
		this.#time = time;
		this.#offTime = offTime;
		this.#onChange = onChange;
		this.#report = onFault;
		this.#on = on;
		this.#since = time.now();
		this.#pin = new io({ pin, mode: io.Output, initialValue: on ? 1 : 0, activeLow });
	}

	/** Is the camera's supply on, read from the pin. Throws Fault `power_readback` when the pin is not as it was set. */
	get state(): boolean {
		const value = this.#pin.read();
		if ((value === 1) !== this.#on)
			throw new Fault("power_readback", "the power pin is not at the level it was set to", { expected: this.#on ? 1 : 0, read: value });
		return this.#on;
	}

	/** Time.now() of the last change, or of the start. */
	get since(): number {
		return this.#since;
	}

	/** Somebody waits for the minimum off time to pass: the camera is off and will be switched on. */
	get switching(): boolean {
		return this.#waiting.length > 0;
	}

	/** Switches on, after the minimum off time. */
	on(done: PowerDone): void {
		if (this.#on)
			return void this.#time.after(0, guarded("power.done", this.#report, () => this.#confirm(done)));
		if (this.#waiting.length >= MAX_WAITING)
			return this.#answer(done, new Fault("power_busy", "too many requests wait for the camera's power", { limit: MAX_WAITING }));
		this.#waiting.push(done);
		if (this.#alarm)
			return;
		// A camera that was found off may have been switched off just before the pod started: since is the start then.
		const left = Math.max(0, this.#since + this.#offTime - this.#time.now());
		this.#alarm = this.#time.after(left, guarded("power.on", this.#report, () => this.#switchOn()));
	}

	/** Switches off at once. Requests that wait to switch on are answered with Fault `power_busy`. */
	off(done: PowerDone): void {
		const fault = this.#switch(false);
		this.#time.cancel(this.#alarm);
		this.#alarm = undefined;
		this.#answerWaiting(switchedOff());
		this.#answer(done, fault);
	}

	/** Off, the minimum off time, on. Joins a cycle or a switch-on that is under way. */
	cycle(done: PowerDone): void {
		const fault = this.#on ? this.#switch(false) : undefined;
		if (fault)
			this.#answer(done, fault);
		else
			this.on(done);
	}

	/** Gives the pin up: see the danger above. Waiting requests are answered with Fault `power_busy`. Harmless twice. */
	close(): void {
		this.#time.cancel(this.#alarm);
		this.#alarm = undefined;
		this.#answerWaiting(new Fault("power_busy", "the pod stops"));
		this.#pin.close();
	}

	/** It was on when somebody asked for it; by now a cycle may have begun, which will end on, or somebody has switched off. */
	#confirm(done: PowerDone): void {
		if (this.#on)
			done(this.#check());
		else if (this.#alarm)
			this.#waiting.push(done);
		else
			done(switchedOff());
	}

	#switchOn(): void {
		this.#alarm = undefined;
		this.#answerWaiting(this.#switch(true));
	}

	#switch(on: boolean): Fault | undefined {
		try {
			this.#pin.write(on ? 1 : 0);
		}
		catch (error) {
			return new Fault("power_readback", error instanceof Error ? error.message : "the power pin can't be written");
		}
		if (on !== this.#on) {
			this.#on = on;
			this.#since = this.#time.now();
			this.#onChange?.(on);
		}
		return this.#check();
	}

	#check(): Fault | undefined {
		try {
			void this.state;
			return undefined;
		}
		catch (error) {
			return error instanceof Fault ? error : new Fault("power_readback", error instanceof Error ? error.message : "the power pin can't be read");
		}
	}

	#answerWaiting(fault: Fault | undefined): void {
		const waiting = this.#waiting;
		this.#waiting = [];
		for (const done of waiting)
			this.#answer(done, fault);
	}

	/** Never from inside the request's own call. */
	#answer(done: PowerDone, fault: Fault | undefined): void {
		this.#time.after(0, guarded("power.done", this.#report, () => done(fault)));
	}
}

function switchedOff(): Fault {
	return new Fault("power_busy", "the camera was switched off by a later request");
}

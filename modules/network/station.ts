/**
 * Keeps the pod in the lab's Wi-Fi: connects, and again after every loss, for ever. The pauses double from 1 s to 60 s; an attempt
 * that hangs (no address after 30 s) is given up and repeated, too.
 */
import { guarded } from "base/guard";
import type { OnDefect } from "base/guard";
import type { Alarm, Time } from "base/time";

/** The SDK's network interface class (embedded:network/interface/wifi), as far as it is used. */
export interface WiFi {
	/** 200 off, 300 connecting, 400 link, 500 link and address. */
	readonly connection: number;
	readonly address: string | undefined;
	readonly MAC: string | undefined;
	readonly RSSI: number | undefined;
	connect(options: { SSID: string; password?: string; secure?: boolean }): void;
	disconnect(): void;
	configure(options: { hostname: string }): void;
	close(): void;
}

export type WiFiConstructor = new (options: { onChanged(this: WiFi, property: string): void }) => WiFi;

export interface StationOptions {
	io: WiFiConstructor;
	time: Time;
	ssid: string;
	/** Empty: an open network. */
	password: string;
	hostname: string;
	onDefect: OnDefect;
	/** There is an address, or another one. */
	onUp: (address: string) => void;
	onDown: () => void;
}

const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 60_000;
const PATIENCE = 30_000;

export class Station {
	private wifi: WiFi;
	private options: StationOptions;
	private alarm: Alarm | undefined;
	private pause = FIRST_PAUSE;
	private resting = false;	// between two attempts
	private address: string | undefined;
	private attempts = 0;
	private losses = 0;

	constructor(options: StationOptions) {
		this.options = options;
		const changed = guarded("wifi.changed", options.onDefect, () => this.changed());
		this.wifi = new options.io({ onChanged: () => changed() });
		this.wifi.configure({ hostname: options.hostname });
		this.connect();
	}

	/** For `GET /status`: never holds the password. */
	get status(): { ssid: string; address: string | null; rssi: number | null; attempts: number; losses: number } {
		const up = this.address !== undefined;
		const { options: { ssid }, address = null, attempts, losses } = this;
		return { ssid, address, rssi: up ? this.wifi.RSSI ?? null : null, attempts, losses };
	}

	get mac(): string | undefined {
		return this.wifi.MAC;
	}

	private connect(): void {
		const { ssid, password, onDefect } = this.options;
		this.attempts++;
		this.resting = false;
		this.after(PATIENCE, () => this.giveUp());
		try {
			this.wifi.connect(password === "" ? { SSID: ssid } : { SSID: ssid, password, secure: true });
		}
		catch (error) {
			onDefect("wifi.connect", error);
			this.later();
		}
	}

	/** The attempt hangs. */
	private giveUp(): void {
		try {
			this.wifi.disconnect();
		}
		catch (error) {
			this.options.onDefect("wifi.disconnect", error);
		}
		this.later();
	}

	private later(): void {
		if (this.resting)
			return;
		this.resting = true;
		this.after(this.pause, () => this.connect());
		this.pause = Math.min(2 * this.pause, LONGEST_PAUSE);
	}

	private after(milliseconds: number, callback: () => void): void {
		const { time, onDefect } = this.options;
		time.cancel(this.alarm);
		this.alarm = time.after(milliseconds, guarded("wifi.alarm", onDefect, callback));
	}

	private changed(): void {
		const connection = this.wifi.connection;
		if (connection >= 500)
			this.up(this.wifi.address);
		else if (connection <= 200) {
			this.down();
			this.later();
		}
	}

	private up(address: string | undefined): void {
		if (address === undefined || address === this.address)
			return;
		this.options.time.cancel(this.alarm);
		this.alarm = undefined;
		this.pause = FIRST_PAUSE;
		this.address = address;
		this.options.onUp(address);
	}

	private down(): void {
		if (this.address === undefined)
			return;
		this.address = undefined;
		this.losses++;
		this.options.onDown();
	}

	close(): void {
		this.options.time.cancel(this.alarm);
		this.alarm = undefined;
		this.wifi.close();
	}
}

/**
 * At most one fastboot at a time, and what became of the last one.
 *
 * Not for the boot ROM's protocol (modules/bootrom) nor for HTTP (routes/fastboot.ts).
 */
import type { OnDefect } from "base/guard";
import type { Alarm, Time } from "base/time";
import type { BringUpResult } from "bootrom/result";
import { BringUp, type BringUpLimits, type BringUpOwner } from "bootrom/bring-up";
import type { FastbootState } from "protocol/answers";
import type { CameraPower } from "power/power";
import type { Content } from "store/content";
import type { UART } from "uart/uart";

export interface FastbootOptions {
	uart: UART;
	power: CameraPower;
	time: Time;
	/** Asked for each. */
	limits: () => Partial<BringUpLimits>;
	/** One is starting. */
	onStart: () => void;
	onActivity: () => void;
	onDefect: OnDefect;
}

/** What became of a fastboot. `id` counts them from 1 since the pod's start, so that who looks later knows its own. */
export type FastbootResult = BringUpResult & { readonly id: number };

/** Who asked for one. */
export interface FastbootClient {
	/** It is over, and its content not needed any more. */
	booted(result: FastbootResult): void;
}

/** Milliseconds between two signs of activity: a boot ROM may be waited for much longer without any progress. */
const PULSE = 500;

export class Fastboot implements BringUpOwner {
	private readonly options: FastbootOptions;
	private count = 0;
	private pulse: Alarm | undefined;
	private bringUp: BringUp | undefined;
	private client: FastbootClient | undefined;
	private last: FastbootResult | null = null;

	constructor(options: FastbootOptions) {
		this.options = options;
	}

	get running(): boolean {
		return this.bringUp !== undefined;
	}

	/** As `GET /fastboot` answers it. */
	get state(): FastbootState {
		return { running: this.running, ...(this.running && { id: this.count }), ...this.bringUp?.progress, last_result: this.last };
	}

	/**
	 * Boots the camera with the request in `content`, which must stay until `client` is told; none may be running (occupancy.ts). Returns
	 * its id. Throws Refusal `bad_blob`, `blob_too_large`.
	 */
	start(content: Content, client: FastbootClient): number {
		const { uart, power, time, limits, onStart, onDefect } = this.options;
		this.bringUp = new BringUp({ uart, power, time, content, limits: limits(), owner: this, onDefect });
		this.client = client;
		this.pulse = time.every(PULSE, pulsed, this);
		onStart();
		return ++this.count;
	}

	/** Ends the one that is running, which then reports the failure `cancelled: reason`. False when none is running. */
	cancel(reason: string): boolean {
		const { running } = this;
		this.bringUp?.cancel(reason);
		return running;
	}

	progressed(): void {
		this.options.onActivity();
	}

	ended(result: BringUpResult): void {
		const client = this.client!;
		this.options.time.cancel(this.pulse);
		this.pulse = this.bringUp = this.client = undefined;
		client.booted(this.last = { id: this.count, ...result });
	}

	/** For the alarm: somebody is at work here. */
	beat(): void {
		try {
			this.progressed();
		}
		catch (error) {
			this.options.onDefect("fastboot.pulse", error);
		}
	}
}

function pulsed(fastboot: Fastboot): void {
	fastboot.beat();
}

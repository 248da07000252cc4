/**
 * At most one fastboot at a time, and what became of the last one.
 *
 * Not for the boot ROM's protocol (modules/bootrom) nor for HTTP (routes/fastboot.ts).
 */
import { Fault } from "base/refusal";
import type { Report } from "base/guard";
import type { Alarm, Time } from "base/time";
import type { UploadResult } from "bootrom/result";
import { Uploader, type UploaderLimits, type UploaderOwner } from "bootrom/bring-up";
import type { CameraPower } from "power/power";
import type { Content } from "store/content";
import type { UART } from "uart/uart";

export interface FastbootOptions {
	uart: UART;
	power: CameraPower;
	time: Time;
	/** Asked for each. */
	limits: () => Partial<UploaderLimits>;
	/** One is starting. */
	onStart: () => void;
	onActivity: () => void;
	onFault: Report;
}

/** What became of a fastboot. `id` counts them from 1 since the pod's start, so that who looks later knows its own. */
export type FastbootResult = UploadResult & { readonly id: number };

/** Who asked for one. */
export interface FastbootClient {
	/** It is over, and its content not needed any more. */
	booted(result: FastbootResult): void;
}

/** Milliseconds between two signs of activity: a boot ROM may be waited for much longer without any progress. */
const PULSE = 500;

export class Fastboot implements UploaderOwner {
	private readonly options: FastbootOptions;
	private count = 0;
	private pulse: Alarm | undefined;
	private uploader: Uploader | undefined;
	private client: FastbootClient | undefined;
	private last: FastbootResult | null = null;

	constructor(options: FastbootOptions) {
		this.options = options;
	}

	get running(): boolean {
		return this.uploader !== undefined;
	}

	/** As `GET /fastboot` answers it. */
	get state(): Record<string, unknown> {
		return { running: this.running, ...(this.running && { id: this.count }), ...this.uploader?.progress, last_result: this.last };
	}

	/** Throws Fault `busy` while one is running. */
	checkIdle(): void {
		if (this.running)
			throw new Fault("busy", "a fastboot is running; GET /fastboot shows how far it is, DELETE /fastboot ends it", { owner: "fastboot" });
	}

	/**
	 * Boots the camera with the request in `content`, which must stay until `client` is told. Returns its id. Throws Fault `busy`,
	 * `bad_blob`, `blob_too_large`.
	 */
	start(content: Content, client: FastbootClient): number {
		this.checkIdle();
		const { uart, power, time, limits, onStart, onFault } = this.options;
		this.uploader = new Uploader({ uart, power, time, content, limits: limits(), owner: this, onFault });
		this.client = client;
		this.pulse = time.every(PULSE, pulsed, this);
		onStart();
		return ++this.count;
	}

	/** Ends the one that is running, which then reports the failure `cancelled: reason`. False when none is running. */
	cancel(reason: string): boolean {
		const { running } = this;
		this.uploader?.cancel(reason);
		return running;
	}

	progressed(): void {
		this.options.onActivity();
	}

	uploaded(result: UploadResult): void {
		const client = this.client!;
		this.options.time.cancel(this.pulse);
		this.pulse = this.uploader = this.client = undefined;
		client.booted(this.last = { id: this.count, ...result });
	}

	/** For the alarm: somebody is at work here. */
	beat(): void {
		try {
			this.progressed();
		}
		catch (error) {
			this.options.onFault("fastboot.pulse", error);
		}
	}
}

function pulsed(fastboot: Fastboot): void {
	fastboot.beat();
}

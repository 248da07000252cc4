/**
 * At most one fastboot at a time, and what became of the last one.
 *
 * Not for the boot ROM's protocol (modules/bootrom) nor for HTTP (routes/fastboot.ts).
 */
import { Fault } from "base/fault";
import { guarded, type Report } from "base/guard";
import type { Alarm, Time } from "base/time";
import type { UploadResult } from "bootrom/result";
import { Uploader, type UploaderLimits } from "bootrom/uploader";
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

/** Milliseconds between two signs of activity: a boot ROM may be waited for much longer without any progress. */
const PULSE = 500;

export class Fastboot {
	#options: FastbootOptions;
	#pulse: Alarm | undefined;
	#uploader: Uploader | undefined;
	#last: UploadResult | null = null;

	constructor(options: FastbootOptions) {
		this.#options = options;
	}

	get running(): boolean {
		return this.#uploader !== undefined;
	}

	/** As `GET /fastboot` answers it. */
	get state(): Record<string, unknown> {
		return { running: this.running, ...this.#uploader?.progress, last_result: this.#last };
	}

	/** Throws Fault `busy` while one is running. */
	checkIdle(): void {
		if (this.running)
			throw new Fault("busy", "a fastboot is running; GET /fastboot shows how far it is, DELETE /fastboot ends it", { owner: "fastboot" });
	}

	/** Boots the camera with the request in `content`, which must stay until `done`. Throws Fault `busy`, `bad_blob`, `blob_too_large`. */
	start(content: Content, done: (result: UploadResult) => void): void {
		this.checkIdle();
		const { uart, power, time, limits, onActivity, onFault } = this.#options;
		this.#uploader = new Uploader({
			uart,
			power,
			time,
			content,
			limits: limits(),
			onProgress: onActivity,
			onFault,
			onDone: result => {
				time.cancel(this.#pulse);
				this.#uploader = undefined;
				this.#last = result;
				done(result);
			}
		});
		this.#pulse = time.every(PULSE, guarded("fastboot.pulse", onFault, onActivity));
		this.#options.onStart();
	}

	/** Ends the one that is running, which then reports the failure `cancelled: reason`. False when none is running. */
	cancel(reason: string): boolean {
		const { running } = this;
		this.#uploader?.cancel(reason);
		return running;
	}
}

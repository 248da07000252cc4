/**
 * At most one fastboot at a time, and what became of the last one.
 *
 * Not for the boot ROM's protocol (modules/bootrom) nor for HTTP (routes/fastboot.ts).
 */
import { Fault } from "base/fault";
import type { Report } from "base/guard";
import type { Time } from "base/time";
import type { UploadResult } from "bootrom/result";
import { Uploader, type UploaderLimits } from "bootrom/uploader";
import type { CameraPower } from "power/power";
import type { Content } from "store/content";
import type { UART } from "uart/uart";

export interface FastbootOptions {
	uart: UART;
	power: CameraPower;
	time: Time;
	limits: Partial<UploaderLimits>;
	/** One is starting. */
	onStart: () => void;
	onActivity: () => void;
	onFault: Report;
}

export class Fastboot {
	#options: FastbootOptions;
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
			limits,
			onProgress: onActivity,
			onFault,
			onDone: result => {
				this.#uploader = undefined;
				this.#last = result;
				done(result);
			}
		});
		this.#options.onStart();
	}

	/** Ends the one that is running, which then reports the failure `cancelled: reason`. False when none is running. */
	cancel(reason: string): boolean {
		const { running } = this;
		this.#uploader?.cancel(reason);
		return running;
	}
}

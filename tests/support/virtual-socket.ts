/** What a connection in virtual time has of net.Socket, as far as the client library and node:http need it. The bytes are up to who extends it. */
import { Duplex } from "node:stream";
import type { LabTime } from "./lab/time.ts";

export abstract class VirtualSocket extends Duplex {
	connecting = true;
	localAddress: string | undefined;
	localPort: number | undefined;
	protected readonly time: LabTime;
	#idle = 0;
	#idleAlarm: object | undefined;

	constructor(time: LabTime) {
		super({ allowHalfOpen: false });
		this.time = time;
	}

	setNoDelay(): this {
		return this;
	}

	setKeepAlive(): this {
		return this;
	}

	setTimeout(milliseconds: number, callback?: () => void): this {
		if (callback)
			this.once("timeout", callback);
		this.#idle = milliseconds;
		this.moved();
		return this;
	}

	ref(): this {
		return this;
	}

	unref(): this {
		return this;
	}

	destroySoon(): void {
		if (this.writable)
			this.end();
		if (this.writableFinished)
			this.destroy();
		else
			this.once("finish", () => this.destroy());
	}

	/** A byte has moved. */
	protected moved(): void {
		this.unwatch();
		this.#idleAlarm = this.#idle ? this.time.after(this.#idle, () => {
			this.time.touch();
			this.emit("timeout");
		}) : undefined;
	}

	/** There will be no time-out any more. */
	protected unwatch(): void {
		this.time.cancel(this.#idleAlarm);
	}
}

/** `/fastboot`: bring a dead camera up through its boot ROM. Every refusal carries `failed_phase`, which existing clients print. */
import { Fault } from "base/fault";
import { MAX_BODY } from "bootrom/request";
import type { Upload } from "store/upload";
import type { BodySink } from "http/body";
import type { Exchange } from "http/exchange";
import type { Pod } from "../pod";
import { reply } from "../reply";
import type { Route } from "../router";

/** The body goes into pages of the store, unnamed; the answer comes when U-Boot runs or something failed. */
function boot(exchange: Exchange, pod: Pod): void {
	if (exchange.length !== undefined)
		checkSize(exchange.length);
	pod.room.check("fastboot");
	// a run that broke off may have left everything full; this one begins here, for the store, if it can't begin otherwise
	if (pod.store.freeBytes < (exchange.length ?? MAX_BODY)) {
		pod.store.newSession();
		pod.stopCamera("a fastboot begins");
	}
	exchange.receive(new Blob(exchange, pod, pod.store.scratch(exchange.length)));
}

function checkSize(size: number): void {
	if (size > MAX_BODY)
		throw new Fault("blob_too_large", `a fastboot body has at most ${MAX_BODY} bytes, not ${size}`, { limit: MAX_BODY, size });
}

class Blob implements BodySink {
	#exchange: Exchange;
	#pod: Pod;
	#upload: Upload;

	constructor(exchange: Exchange, pod: Pod, upload: Upload) {
		this.#exchange = exchange;
		this.#pod = pod;
		this.#upload = upload;
	}

	space(): Uint8Array {
		checkSize(this.#upload.received + 1);
		return this.#upload.space();
	}

	advance(count: number): void {
		this.#upload.advance(count);
	}

	done(): void {
		const { fastboot } = this.#pod;
		const exchange = this.#exchange;
		const content = this.#upload.commit();
		try {
			// a client that stalls in its body keeps nobody out, so something else may have begun meanwhile
			this.#pod.occupancy.check("fastboot");
			fastboot.start(content, result => {
				content.release();
				if (!exchange.closed)
					reply(exchange, result.success ? 200 : 500, result);
			});
		}
		catch (fault) {
			content.release();
			throw fault;
		}
		// nobody waits for the answer any more, and the next client should find the camera free
		exchange.finished = sent => {
			if (!sent)
				fastboot.cancel("the client has gone");
		};
	}

	aborted(reason: string): void {
		this.#upload.abort(reason);
	}
}

function cancel(exchange: Exchange, pod: Pod): void {
	reply(exchange, 200, { ok: true, cancelled: pod.fastboot.cancel("DELETE /fastboot") });
}

export const fastbootRoutes: readonly Route[] = Object.freeze([
	{ method: "GET", path: "/fastboot", does: "phase, bytes and rate while one runs; the last result", curl: "POD/fastboot", handle: (exchange, pod) => reply(exchange, 200, pod.fastboot.state) },
	{ method: "POST", path: "/fastboot", action: "fastboot", body: true, does: "power cycle, boot ROM, DDR step, SPL, U-Boot; answers when U-Boot speaks", curl: "--data-binary @blob.bin POD/fastboot", handle: boot },
	{ method: "DELETE", path: "/fastboot", action: "cancel_fastboot", does: "end the one that runs", curl: "-X DELETE POD/fastboot", handle: cancel }
] as Route[], true);

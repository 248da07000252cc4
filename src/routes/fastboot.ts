/** `/fastboot`: bring a dead camera up through its boot ROM. Every refusal carries `failed_phase`, which existing clients print. */
import { Refusal } from "base/refusal";
import { HEAD_SIZE, checkHead, parseRequest } from "bootrom/request";
import type { Cancelled, FastbootBegun, FastbootResult as Answer } from "protocol/answers";
import { FASTBOOT_BODY } from "protocol/limits";
import { BytesContent } from "store/content";
import type { StoredFile } from "store/file";
import type { Upload } from "store/upload";
import type { BodySink } from "http/body";
import type { Exchange } from "http/exchange";
import type { BootROMCode } from "bootrom/codes";
import type { FastbootClient, FastbootResult } from "../fastboot";
import type { Pod, Route } from "../pod";
import { reply } from "../reply";

/** RFC 7240: the client doesn't want to wait, its proxy would not either. */
const RESPOND_ASYNC = /(^|,)\s*respond-async\s*($|[,;])/i;

/**
 * The body goes into pages of the store, unnamed; the answer comes when U-Boot runs or something failed, or at once if that is preferred.
 */
function boot(exchange: Exchange, pod: Pod): void {
	if (exchange.length !== undefined)
		checkSize(exchange.length);
	pod.room.check("fastboot");
	exchange.receive(new Blob(exchange, pod));
}

function checkSize(size: number): void {
	if (size > FASTBOOT_BODY)
		throw new Refusal<BootROMCode>("blob_too_large", `a fastboot body has at most ${FASTBOOT_BODY} bytes, not ${size}`, { limit: FASTBOOT_BODY, size });
}

/** One request's body on its way into pages, and its fastboot. Nobody loses anything to it before it has shown that it is one. */
class Blob implements BodySink, FastbootClient {
	private readonly exchange: Exchange;
	private readonly pod: Pod;
	/** The body's first bytes, of which `count` have come. */
	private readonly head: Uint8Array;
	private count = 0;
	private upload: Upload | undefined;
	private content: StoredFile | undefined;

	constructor(exchange: Exchange, pod: Pod) {
		this.exchange = exchange;
		this.pod = pod;
		this.head = exchange.memory(HEAD_SIZE);
	}

	space(): Uint8Array {
		if (!this.upload && this.count < HEAD_SIZE)
			return this.head.subarray(this.count);
		const upload = this.upload ??= this.admit();
		checkSize(upload.received + 1);
		return upload.space();
	}

	advance(count: number): void {
		if (this.upload)
			this.upload.advance(count);
		else
			this.count += count;
	}

	done(): void {
		const { exchange, pod: { fastboot, occupancy } } = this;
		const upload = this.upload ??= this.admit();
		const content = this.content = upload.commit();
		try {
			// a client that stalls in its body keeps nobody out, so something else may have begun meanwhile
			occupancy.check("fastboot");
			const id = fastboot.start(content, this);
			exchange.essential = true;
			if (RESPOND_ASYNC.test(exchange.header("prefer") ?? ""))
				exchange.respond(202, JSON.stringify({ id, running: true } satisfies FastbootBegun) + "\n", { "Content-Type": "application/json", "Preference-Applied": "respond-async", "Location": "/fastboot" });
			else
				// nobody waits for the answer any more, and the next client should find the camera free
				exchange.finished = sent => {
					if (!sent)
						occupancy.begin("cancel_fastboot", "the client has gone");
				};
		}
		catch (refusal) {
			content.release();
			throw refusal;
		}
	}

	aborted(reason: string): void {
		this.upload?.abort(reason);
	}

	booted(result: FastbootResult): void {
		this.content!.release();
		if (!this.exchange.responded)
			reply(this.exchange, result.success ? 200 : 500, result satisfies Answer);
	}

	/** Room for the body, now that its beginning is known. Throws Refusal `bad_blob`, `oom`, or why none may begin. */
	private admit(): Upload {
		const { exchange, pod, count } = this;
		const head = this.head.subarray(0, count);
		if (count < HEAD_SIZE)
			parseRequest(new BytesContent(head));
		else
			checkHead(new BytesContent(head), exchange.length ?? Infinity);
		pod.occupancy.check("fastboot");
		// a run that broke off may have left everything full; this one begins here, for the store, if it can't begin otherwise
		if (pod.store.freeBytes < (exchange.length ?? FASTBOOT_BODY)) {
			pod.store.newSession();
			pod.stopCamera("a fastboot begins");
		}
		const upload = pod.store.scratch(exchange.length);
		upload.write(head);
		return upload;
	}
}

function cancel(exchange: Exchange, pod: Pod): void {
	reply(exchange, 200, { ok: true, cancelled: pod.occupancy.begin("cancel_fastboot", "DELETE /fastboot") } satisfies Cancelled);
}

export const fastbootRoutes: readonly Route[] = Object.freeze([
	{ method: "GET", path: "/fastboot", does: "phase, bytes and rate while one runs; the last result", curl: "POD/fastboot", handle: (exchange, pod) => reply(exchange, 200, pod.fastboot.state) },
	{ method: "POST", path: "/fastboot", action: "fastboot", body: true, does: "power cycle, boot ROM, DDR step, SPL, U-Boot; answers when U-Boot speaks, or at once with Prefer: respond-async", curl: "--data-binary @blob.bin POD/fastboot", handle: boot },
	{ method: "DELETE", path: "/fastboot", action: "cancel_fastboot", does: "end the one that runs", curl: "-X DELETE POD/fastboot", handle: cancel }
] as Route[], true);

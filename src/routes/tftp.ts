/** `/tftp`: files staged for the camera, and armed slots for what the camera uploads. */
import { Refusal } from "base/refusal";
import type { StoredFile } from "store/file";
import type { Upload } from "store/upload";
import type { BodySink } from "http/body";
import { answerContent, answerUnchanged } from "http/content-answer";
import type { Exchange } from "http/exchange";
import { preconditionsHold } from "http/precondition";
import type { ArmedSlot, FileInfo, Removed, StagedFile, StagingArea } from "protocol/answers";
import { replyDocument, type MemberOf } from "../document";
import type { Pod, Route } from "../pod";
import { announcedChecksum, hex32, reply } from "../reply";
import type { PodCode } from "../errors";

/** As `GET /tftp` lists a file. */
function described(pod: Pod, file: StoredFile): FileInfo {
	const transfer = pod.tftp.transferOf(file.name);
	return {
		name: file.name,
		size: file.size,
		crc32: hex32(file.crc32),
		reads: file.reads,
		completed: file.completed,
		last_error: file.lastError ?? null,
		age_seconds: Math.floor((pod.time.now() - file.created) / 1000),
		reclaimable: pod.store.reclaimable(file),
		...(file.armed === undefined ? {} : { armed_size: file.armed, received: file.upload?.received ?? 0 }),
		...(transfer ? { transfer: { client: transfer.client, bytes: transfer.bytes } } : {})
	};
}

const MEMBERS = Object.freeze([
	{ name: "files", list: pod => pod.store.list(), entry: described },
	{ name: "max_size_bytes", value: pod => pod.store.totalBytes },
	{ name: "max_slots", value: pod => pod.store.slots },
	{ name: "psram_free_bytes", value: pod => pod.store.freeBytes },
	{ name: "psram_largest_free_block", value: pod => pod.store.freeBytes }
] satisfies MemberOf<Pod, StagingArea>[], true);

/** Stages the body, or with `?upload=N` reserves room for what the camera will send. */
function put(exchange: Exchange, pod: Pod, name: string): void {
	const size = exchange.query("upload");
	checkUnchanged(exchange, pod, name);
	// a connection that waits takes little: this one is about to take more
	pod.room.check("http");
	if (size !== undefined) {
		arm(exchange, pod, name, size);
		return;
	}
	const checksum = announcedChecksum(exchange);
	const upload = pod.store.create(name, exchange.length);
	exchange.receive(new UploadSink(exchange, pod, upload, checksum));
}

function arm(exchange: Exchange, pod: Pod, name: string, size: string): void {
	const maximum = pod.store.totalBytes;
	if (!/^\d{1,10}$/.test(size) || Number(size) < 1 || Number(size) > maximum)
		throw new Refusal<PodCode>("bad_number", `upload must be a whole number from 1 to ${maximum}, not ${size}`, { field: "upload", minimum: 1, maximum });
	if (exchange.length !== 0)
		throw new Refusal<PodCode>("unexpected_body", "the camera is to send these bytes: ?upload=N takes no body", { field: "upload" });
	const file = pod.store.arm(name, Number(size));
	reply(exchange, 200, { name, armed_size: file.armed! } satisfies ArmedSlot);
}

/** An upload on its way from the socket into its pages. */
class UploadSink implements BodySink {
	private exchange: Exchange;
	private pod: Pod;
	private upload: Upload;
	private checksum: number | undefined;

	constructor(exchange: Exchange, pod: Pod, upload: Upload, checksum: number | undefined) {
		this.exchange = exchange;
		this.pod = pod;
		this.upload = upload;
		this.checksum = checksum;
	}

	space(): Uint8Array {
		return this.upload.space();
	}

	advance(count: number): void {
		this.upload.advance(count);
	}

	done(): void {
		// somebody else may have been faster
		checkUnchanged(this.exchange, this.pod, this.upload.name!);
		const file = this.upload.commit(this.checksum);
		reply(this.exchange, 200, { name: file.name, size: file.size, crc32: hex32(file.crc32) } satisfies StagedFile);
	}

	aborted(reason: string): void {
		this.upload.abort(reason);
	}
}

function get(exchange: Exchange, pod: Pod, name: string): void {
	const file = found(pod, name);
	const tag = tagOf(file);
	const headers = { "Content-Type": "application/octet-stream", "X-Checksum-CRC32": hex32(file.crc32) };
	if (answerUnchanged(exchange, tag, headers))
		return;
	pod.room.check("http");
	answerContent(exchange, file, tag, headers);
	file.retain();
	exchange.finished = () => file.release();
}

/** The entity tag: equal bytes have equal ones. */
function tagOf(file: StoredFile): string {
	return `"crc32-${hex32(file.crc32)}"`;
}

/** Throws Refusal `precondition_failed` when the client wants to change something else than is there. */
function checkUnchanged(exchange: Exchange, pod: Pod, name: string): void {
	const file = pod.store.get(name);
	preconditionsHold(exchange, file && tagOf(file));
}

function found(pod: Pod, name: string): StoredFile {
	const file = pod.store.get(name);
	if (!file)
		throw new Refusal<PodCode>("no_such_file", `no file "${name.slice(0, 64)}" is staged; GET /tftp lists what is`, { name });
	return file;
}

function remove(exchange: Exchange, pod: Pod, name: string): void {
	checkUnchanged(exchange, pod, name);
	if (!pod.store.remove(name))
		found(pod, name);
	reply(exchange, 200, { ok: true } satisfies Removed);
}

function clear(exchange: Exchange, pod: Pod): void {
	// those too that still read what was replaced
	pod.tftp.stop("all files were removed");
	reply(exchange, 200, { ok: true, removed: pod.store.clear() } satisfies Removed);
}

export const tftpRoutes: readonly Route[] = Object.freeze([
	{ method: "GET", path: "/tftp", does: "the staged files and the room that is left", curl: "POD/tftp", handle: (exchange, pod) => replyDocument(exchange, pod, MEMBERS) },
	{ method: "DELETE", path: "/tftp", action: "stage", does: "remove all files", curl: "-X DELETE POD/tftp", handle: clear },
	{ method: "GET", path: "/tftp/<name>", does: "a file's bytes back; ranges work", curl: "-o uImage.back POD/tftp/uImage", handle: get },
	{ method: "PUT", path: "/tftp/<name>", action: "stage", query: ["upload"], body: true, does: "stage a file, curl adds its name; X-Checksum-CRC32 is verified; ?upload=N awaits N bytes of the camera", curl: "-T uImage POD/tftp/", handle: put },
	{ method: "POST", path: "/tftp/<name>", action: "stage", query: ["upload"], body: true, does: "likewise", curl: "--data-binary @uImage POD/tftp/uImage", handle: put },
	{ method: "DELETE", path: "/tftp/<name>", action: "stage", does: "remove a file", curl: "-X DELETE POD/tftp/uImage", handle: remove }
] as Route[], true);

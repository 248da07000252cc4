/** What the store's tests share: a store with small numbers, and bytes that tell whose they are. */
import { FileStore, type FileStoreOptions } from "store/files";
import type { Content } from "store/content";
import { PagePool } from "store/pages";
import type { Upload } from "store/upload";
import { VirtualTime } from "../../support/clock.ts";

export const page = 16_384;

export interface Lab {
	time: VirtualTime;
	pool: PagePool;
	store: FileStore;
	/** Names of evicted files in order. */
	evicted: string[];
}

export function lab(pages: number, options: Partial<FileStoreOptions> = {}): Lab {
	const time = new VirtualTime();
	const pool = new PagePool({ bytes: pages * page });
	const evicted: string[] = [];
	const store = new FileStore({ pool, time, onEvict: file => evicted.push(file.name), ...options });
	return { time, pool, store, evicted };
}

/** Writes `count` bytes of the value `mark` into an upload, by way of space() and advance(). */
export function pour(upload: Upload, count: number, mark: number): void {
	while (count > 0) {
		const space = upload.space(count);
		space.fill(mark);
		upload.advance(space.length);
		count -= space.length;
	}
}

/** Stages a whole file of announced size. */
export function stage(store: FileStore, name: string, size: number, mark = 1): void {
	const upload = store.create(name, size);
	pour(upload, size, mark);
	upload.commit();
}

/** All bytes of `content`, read `step` at a time. */
export function contents(content: Content, step = Infinity): Uint8Array {
	const bytes = new Uint8Array(content.size);
	for (let at = 0; at < content.size;) {
		const span = content.span(at, Math.min(step, content.size - at));
		if (span.length === 0)
			throw new Error("content ended at " + at);
		bytes.set(span, at);
		at += span.length;
	}
	return bytes;
}

/** The code of the Refusal that `action` throws, "" when it throws none. */
export function faultCode(action: () => void): string {
	try {
		action();
	}
	catch (error) {
		return (error as { code?: string }).code ?? String(error);
	}
	return "";
}

/** The detail of the Refusal that `action` throws. */
export function faultDetail(action: () => void): Record<string, unknown> {
	try {
		action();
	}
	catch (error) {
		return (error as { detail: Record<string, unknown> }).detail;
	}
	throw new Error("nothing was thrown");
}

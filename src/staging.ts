/**
 * The staged files as the TFTP server sees them: what a camera may read, what it may write, and what becomes of each transfer.
 */
import type { FileStore } from "store/files";
import type { StoredFile } from "store/file";
import type { Upload } from "store/upload";
import type { Outcome, Sink, Source, TFTPFiles } from "tftp/server";
import type { Occupancy } from "./occupancy";

export class Staging implements TFTPFiles {
	private readonly store: FileStore;
	private readonly occupancy: Pick<Occupancy, "check">;

	constructor(store: FileStore, occupancy: Pick<Occupancy, "check">) {
		this.store = store;
		this.occupancy = occupancy;
	}

	open(name: string): Source | undefined {
		const file = this.store.get(name);
		return file && new Download(file);
	}

	/** Only into a slot that the host has armed: a stray `tftpput` finds no door. */
	create(name: string, announced: number | undefined): Sink | undefined {
		this.occupancy.check("stage");
		// U-Boot 2010.06 announces 0 whatever it sends, so that a size is only believed where it can be true
		return this.store.slot(name) ? new CameraUpload(this.store.accept(name, announced || undefined)) : undefined;
	}
}

/** One camera reads a file. */
class Download implements Source {
	readonly size: number;
	private readonly file: StoredFile;

	constructor(file: StoredFile) {
		this.file = file;
		this.size = file.size;
		file.begin();
	}

	span(offset: number, limit: number): Uint8Array {
		return this.file.span(offset, limit);
	}

	ended(outcome: Outcome): void {
		// a client that asked again gets its file from another transfer: this one neither succeeded nor failed
		if (outcome.result === "superseded")
			this.file.leave();
		else
			this.file.end(outcome.result === "completed" ? undefined : outcome.reason);
	}
}

/** One camera writes into its armed slot. */
class CameraUpload implements Sink {
	private readonly upload: Upload;

	constructor(upload: Upload) {
		this.upload = upload;
	}

	space(): Uint8Array {
		return this.upload.space();
	}

	advance(count: number): void {
		this.upload.advance(count);
	}

	commit(): void {
		this.upload.commit();
	}

	ended(outcome: Outcome): void {
		this.upload.abort(outcome.reason);
	}
}

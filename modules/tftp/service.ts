/**
 * What a TFTP server is made with: types only.
 */
import type { Door } from "base/door";
import type { OnDefect } from "base/guard";
import type { UDPConstructor } from "base/io";
import type { Time } from "base/time";
import type { OptionLimits } from "tftp/options";
import type { Sink } from "tftp/receiver";
import type { Source } from "tftp/sender";

/** Where files come from and go to. `client` is "address:port". A Refusal that either throws is told to the client with error 2. */
export interface TFTPFiles {
	/** The file to be read, undefined when there is none (error 1). */
	open(name: string, client: string): Source | undefined;
	/**
	 * A place for a file to be written, undefined when nobody asked for one (error 2). `announced` is the size the client
	 * promises: a hint, and 0 from U-Boot 2010.06 whatever it sends.
	 */
	create(name: string, announced: number | undefined, client: string): Sink | undefined;
}

export interface TFTPLimits extends OptionLimits {
	/** Transfers at once. Each has a socket (lwIP has 16 in all) and one packet of `blockSize`. */
	readonly transfers: number;
}

export interface TFTPServerOptions {
	readonly io: UDPConstructor;
	/** 69 on the device; 0 is any free port. */
	readonly port: number;
	/** Local address; every address when absent. */
	readonly address?: string;
	readonly time: Time;
	readonly files: TFTPFiles;
	/** Is asked for room before each transfer. There is always room when absent. */
	readonly door?: Pick<Door, "hasRoom">;
	/** Defaults: blockSize 1468, window 64, uploadWindow 8, transfers 8. */
	readonly limits?: Partial<TFTPLimits>;
	/** Gives the memory for the packets of all transfers, once. By default a SharedArrayBuffer, which lies in PSRAM on the pod. */
	readonly allocate?: (bytes: number) => Uint8Array;
	/** Called at requests and about 20 times per second while data flows. */
	readonly onActivity?: () => void;
	readonly onDefect: OnDefect;
}

/** The virt board's real U-Boot as a TFTP client: it loads a file into its RAM and says with which CRC. */
import { strict as assert } from "node:assert";
import { crc32 } from "node:zlib";
import type { UBootConsole } from "../../../host-tools/index.ts";
import type { QemuPod } from "./qemu-pod.ts";

export interface Terms {
	block?: number;
	window: number;
}

const POD = "192.168.1.1";
/** Of U-Boot's 10 tries at 5 s each for one block, of which it may need some more than once. */
export const SECONDS = 120;
/** Power cycles for one load. */
const CYCLES = 3;

export class UBootLoader {
	readonly #pod: QemuPod;
	readonly #bytes: Uint8Array;
	#console: UBootConsole | undefined;

	/** Loads `bytes`, as "file". */
	constructor(pod: QemuPod, bytes: Uint8Array) {
		this.#pod = pod;
		this.#bytes = bytes;
	}

	/**
	 * Whether U-Boot says that it has loaded the file, which then must be so; it must say that it failed otherwise.
	 *
	 * U-Boot's virtio driver has 32 receive buffers and doesn't tell QEMU when it gives one back: where they are all full once, as when a
	 * busy computer holds QEMU up while windows are repeated, nothing reaches it any more, ARP neither. A camera that can't even ping is
	 * switched off and on, and loads again.
	 */
	async load(terms: Terms, server = POD): Promise<boolean> {
		for (let cycle = 1; ; cycle++) {
			this.#console ??= await this.#prompt();
			if (await this.#attempt(this.#console, terms, server))
				return true;
			if (cycle === CYCLES || /is alive/.test(await this.#console.run(`ping ${server}`, { seconds: SECONDS })))
				return false;
			this.#console.close();
			this.#console = undefined;
			await this.#pod.client.powerOff();
		}
	}

	async #prompt(): Promise<UBootConsole> {
		await this.#pod.client.stage("file", this.#bytes);
		await this.#pod.client.powerOn();
		const console = await this.#pod.takeOver();
		await console.run("setenv ipaddr 192.168.1.10");
		return console;
	}

	async #attempt(console: UBootConsole, { block, window }: Terms, server: string): Promise<boolean> {
		const size = this.#bytes.length.toString(16);
		if (block !== undefined)
			await console.run(`setenv tftpblocksize ${block}`);
		await console.run(`setenv tftpwindowsize ${window}`);
		await console.run(`mw.b \${kernel_addr_r} 0 ${size}`); // what was loaded before
		const said = await console.run(`tftpboot \${kernel_addr_r} ${server}:file`, { seconds: SECONDS });
		const transferred = /Bytes transferred = (\d+) /.exec(said)?.[1];
		if (transferred === undefined) {
			assert.match(said, /Retry count exceeded|TFTP error/, "failed without a word");
			return false;
		}
		assert.equal(Number(transferred), this.#bytes.length, said);
		const crc = crc32(this.#bytes).toString(16).padStart(8, "0");
		assert.ok((await console.run(`crc32 \${kernel_addr_r} ${size}`)).endsWith(crc), said);
		return true;
	}
}

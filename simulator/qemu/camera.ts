/**
 * A camera that is a real U-Boot: our boot ROM in front, then QEMU with the very bytes that came through it, or with what its NOR holds.
 * The boot ROM's code is the simulated camera's; everything after it is Debian's U-Boot under Debian's QEMU. The SPL runs when U-Boot
 * is called, and not, as on the real chips, before U-Boot is uploaded.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BootROM, type UploadRecord } from "../camera/boot-rom.ts";
import { Memory } from "../camera/memory.ts";
import { Processor, type Program } from "../camera/processor.ts";
import { ScaledTime } from "../camera/scaled-time.ts";
import { Uart } from "../camera/uart.ts";
import { Wire } from "../camera/wire.ts";
import { BoardEnd } from "./board-end.ts";
import { Machine } from "./machine.ts";
import { card, commandLine, FAMILY, LAYOUT, NOR_SIZE, PROGRAM } from "./sifive.ts";

export interface QemuCameraOptions {
	/** The board's folder. */
	board: string;
	/** For the files that QEMU is given; must exist. */
	work: string;
	/** The NOR's image; a blank one is made when there is none. */
	nor: string;
	/** A -netdev named "wire". */
	netdev: string;
	timeScale: number;
	/** What happens, for tests. */
	emit: (event: string, facts: Record<string, unknown>) => void;
	/** The board is gone. */
	onClosed: () => void;
}

export class QemuCamera {
	#options: QemuCameraOptions;
	#board: BoardEnd;
	#wire: Wire;
	#processor: Processor;
	#uart: Uart;
	#rom: BootROM;
	#machine: Machine;
	#sram = new Memory(FAMILY.sramEnd & 0xffffff, 1);
	#ram = new Memory(16 << 20, 2);
	#uploads: UploadRecord[] = [];
	#powered = false;

	constructor(options: QemuCameraOptions) {
		this.#options = options;
		const { board, nor, timeScale, emit } = options;
		if (!existsSync(nor))
			writeFileSync(nor, Buffer.alloc(NOR_SIZE, 0xff));
		const time = new ScaledTime(timeScale);
		this.#processor = new Processor(time);
		this.#wire = new Wire({ time, transmit: bytes => this.#board.write(bytes), receive: bytes => this.#received(bytes) });
		this.#uart = new Uart(this.#wire, this.#processor);
		this.#machine = new Machine({
			program: PROGRAM,
			onOutput: bytes => this.#wire.send(Buffer.from(bytes)),
			onEnd: failure => {
				emit(failure ? "failure" : "reset", failure ? { reason: failure } : {});
				if (!failure)
					this.#processor.run(this.#start());
			}
		});
		this.#rom = new BootROM({
			family: FAMILY, processor: this.#processor, uart: this.#uart, sram: this.#sram, ram: this.#ram,
			faults: { nak: 0, drop: 0 },
			onMarkers: () => {
				this.#uploads = [];
			},
			onEntered: () => emit("download", {}),
			onUpload: upload => {
				this.#uploads.push(upload);
				emit("upload", { ...upload });
			},
			onHang: reason => emit("hang", { reason })
		});
		this.#board = new BoardEnd({
			board,
			onPower: on => this.#power(on),
			onBaud: rate => {
				this.#wire.podBaud = rate;
			},
			onBytes: bytes => this.#wire.receive(bytes),
			onClosed: options.onClosed
		});
	}

	async close(): Promise<void> {
		this.#power(false);
		this.#board.close();
		await this.#machine.stop();
	}

	#power(on: boolean): void {
		if (on === this.#powered)
			return;
		this.#powered = on;
		this.#options.emit("power", { on });
		this.#processor.stop();
		this.#wire.clear();
		this.#wire.powered = on;
		void this.#machine.stop().then(() => {
			if (!this.#powered || this.#machine.running || !on)
				return;
			this.#sram.forget();
			this.#ram.forget();
			this.#processor.run(this.#start());
		});
	}

	#received(bytes: Uint8Array): void {
		if (this.#machine.running)
			this.#machine.write(bytes);
		else
			this.#uart.receive(bytes);
	}

	/** From the supply's rise, or a reset, to QEMU's start. */
	*#start(): Program {
		yield* this.#uart.drain(); // what U-Boot said last leaves before the ROM speaks
		const source = yield* this.#rom.run();
		yield* this.#uart.drain();
		if (source === "ddr")
			this.#runDownload();
		else
			this.#runFlash();
	}

	#runDownload(): void {
		const spl = this.#uploads.filter(({ address }) => address === FAMILY.splAddress).at(-1);
		const uboot = this.#uploads.at(-1)!;
		if (!spl) {
			this.#options.emit("hang", { reason: "no SPL was uploaded" });
			return;
		}
		this.#run("download", this.#sram.read(spl.address, spl.size), this.#ram.read(uboot.address, uboot.size));
	}

	#runFlash(): void {
		const { offset, size } = LAYOUT.spl;
		const area = readFileSync(this.#options.nor).subarray(offset, offset + size);
		let end = area.length;
		while (end > 0 && area[end - 1] === 0xff)
			end--;
		if (end === 0)
			this.#options.emit("hang", { reason: "the flash is blank" });
		else
			this.#run("flash", area.subarray(0, end));
	}

	#run(source: "download" | "flash", spl: Uint8Array, uboot?: Uint8Array): void {
		const { work, nor, netdev, emit } = this.#options;
		const files = { spl: join(work, "spl.bin"), nor, card: uboot && join(work, "card.img") };
		const image = uboot && card(uboot);
		if (uboot && !image) {
			emit("hang", { reason: `a U-Boot of ${uboot.length} bytes` });
			return;
		}
		writeFileSync(files.spl, spl);
		if (image)
			writeFileSync(files.card!, image);
		emit("run", { source, spl: facts(spl), ...uboot && { uboot: facts(uboot) } });
		this.#machine.start(console => commandLine({ ...files, console, netdev }))
			.catch((error: unknown) => emit("failure", { reason: String(error) }));
	}
}

function facts(bytes: Uint8Array): { size: number; sha256: string } {
	return { size: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
}

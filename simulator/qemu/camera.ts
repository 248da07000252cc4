/**
 * A camera that is a real U-Boot: our boot ROM in front, then QEMU with the very bytes that came through it, or with what its NOR holds.
 * The boot ROM's code is the simulated camera's; everything after it is Debian's U-Boot under Debian's QEMU. The SPL runs when U-Boot
 * is called, and not, as on the real chips, before U-Boot is uploaded.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BootROM, type UploadRecord } from "../camera/boot-rom.ts";
import { Memory } from "../camera/memory.ts";
import { Processor, type Program } from "../camera/processor.ts";
import { ScaledTime } from "../camera/scaled-time.ts";
import { Uart } from "../camera/uart.ts";
import { PoweredMachine, type CameraOptions } from "./powered-machine.ts";
import { card, commandLine, FAMILY, LAYOUT, NOR_SIZE, PROGRAM } from "./sifive.ts";

export interface QemuCameraOptions extends CameraOptions {
	/** For the files that QEMU is given; must exist. */
	work: string;
	/** The NOR's image; a blank one is made when there is none. */
	nor: string;
}

export class QemuCamera {
	#options: QemuCameraOptions;
	#machine: PoweredMachine;
	#processor: Processor;
	#uart: Uart;
	#rom: BootROM;
	#sram = new Memory(FAMILY.sramEnd & 0xffffff, 1);
	#ram = new Memory(16 << 20, 2);
	#uploads: UploadRecord[] = [];

	constructor(options: QemuCameraOptions) {
		this.#options = options;
		const { nor, timeScale, emit } = options;
		if (!existsSync(nor))
			writeFileSync(nor, Buffer.alloc(NOR_SIZE, 0xff));
		this.#processor = new Processor(new ScaledTime(timeScale));
		this.#machine = new PoweredMachine({
			...options,
			program: PROGRAM,
			onPower: () => {
				this.#processor.stop();
				this.#sram.forget();
				this.#ram.forget();
			},
			onStart: () => this.#processor.run(this.#start()),
			onReceive: bytes => this.#uart.receive(bytes)
		});
		this.#uart = new Uart(this.#machine.wire, this.#processor);
		this.#rom = new BootROM({
			family: FAMILY, processor: this.#processor, uart: this.#uart, sram: this.#sram, ram: this.#ram,
			onMarkers: () => {
				this.#uploads = [];
			},
			onEntered: () => emit("download", {}),
			onUpload: upload => {
				this.#uploads.push(upload);
				emit("upload", { ...upload });
			},
			onHang: reason => this.#hang(reason)
		});
	}

	close(): Promise<void> {
		return this.#machine.close();
	}

	/** From the supply's rise, or a reset, to QEMU's start. */
	*#start(): Program {
		yield* this.#uart.drain(); // what U-Boot said last leaves before the ROM speaks
		const source = yield* this.#rom.run();
		yield* this.#uart.drain();
		if (source === "flash")
			this.#runFlash();
		else
			this.#runDownload();
	}

	#runDownload(): void {
		const spl = this.#uploads.filter(({ address }) => address === FAMILY.splAddress).at(-1);
		const uboot = this.#uploads.at(-1)!;
		if (!spl) {
			this.#hang(`no SPL was uploaded to 0x${FAMILY.splAddress.toString(16).padStart(8, "0")}, where this chip has its SRAM: correct the profile's ADDRESS`);
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
			this.#hang("the flash is blank: bring the camera up through POST /fastboot, or start it with --nor and an image that has an SPL");
		else
			this.#run("flash", area.subarray(0, end));
	}

	#run(source: "download" | "flash", spl: Uint8Array, uboot?: Uint8Array): void {
		const { work, nor, netdev, emit } = this.#options;
		const files = { spl: join(work, "spl.bin"), nor, card: uboot && join(work, "card.img") };
		const image = uboot && card(uboot);
		if (uboot && !image) {
			this.#hang(`a U-Boot of ${uboot.length} bytes is too long for the card it is loaded from`);
			return;
		}
		writeFileSync(files.spl, spl);
		if (image)
			writeFileSync(files.card!, image);
		emit("run", { source, spl: facts(spl), ...uboot && { uboot: facts(uboot) } });
		this.#machine.run(console => commandLine({ ...files, console, netdev }));
	}

	/** What comes next comes with the supply. */
	#hang(reason: string): void {
		this.#options.emit("hang", { reason });
	}
}

/** Why QEMU would not take `nor` as the flash; undefined when it is as long as that, or will be made. */
export function norObstacle(nor: string): string | undefined {
	if (!existsSync(nor))
		return undefined;
	const { size } = statSync(nor);
	return size === NOR_SIZE ? undefined : `--nor ${nor} has ${size} bytes, the flash has ${NOR_SIZE}: pad it with 0xFF, or leave it out for a blank one`;
}

function facts(bytes: Uint8Array): { size: number; sha256: string } {
	return { size: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
}

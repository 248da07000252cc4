/**
 * A U-Boot prompt as far as a restore needs it, with faults to order. It answers at once and has no serial line's speed: the
 * simulated camera of simulator/ is the one for everything that works.
 */
import { crc32 } from "node:zlib";
import { VERSION } from "./dump.ts";

export interface CameraFaults {
	/** So many loads end with a time-out; Infinity for all. */
	loadsFail?: number;
	/** So many loads put a wrong byte into RAM and say "done". */
	loadsCorrupt?: number;
	/** So many writes change a byte on its way to the flash. */
	writesCorrupt?: number;
	/** `sf` is an unknown command. */
	noFlashCommand?: boolean;
	/** `tftpboot` is an unknown command, `tftp` works. */
	oldNames?: boolean;
	/** Reading the flash changes nothing in RAM and says OK. */
	readsDoNothing?: boolean;
	/** `sf probe` doesn't tell the size. */
	silentProbe?: boolean;
	/** Said at once after the camera has heard so many characters. */
	noise?: { after: number; text: string };
	/** So many characters typed are lost after the first `keep`. */
	loses?: { keep: number; count: number };
	/** Addresses of the flash wrap here: the chip is larger than what its U-Boot can address. */
	wraps?: number;
	/** The console stays silent after `reset`. */
	staysSilent?: boolean;
	/** Said after `reset` in place of a Linux that starts. */
	starts?: string;
	/** Said when fastboot has started it. */
	greeting?: string;
	/** Erasing and writing change nothing; they say OK or an error. `unlock`: the begin of the command that takes that away. */
	protects?: { says: "ok" | "error"; unlock?: string };
	/** Which reads of the flash, counted from 1, have a wrong bit. */
	misreads?: readonly number[];
	/** Only so many bytes of the flash are reached, and probing says so; addresses wrap there. */
	window?: number;
	/** Of the environment in flash; absent: `printenv` is an unknown command. `autostart` and `netmask` act as in the real one. */
	environment?: Readonly<Record<string, string>>;
	/** The camera restarts in the middle of the answer to such a command, so many times; into nothing with a blank flash. */
	restarts?: { command: RegExp; count: number; blank?: boolean };
}

export const RAM = 0x42000000;
const PROMPT = "OpenIPC # ";

export class FakeUBoot {
	readonly flash: Buffer;
	readonly faults: CameraFaults;
	/** Every command line that was run. */
	readonly commands: string[] = [];
	/** Is told of each command before it runs. */
	onCommand: (command: string) => void = () => undefined;
	/** The pod's files. */
	load: (name: string) => Uint8Array | undefined = () => undefined;
	say: (text: string) => void = () => undefined;
	/** Commands that only some U-Boots have; addresses in the RAM that each is given begin at RAM. */
	readonly programs = new Map<string, (args: readonly string[], ram: Buffer) => string>();
	/** What it calls itself when it is asked. */
	version = VERSION;
	#ram = Buffer.alloc(16 * 1024 * 1024 + 1024);
	#typed = "";
	#heard = 0;
	#autoboot = false;
	#reads = 0;
	#environment = new Map<string, string>();
	#locked = false;
	#silent = false;

	constructor(flashSize: number, faults: CameraFaults) {
		this.flash = Buffer.alloc(flashSize, 0xFF);
		this.faults = faults;
	}

	/** U-Boot has just been started by fastboot and is counting down. */
	start(): void {
		this.#autoboot = true;
		this.#silent = false;
		this.#typed = "";
		this.#ram.fill(0xA5);
		this.#environment = new Map(Object.entries(this.faults.environment ?? {}));
		this.#locked = this.faults.protects !== undefined;
		this.say(`\r\n\r\n${VERSION}\r\n${this.faults.greeting ?? ""}`);
	}

	/** The U-Boot in its flash counts down; with a blank one the boot ROM waits. */
	restart(blank = false): void {
		this.#silent = blank;
		this.#typed = "";
		if (blank)
			return this.say("     ");
		this.say("\r\n\r\nSystem startup\r\n\r\nU-Boot 2016.11 (Mar 20 2023)\r\nHit any key to stop autoboot:  1 ");
		this.#autoboot = true;
		this.#ram.fill(0x5A);
	}

	hear(bytes: Buffer): void {
		for (const byte of bytes)
			this.#key(byte);
	}

	#key(byte: number): void {
		const { noise, loses } = this.faults;
		if (this.#silent)
			return;
		this.#heard++;
		if (noise && this.#heard === noise.after)
			this.say(noise.text);
		if (byte === 3) {
			this.#autoboot = false;
			this.#typed = "";
			this.say(`<INTERRUPT>\r\n${PROMPT}`);
		}
		else if (this.#autoboot)
			return;
		else if (byte === 13) {
			const command = this.#typed;
			this.#typed = "";
			this.say("\r\n");
			this.commands.push(command);
			this.onCommand(command);
			const answer = this.#run(command);
			if (answer !== undefined)
				this.say(`${answer.replaceAll("\n", "\r\n")}${PROMPT}`);
		}
		else if (loses?.count && this.#typed.length >= loses.keep)
			loses.count--;
		else {
			this.#typed += String.fromCharCode(byte);
			this.say(String.fromCharCode(byte));
		}
	}

	#run(command: string): string | undefined {
		const { restarts } = this.faults;
		if (restarts?.count && restarts.command.test(command)) {
			restarts.count--;
			this.restart(restarts.blank);
			return undefined;
		}
		const [name, ...args] = command.split(" ");
		const [first, second, third] = args.map(Number) as [number, number, number];
		switch (name) {
			case "setenv":
				if (args.length > 1)
					this.#environment.set(args[0]!, args[1]!);
				else
					this.#environment.delete(args[0]!);
				return "";
			case "printenv": {
				const value = this.#environment.get(args[0]!);
				return !this.faults.environment ? unknown(name) : value === undefined ? `## Error: "${args[0]}" not defined\n` : `${args[0]}=${value}\n`;
			}
			case "mw.b":
				this.#ram.fill(second, first - RAM, first - RAM + third);
				return "";
			case "crc32": {
				const bytes = this.#ram.subarray(first - RAM, first - RAM + second);
				return `crc32 for ${first.toString(16)} ... ${(first + second - 1).toString(16)} ==> ${crc32(bytes).toString(16).padStart(8, "0")}\n`;
			}
			case "tftp":
				return this.#tftp(first, args[1]!);
			case "tftpboot":
				return this.faults.oldNames ? unknown(name) : this.#tftp(first, args[1]!);
			case "sf":
				return this.faults.noFlashCommand ? unknown(name) : this.#sf(args[0]!, args.slice(1).map(Number));
			case "reset":
				this.say(this.faults.staysSilent ? "" : `resetting ...\r\n\nU-Boot 2016.11\r\nStarting kernel ...\r\n${this.faults.starts ?? "openipc-hi3516ev300 login: "}`);
				return undefined;
			case "version":
				return `\n${this.version}\narm-linux-gcc\n`;
			default:
				return this.programs.get(name!)?.(args, this.#ram) ?? unknown(name!);
		}
	}

	#tftp(address: number, name: string): string | undefined {
		const begin = `Using hieth device\nTFTP from server 192.168.1.1; our IP address is 192.168.1.20\nFilename '${name}'.\nLoading: `;
		const { faults } = this;
		if (this.#environment.has("netmask") && this.#environment.get("netmask") !== "255.255.255.0")
			return `${begin}T T T T T \nARP Retry count exceeded; starting again\n`;
		if (faults.loadsFail) {
			faults.loadsFail--;
			return `${begin}T T T T T T T T T T \nRetry count exceeded; starting again\n`;
		}
		const bytes = this.load(name);
		if (!bytes)
			return `${begin}*\nTFTP error: 'File not found' (1)\nNot retrying...\n`;
		this.#ram.set(bytes, address - RAM);
		if (faults.loadsCorrupt) {
			faults.loadsCorrupt--;
			this.#ram[address - RAM + 5]! ^= 1;
		}
		const end = `${begin}#####\n\t 1.2 MiB/s\ndone\nBytes transferred = ${bytes.length} (${bytes.length.toString(16)} hex)\n`;
		if (this.#environment.get("autostart") !== "yes")
			return end;
		this.say(`${end}Automatic boot of image at addr 0x42000000 ...\r\nStarting kernel ...\r\n`);
		return undefined;
	}

	#sf(verb: string, [first, second, third]: number[]): string {
		const { faults, flash } = this;
		const place = verb === "erase" ? first! : second!;
		const wraps = faults.wraps ?? faults.window;
		if (wraps && place >= wraps)
			return this.#sf(verb, verb === "erase" ? [first! % wraps, second!] : [first!, second! % wraps, third!]);
		const { protects } = faults;
		if (["lock", "protect"].includes(verb)) {
			if (!protects?.unlock?.startsWith(`sf ${verb}`))
				return "sf - SPI flash sub-system\n\nUsage:\nsf probe [[bus:]cs] [hz] [mode]\n";
			this.#locked = false;
			return "";
		}
		if (this.#locked && protects!.says === "error" && ["erase", "write"].includes(verb))
			return "SF: ERROR: flash area is locked\n";
		switch (verb) {
			case "probe":
				return faults.silentProbe ? "" : `SF: Detected W25Q128BV with page size 256 Bytes, erase size 64 KiB, total ${flash.length / 1024} KiB\n${
					faults.window ? `SF: Warning - Only lower ${faults.window / 1048576}MiB accessible, Full access #define CONFIG_SPI_FLASH_BAR\n` : ""}`;
			case "read":
				if (!faults.readsDoNothing)
					this.#ram.set(flash.subarray(second!, second! + third!), first! - RAM);
				if (faults.misreads?.includes(++this.#reads))
					this.#ram[first! - RAM + this.#reads]! ^= 4;
				return `SF: ${third} bytes @ 0x${second!.toString(16)} Read: OK\n`;
			case "erase":
				if (first! % 65536 || second! % 65536)
					return "SF: Erase offset/length not multiple of erase size\nSF: Erased: ERROR\n";
				if (!this.#locked)
					flash.fill(0xFF, first, first! + second!);
				return `Erasing at 0x${first!.toString(16)} --  50% complete.\rErasing at 0x${first!.toString(16)} -- 100% complete.\nSF: ${second} bytes @ 0x${first!.toString(16)} Erased: OK\n`;
			default:
				for (let at = 0; at < third! && !this.#locked; at++)
					flash[second! + at]! &= this.#ram[first! - RAM + at]!;
				if (faults.writesCorrupt) {
					faults.writesCorrupt--;
					flash[second! + 7]! ^= 0x10;
				}
				return `SF: ${third} bytes @ 0x${second!.toString(16)} Written: OK\n`;
		}
	}
}

function unknown(name: string): string {
	return `Unknown command '${name}' - try 'help'\n`;
}

/**
 * Reads what U-Boot answers to flash and network commands. Pure: text in, facts out. The texts are those of OpenIPC's 2016.11
 * and 2010.06 trees, of the vendors' and of upstream U-Boot.
 */
import { FAILED, type FlashCommand } from "./flash-commands.ts";

/** `unclear`: nothing says that it failed, and nothing says that it worked. */
export type Verdict = "ok" | "failed" | "unclear";

export function verdict(answer: string, command: FlashCommand): Verdict {
	if ((command.failed ?? FAILED).test(answer))
		return "failed";
	return !command.ok || command.ok.test(answer) ? "ok" : "unclear";
}

/** Whether the answer means that this U-Boot doesn't have the command. */
export function isUnknownCommand(answer: string): boolean {
	return /unknown command/i.test(answer);
}

/** The CRC-32 as 8 lower-case digits from `crc32 for 42000000 ... 4200ffff ==> 1234abcd`. */
export function crcOfAnswer(answer: string): string | undefined {
	return /==>\s*([0-9a-f]{8})\b/i.exec(answer)?.[1]!.toLowerCase();
}

/** The count from `Bytes transferred = 65536 (10000 hex)`. */
export function bytesTransferred(answer: string): number | undefined {
	const count = /bytes transferred = (\d+)/i.exec(answer)?.[1];
	return count === undefined ? undefined : Number(count);
}

/** The flash's size in bytes from the answer to `sf probe`; undefined when the text doesn't tell. */
export function flashSizeOf(answer: string): number | undefined {
	const scale = (unit: string): number => /^m/i.test(unit) ? 1024 * 1024 : 1024;
	// Upstream: "SF: Detected w25q128 with page size 256 Bytes, erase size 64 KiB, total 16 MiB".
	const total = /total\s+(\d+)\s*(KiB|MiB|KB|MB)/i.exec(answer);
	if (total)
		return Number(total[1]) * scale(total[2]!);
	// HiSilicon: "Block:64KB Chip:16MB*1".
	const chip = /Chip:\s*(\d+)\s*(KB|MB)(?:\s*\*\s*(\d+))?/i.exec(answer);
	if (chip)
		return Number(chip[1]) * scale(chip[2]!) * Number(chip[3] ?? 1);
	// 2010.06: "16384 KiB hi_sfc at 0:0 is now current device".
	const current = /^\s*(?:SF:\s*)?(\d+)\s*(KiB|MiB)\b.*current device/im.exec(answer);
	return current ? Number(current[1]) * scale(current[2]!) : undefined;
}

/** The last percentage in a progress text such as `Erasing at 0x50000 -- 37% complete.` */
export function lastPercent(text: string): number | undefined {
	let percent: string | undefined;
	for (const match of text.matchAll(/(\d{1,3})\s*%/g))
		percent = match[1];
	return percent === undefined ? undefined : Math.min(100, Number(percent));
}

/**
 * Reads what U-Boot says about a SPI NOR. Pure: text in, facts out. The texts are those of OpenIPC's 2016.11 and 2010.06 trees, of the
 * vendors' and of upstream U-Boot.
 */

/**
 * The flash's size in bytes from the answer to `sf probe`, or as much as this U-Boot reaches of it; undefined when the text doesn't tell.
 */
export function flashSizeOf(answer: string): number | undefined {
	const size = Math.min(chipSizeOf(answer) ?? Infinity, reachOf(answer) ?? Infinity);
	return Number.isFinite(size) ? size : undefined;
}

/** Bytes that this U-Boot can address, where it says that this is not all: what is written behind them lands before them. */
export function reachOf(answer: string): number | undefined {
	// Upstream before 2019: "SF: Warning - Only lower 16MiB accessible, Full access #define CONFIG_SPI_FLASH_BAR".
	const reach = /only (?:the )?(?:lower|first)\s+(\d+)\s*(KiB|MiB|KB|MB)/i.exec(answer);
	return reach ? Number(reach[1]) * scale(reach[2]!) : undefined;
}

function chipSizeOf(answer: string): number | undefined {
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

function scale(unit: string): number {
	return /^m/i.test(unit) ? 1024 * 1024 : 1024;
}

/**
 * A dump of NAND with the spare bytes (OOB) behind each page, as `nanddump --oob` makes it. Written as data, every page but the first would
 * come to lie at a wrong place.
 */
import { readHead, type Role } from "../base/input.ts";
import type { Geometry } from "./kind.ts";

/**
 * Whether the `length` bytes of a file are such a dump: they are whole blocks only when spare bytes are counted, and the marker of a good
 * block, the first spare byte, stands in every page of the first block. A bad first block is not recognised. Throws Failure `usage` when
 * the file can't be read.
 */
export async function hasSpare(path: string, role: Role, length: number, { eraseBlock, page }: Geometry): Promise<boolean> {
	if (!page?.spare)
		return false;
	const step = page.data + page.spare;
	const block = eraseBlock / page.data * step;
	if (length === 0 || length % block || length % eraseBlock === 0)
		return false;
	const bytes = await readHead(path, role, block);
	for (let at = page.data; at < block; at += step) {
		if (bytes[at] !== 0xFF)
			return false;
	}
	return true;
}

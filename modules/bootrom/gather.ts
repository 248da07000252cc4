/** Bytes of a Content in one piece, for the few that must be: number fields and frames. */
import { Refusal } from "base/refusal";
import type { Content } from "store/content";
import type { BootROMCode } from "./codes";

/** Copies `target.length` bytes of `content` from `offset` on into `target`, across the borders of its spans. */
export function gather(content: Content, offset: number, target: Uint8Array): void {
	for (let done = 0; done < target.length;) {
		const span = content.span(offset + done, target.length - done);
		if (span.length === 0)
			throw new Refusal<BootROMCode>("bad_blob", "the body ends too early", { offset: offset + done });
		target.set(span, done);
		done += span.length;
	}
}

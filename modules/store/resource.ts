/**
 * Files that are part of the firmware, as content that is read where it lies: in the chip's flash, on Linux in a mapped file. A module
 * names them in its manifest under "data", and they are not changed on their way into the image:
 *
 *     "data": { "*": ["./page.html.gz"] }
 *
 * Not for: files that come while the pod runs (files.ts).
 */
import Resource from "Resource";
import { BytesContent, type Content } from "store/content";

/** The file of that name, with its extension. Costs seven slots, whatever its size. Throws when no manifest names it. */
export function resource(name: string): Content {
	return new BytesContent(new Uint8Array(new Resource(name)));
}

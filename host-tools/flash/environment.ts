/**
 * U-Boot environments in what is about to be written: whose they are. An environment carries its camera's MAC address, and two cameras
 * with one address don't work in one network.
 */
import { readable } from "../base/input.ts";
import { environmentBounds, HEAD } from "./recognise.ts";

/** The variables of the environment at the start of `head`; undefined when there is none. Latin-1: a byte a character. */
export function environmentIn(head: Uint8Array): Map<string, string> | undefined {
	const bounds = environmentBounds(head);
	if (!bounds)
		return undefined;
	const text = Buffer.from(head.buffer, head.byteOffset, head.length).toString("latin1", bounds.start, bounds.end);
	const variables = new Map<string, string>();
	// Two NULs end it.
	for (const line of text.split("\0\0")[0]!.split("\0")) {
		const equals = line.indexOf("=");
		if (equals > 0)
			variables.set(line.slice(0, equals), line.slice(equals + 1));
	}
	return variables;
}

/** A part of a file that belongs to a partition. */
export interface FilePart {
	readonly partition: string;
	readonly path: string;
	readonly start: number;
	readonly length: number;
}

export interface Address {
	/** The partition in which the environment is. */
	readonly partition: string;
	readonly mac: string;
}

/** The MAC addresses in the environments of `parts`: these begin at erase blocks, wherever in a file. */
export async function addressesIn(parts: readonly FilePart[], eraseBlock: number): Promise<Address[]> {
	const found: Address[] = [];
	for (const { partition, path, start, length } of parts) {
		await readable(path, { what: "the dump's file" }, async file => {
			const head = Buffer.alloc(HEAD);
			for (let at = start; at < start + length; at += eraseBlock) {
				await file.read(head, 0, FIRST, at);
				if (!VARIABLE.test(head.toString("latin1", 4, FIRST)))
					continue;
				const { bytesRead } = await file.read(head, 0, HEAD, at);
				const mac = environmentIn(head.subarray(0, bytesRead))?.get("ethaddr");
				if (mac)
					found.push({ partition, mac });
			}
		});
	}
	return found;
}

/** Behind CRC and flag an environment has a variable's name. */
const VARIABLE = /^.?[\w.-]+=/s;
const FIRST = 64;

/** What U-Boots are built with, and what is none: says nothing of this camera. */
const NOBODYS: readonly string[] = ["00:00:23:34:45:66", "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff"];

/** What is worth saying of these addresses, `own` being this camera's, as far as it is known. */
export function addressNotes(addresses: readonly Address[], own: string | undefined): string[] {
	const known = own !== undefined && !NOBODYS.includes(own.toLowerCase()) ? own : undefined;
	return addresses.filter(({ mac }) => mac.toLowerCase() !== known?.toLowerCase()).map(({ partition, mac }) => {
		const begin = `the environment in ${partition} has the MAC address ${mac}`;
		const advice = "two cameras with one address don't work in one network";
		return known === undefined
			? `${begin}; that of this camera is not known. If the dump is another camera's, leave the environment out or give it an address of ` +
				`its own: ${advice}`
			: `${begin}, this camera has ${known}: ${advice}. To keep it, leave the environment out with --only, or afterwards \`setenv ethaddr ` +
				`${known}\` and \`saveenv\``;
	});
}

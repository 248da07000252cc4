/**
 * IPv4 addresses and networks: who is on the camera's wire, and whether the lab's network collides with it.
 */

/** The 32 bits of dotted-decimal `address`; undefined when it is none, or a part begins with a 0 that others would take for octal. */
export function parseAddress(address: string): number | undefined {
	const parts = address.split(".");
	if (parts.length !== 4)
		return undefined;
	let bits = 0;
	for (const part of parts) {
		if (!/^(?:0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255)
			return undefined;
		bits = bits * 256 + Number(part);
	}
	return bits;
}

/** A network: the address of one of its members, and its mask, both dotted decimal. */
export interface Network {
	readonly address: string;
	readonly mask: string;
}

/** True when `address` belongs to `network`; false also when one of them can't be understood. */
export function contains({ address: member, mask }: Network, address: string): boolean {
	const bits = parseAddress(mask);
	const one = parseAddress(member);
	const other = parseAddress(address);
	return bits !== undefined && one !== undefined && other !== undefined && ((one ^ other) & bits) === 0;
}

/** True when some address belongs to both networks: then one of them can't be reached, whichever way packets are sent. */
export function overlap(a: Network, b: Network): boolean {
	return contains(a, b.address) || contains(b, a.address);
}

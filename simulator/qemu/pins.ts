/** Which Debian packages we mean (packages.json), and whether Debian still has them: no IO. */

/** One entry of packages.json. */
export interface Pin {
	name: string;
	/** The package itself, where `name` is a meta package that depends on a new one at each release (the kernel's does). */
	real?: string;
	architecture: string;
	/** Its name here is NAME:ARCHITECTURE. */
	qualified?: boolean;
	suite: string;
	version: string;
	/** Of the .deb file, lower-case hex. */
	sha256: string;
}

/** What Debian has now. */
export interface Offer {
	real: string;
	version: string;
	sha256: string;
}

/** As apt writes it: the architecture is said where another package of that name is pinned too. */
export function keyOf({ name, qualified, architecture }: Pin): string {
	return qualified ? `${name}:${architecture}` : name;
}

/** One line that says how what Debian offers differs from the pinned package, and what to do; undefined when it is still offered. */
export function pinObstacle(pin: Pin, offers: readonly Offer[]): string | undefined {
	const { real = pin.name, version, sha256 } = pin;
	if (offers.some(offer => offer.real === real && offer.version === version && offer.sha256 === sha256))
		return undefined;
	if (offers.length === 0)
		return nothingOffered(pin);
	const now = offers.map(offer => `${offer.real} ${offer.version} (sha256 ${offer.sha256})`).join(", ");
	return `${keyOf(pin)} has moved: pinned is ${real} ${version} (sha256 ${sha256}), Debian ${pin.suite} now has ${now}; `
		+ "after a look at it, `npx tsx simulator/qemu/packages.ts --update` pins the new one";
}

/** Another version could be pinned by --update; where there is none, only a person can say what takes the package's place. */
export function nothingOffered(pin: Pin): string {
	return `${keyOf(pin)} has gone: Debian ${pin.suite} has no package ${pin.real ?? pin.name} for ${pin.architecture} any more; `
		+ "change its name or suite in simulator/qemu/packages.json";
}

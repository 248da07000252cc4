/**
 * How much a test is to try: the gate takes of each matrix what finds a fault of its kind, `npm run prove` all of it.
 */
export const thorough = process.env["PROVE"] === "1";

/** All of `whole`, or in the gate `part` of it. */
export function sizes<T>(part: readonly T[], whole: readonly T[]): readonly T[] {
	return thorough ? whole : part;
}

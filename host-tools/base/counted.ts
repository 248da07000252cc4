/** `1 byte`, `2 bytes`, `0 tries`: a number of things, for people. `many` where it isn't the noun with an s. */
export function counted(number: number, one: string, many = `${one}s`): string {
	return `${number} ${number === 1 ? one : many}`;
}

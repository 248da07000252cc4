/** Where a command writes: a terminal, a pipe, a file. */
export interface Output {
	write(text: string | Uint8Array): unknown;
	readonly isTTY?: boolean | undefined;
	readonly columns?: number | undefined;
	/** Calls back once when nobody reads this any more. What is written then is dropped. */
	onLost?(callback: () => void): void;
}

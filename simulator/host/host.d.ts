/// <reference path="../../modules/base/platform.d.ts" />
/** The host's own module by its specifier, for tests. The others are in modules/base/platform.d.ts. */

declare module "host/process" {
	/** See process.ts. */
	class Process {
		static readonly args: string[];
		static readonly pid: number;
		static print(line: string): void;
		static exit(code: number): void;
		static compare(a: Uint8Array, b: Uint8Array): number;
		static stress(): void;
		static readonly freeSlots: number;
		static readonly freeChunks: number;
		static collect(): void;
		static memory(): { slots: number; chunks: number };
	}
	export default Process;
	export function args(): string[];
	export function print(line: string): void;
	export function exit(code: number): void;
}

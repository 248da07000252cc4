/**
 * What XS adds to JavaScript, as far as the firmware uses it. The SDK's own xs.d.ts says the same; this copy lets the
 * tree be checked without the SDK.
 */

/** Base class of objects implemented in C; `name` is the C destructor. */
declare function Native(name: string): new (...args: any[]) => any;

/** The C function `name`. Written only as `return native("name").call(this, ...)`, which the linker turns into a direct call. */
declare function native(name: string): (this: any, ...args: any[]) => any;

/** One line to the debug console (the device) or to stderr (Linux). */
declare function trace(...log: (string | number | boolean)[]): void;

interface ArrayBufferConstructor {
	/** UTF-8 bytes of a string. */
	fromString(string: string): ArrayBuffer;
}

interface StringConstructor {
	/** The string in a buffer of UTF-8 bytes. An ArrayBuffer only: a view throws. */
	fromArrayBuffer(buffer: ArrayBufferLike): string;
}

interface ObjectConstructor {
	/** XS: `deep` freezes everything reachable. */
	freeze<T>(object: T, deep: true): Readonly<T>;
}

declare module "timer" {
	/** The SDK's timer: one-shots are gone after firing, `clear` tolerates undefined and dead timers. */
	class Timer {
		private constructor();
		static set(callback: (timer: Timer) => void, milliseconds?: number, repeat?: number): Timer;
		static repeat(callback: (timer: Timer) => void, milliseconds: number): Timer;
		static schedule(timer: Timer, milliseconds?: number, repeat?: number): void;
		static clear(timer: Timer | undefined): void;
		static delay(milliseconds: number): void;
	}
	export default Timer;
}

declare module "time" {
	/** `ticks`: milliseconds since start as an int32 that wraps; `delta` subtracts two of them correctly. */
	const Time: { readonly ticks: number; delta(start: number, end?: number): number };
	export default Time;
}

declare module "crc" {
	/** The SDK's CRC-16 in C. `reset()` returns undefined (SDK 8.2.3), so it can't be chained. */
	export class CRC16 {
		constructor(polynomial: number, initial?: number, reflectInput?: boolean, reflectOutput?: boolean, xorOutput?: number);
		checksum(bytes: Uint8Array | ArrayBuffer): number;
		reset(): void;
		close(): void;
	}
}

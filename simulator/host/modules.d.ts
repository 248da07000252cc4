/**
 * The host's modules by their specifiers, for whoever imports them.
 */

declare module "embedded:io/socket/tcp" {
	import type { TCPConstructor } from "base/io";
	const TCP: TCPConstructor;
	export default TCP;
}

declare module "embedded:io/socket/listener" {
	import type { ListenerConstructor } from "base/io";
	const Listener: ListenerConstructor;
	export default Listener;
}

declare module "embedded:io/socket/udp" {
	import type { UDPConstructor } from "base/io";
	const UDP: UDPConstructor;
	export default UDP;
}

declare module "embedded:io/serial" {
	import type { SerialConstructor } from "base/io";
	const Serial: SerialConstructor;
	export default Serial;
}

declare module "embedded:io/digital" {
	import type { Digital as IO, DigitalOptions } from "base/io";
	/** `path`: a UNIX socket that tells the camera's supply. */
	const Digital: (new (options: DigitalOptions & { path?: string }) => IO) & { readonly Output: number };
	export default Digital;
}

declare module "host/process" {
	/** See process.ts. */
	class Process {
		static readonly args: string[];
		static readonly pid: number;
		static print(line: string): void;
		static exit(code: number): void;
		static compare(a: Uint8Array, b: Uint8Array): number;
		static stress(): void;
		static memory(): { slots: number; chunks: number };
	}
	export default Process;
	export function args(): string[];
	export function print(line: string): void;
	export function exit(code: number): void;
}

/** The merged "config" of the manifests. */
declare module "mc/config" {
	const config: Record<string, any>;
	export default config;
}

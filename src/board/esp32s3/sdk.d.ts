/**
 * The SDK's modules that only the device has, as far as this folder and its neighbours use them. The SDK's own typings say more; these
 * let the tree be checked without the SDK.
 */

declare module "embedded:storage/flash" {
	interface Storage {
		read(view: Uint8Array, offset: number): number;
		write(bytes: Uint8Array, offset: number): void;
		/** Erases blocks `first` to the one before `end`. */
		eraseBlock(first: number, end?: number): void;
		status(): { size: number; blocks: number; blockLength: number };
		close(): void;
	}
	const flash: { open(options: { path: string; mode?: "r" | "r+" }): Storage };
	export default flash;
}

declare module "embedded:network/dnssd" {
	interface Closable {
		close(): void;
	}
	class DNSSD {
		constructor(options: { socket: { io: unknown } });
		claim(options: { host: string; onReady?(): void; onError?(): void }): Closable;
		advertise(options: { serviceType: string; name: string; host: string; port: number; txt: Map<string, string> }): Closable;
		close(): void;
	}
	export default DNSSD;
}

declare module "embedded:network/interface/wifi" {
	import type { WiFiConstructor } from "network/station";
	const WiFi: WiFiConstructor;
	export default WiFi;
}

declare module "embedded:network/interface/ethernet" {
	import type { EthernetConstructor } from "network/static-ethernet";
	const Ethernet: EthernetConstructor;
	export default Ethernet;
}

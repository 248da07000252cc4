/** Modules that every platform provides under the same specifier. */

declare module "Resource" {
	/** A file that a manifest names under "data", with its extension: a read-only buffer that is never copied. Not in a module's body. */
	const Resource: {
		/** Throws when there is no such file. */
		new (name: string): ArrayBuffer;
		exists(name: string): boolean;
	};
	export default Resource;
}

declare module "mc/config" {
	/** The "config" of the manifest with the command line's values put over it. */
	const config: Readonly<Record<string, any>>;
	export default config;
}

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
	import type { DigitalConstructor } from "base/io";
	const Digital: DigitalConstructor;
	export default Digital;
}

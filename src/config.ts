/**
 * What is fixed when the firmware is built or started. Not for what a user may change while it runs (settings.ts).
 *
 * The values come from the manifest's "config" (module "mc/config"), where `mcconfig http_port=80` on the device and
 * `npm start -- --set http_port=80` on Linux replace them.
 */
import { CONSOLE_PORT, HTTP_PORT, RFC2217_PORT, TFTP_PORT } from "protocol/ports";
import type { Schema, Values } from "settings/schema";

export const CONFIG = Object.freeze({
	version: { type: "string", default: "0.0.0", minimum: 1, maximum: 31, about: "Version of the firmware." },
	bind: { type: "string", format: "IPv4", default: "0.0.0.0", about: "Address the HTTP server and the bridge listen on." },
	http_port: { type: "number", default: HTTP_PORT, minimum: 0, maximum: 65535, about: "Port of the HTTP server." },
	bridge_port: { type: "number", default: CONSOLE_PORT, minimum: 0, maximum: 65535, about: "Port of the UART bridge: raw bytes." },
	rfc2217_port: { type: "number", default: RFC2217_PORT, minimum: 0, maximum: 65535, about: "Port of the UART bridge that speaks RFC 2217." },
	tftp_bind: { type: "string", format: "IPv4", default: "0.0.0.0", about: "Address TFTP is served at where it is for everybody; else that is the pod's end of the camera's network." },
	tftp_port: { type: "number", default: TFTP_PORT, minimum: 0, maximum: 65535, about: "Port of the TFTP server." },
	psram: { type: "number", unit: "bytes", default: 8388608, minimum: 1048576, maximum: 1073741824, about: "Big memory the pod may use." },
	uart_log: { type: "number", unit: "bytes", default: 65536, minimum: 16384, maximum: 98304, about: "Camera output kept for late readers." }
} as const satisfies Schema, true);

export type Config = Values<typeof CONFIG>;

/** Bytes of `psram` kept back for everything that is not a staged file: the UART log, buffers, the network. */
export const RESERVED = 256 * 1024;

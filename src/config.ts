/**
 * Every setting of the pod that is fixed at build or start: its unit, its default, its limits.
 *
 * The values come from the manifest's "config" (module "mc/config"), where `mcconfig key=value` on the device and
 * `npm start -- --option` on Linux replace them.
 */
import { Refusal } from "base/refusal";
import type { SettingsCode } from "settings/codes";

export interface Config {
	/** The firmware's name. */
	name: string;
	version: string;
	/** Address the HTTP server and the bridge listen on. */
	bind: string;
	httpPort: number;
	/** The bridge's raw port, and the one that speaks RFC 2217. */
	bridgePort: number;
	rfc2217Port: number;
	/** Address the TFTP server listens on where it is for everybody; else that is the pod's end of the camera's network. */
	tftpBind: string;
	tftpPort: number;
	/** Bytes of big memory the pod may use. */
	psram: number;
	/** Files that can be staged at the same time. */
	slots: number;
	/** Seconds a staged file may lie idle before its room may be given to another. */
	fileIdle: number;
	/** Seconds without any activity of the pod's user after which the bridge closes; 0: never. */
	bridgeIdle: number;
	/** Milliseconds the camera's supply stays off at least. */
	powerOff: number;
	/** Bytes of camera output kept for late readers. */
	uartLog: number;
	/** Seconds of silence after a perfect upload after which fastboot reports failure; 0 believes the upload. */
	consoleTimeout: number;
	/** After a fastboot, stop U-Boot's autoboot so that one clean prompt waits. */
	stopAutoboot: boolean;
}

interface Setting {
	value: string | number | boolean;
	minimum?: number;
	maximum?: number;
}

/** Memory kept back from `psram` for everything that is not a staged file: the UART log, buffers, the network. */
export const RESERVED = 256 * 1024;

const SETTINGS: Readonly<Record<keyof Config, Setting>> = Object.freeze({
	name: { value: "rackpod" },
	version: { value: "0.0.0" },
	bind: { value: "0.0.0.0" },
	httpPort: { value: 8080, minimum: 0, maximum: 65535 },
	bridgePort: { value: 9000, minimum: 0, maximum: 65535 },
	rfc2217Port: { value: 9001, minimum: 0, maximum: 65535 },
	tftpBind: { value: "0.0.0.0" },
	tftpPort: { value: 69, minimum: 0, maximum: 65535 },
	psram: { value: 8 * 1024 * 1024, minimum: 1024 * 1024, maximum: 1024 * 1024 * 1024 },
	slots: { value: 32, minimum: 1, maximum: 64 },
	fileIdle: { value: 3600, minimum: 60, maximum: 7 * 86400 },
	bridgeIdle: { value: 600, minimum: 0, maximum: 86400 },
	powerOff: { value: 2000, minimum: 0, maximum: 60000 },
	uartLog: { value: 64 * 1024, minimum: 16 * 1024, maximum: 96 * 1024 },
	consoleTimeout: { value: 10, minimum: 0, maximum: 120 },
	stopAutoboot: { value: false }
}, true);

/** The configuration with `overrides` put over the defaults. Throws Refusal `bad_setting` {field, limit, value}. */
export function configure(overrides: Readonly<Record<string, unknown>>): Config {
	const config: Record<string, unknown> = {};
	for (const [field, setting] of Object.entries(SETTINGS))
		config[field] = overrides[field] === undefined ? setting.value : checked(field, setting, overrides[field]);
	return config as unknown as Config;
}

/** Text is accepted for numbers and switches: the command line knows nothing else. */
function checked(field: string, { value, minimum, maximum }: Setting, given: unknown): unknown {
	if (typeof value === "string" && typeof given === "string")
		return given;
	if (typeof value === "boolean" && (given === true || given === "true"))
		return true;
	if (typeof value === "boolean" && (given === false || given === "false"))
		return false;
	if (typeof value === "number" && given !== "" && (typeof given === "number" || typeof given === "string")) {
		const number = Number(given);
		if (Number.isInteger(number) && number >= minimum! && number <= maximum!)
			return number;
	}
	const limit = typeof value === "number" ? `a whole number from ${minimum} to ${maximum}` : typeof value === "boolean" ? "true or false" : "text";
	throw new Refusal<SettingsCode>("bad_setting", `${field} must be ${limit}, not ${String(given)}`, { field, limit, value: String(given) });
}

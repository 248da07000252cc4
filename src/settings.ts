/**
 * The pod's settings: what its user may change while it runs. The one table behind `GET` and `PATCH /settings`, the stored record, the set-up
 * console, and what is given at build (`mcconfig slots=16`) or start (`npm start -- --set slots=16`), which counts as the factory's.
 *
 * Not for what is fixed when the firmware is built or started (config.ts).
 */
import type { Board } from "board/board";
import type { Flash } from "base/flash";
import { POWER_OFF } from "protocol/limits";
import { configured, type Schema } from "settings/schema";
import { Settings } from "settings/settings";

const HOST_NAME = "abcdefghijklmnopqrstuvwxyz0123456789-";
const PRINTABLE = " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";

/** The names are those of the wire: `GET /settings` shows this table. */
export const SETTINGS = Object.freeze({
	name: { type: "string", default: "", maximum: 32, characters: HOST_NAME, restart: true, about: "Name, and host name without .local; empty: rack- and the end of the MAC address." },
	wifi_ssid: { type: "string", default: "", maximum: 32, restart: true, about: "Name of the lab's Wi-Fi; empty: no Wi-Fi." },
	wifi_password: { type: "string", default: "", minimum: 8, maximum: 63, characters: PRINTABLE, secret: true, restart: true, about: "WPA passphrase of the lab's Wi-Fi; empty: open network." },
	token: { type: "string", default: "", minimum: 8, maximum: 64, characters: PRINTABLE, secret: true, about: "What an HTTP request must carry to change anything; empty: everybody may." },
	console_read: { type: "string", default: "open", choices: ["open", "token"], about: "Who may read the console's log over HTTP: open: everybody; token: who sends the token, if there is one." },
	slots: { type: "number", default: 32, minimum: 1, maximum: 64, restart: true, about: "Files that can be staged at the same time." },
	file_idle: { type: "number", unit: "seconds", default: 3600, minimum: 60, maximum: 604800, about: "Seconds a staged file may lie idle before its room may be given to another." },
	bridge_idle: { type: "number", unit: "seconds", default: 600, minimum: 0, maximum: 86400, about: "Seconds without activity after which the UART bridge closes; 0: never." },
	power_off: { type: "number", unit: "milliseconds", default: 2000, minimum: 0, maximum: POWER_OFF, restart: true, about: "Milliseconds the camera's supply stays off at least." },
	console_timeout: { type: "number", unit: "seconds", default: 10, minimum: 0, maximum: 120, about: "Seconds of camera silence after an upload that count as failure; 0: never." },
	stop_autoboot: { type: "boolean", default: false, about: "After a fastboot, stop U-Boot's autoboot so that a clean prompt waits." },
	tftp_everywhere: { type: "boolean", default: false, about: "Answer TFTP on every network, not only on the camera's." },
	http_everywhere: { type: "boolean", default: false, about: "Serve HTTP and the UART bridge on every network, not only on the lab's." }
} as const satisfies Schema, true);

export type PodSettings = Settings<typeof SETTINGS>;

/** Opened once, at the start, because the networks need them before there is a pod. `problems`: those so far. */
export function openSettings(
	board: Board, given: Readonly<Record<string, unknown>>, problems: string[], onChanged: (names: readonly string[]) => void
): PodSettings {
	const factory = configured(SETTINGS, given, problems);
	return new Settings({ schema: SETTINGS, flash: openFlash(board, problems), factory, problems, onChanged });
}

function openFlash(board: Board, problems: string[]): Flash | undefined {
	try {
		return board.settingsFlash();
	}
	catch (error) {
		problems.push(String(error));
		return undefined;
	}
}

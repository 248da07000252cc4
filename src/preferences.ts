/**
 * The user's settings (modules/settings) of this pod: opened once, at the start, because the networks need them before there is a pod.
 */
import type { Board } from "board/board";
import { printable } from "base/text";
import { FIELDS } from "fields";
import { checked } from "settings/schema";
import { Settings } from "settings/settings";
import type { Config } from "./config";

/**
 * Settings from the board's flash. What was given at build or start counts as the factory's: the fields of `config`, and of `given`
 * those that are settings only (mcconfig wifi_ssid=LAB). One of them that a setting can't have is reported and left out: a pod that
 * doesn't start can't be told better.
 */
export function openSettings(board: Board, config: Config, given: Readonly<Record<string, unknown>>, onChanged: (names: readonly string[]) => void): Settings {
	const factory: Record<string, unknown> = {
		slots: config.slots,
		file_idle: config.fileIdle,
		bridge_idle: config.bridgeIdle,
		power_off: config.powerOff,
		console_timeout: config.consoleTimeout,
		stop_autoboot: config.stopAutoboot
	};
	for (const [name, field] of Object.entries(FIELDS)) {
		// "name" is the firmware's there
		if (given[name] === undefined || name === "name" || name in factory)
			continue;
		const value = field.type === "boolean" ? String(given[name]) === "true" : String(given[name]);
		try {
			factory[name] = checked(FIELDS, name, value);
		}
		catch (error) {
			trace(`built with a bad setting: ${printable(String(error), 240)}\n`);
		}
	}
	try {
		return new Settings({ schema: FIELDS, flash: board.settingsFlash(), factory, onChanged });
	}
	catch (error) {
		return new Settings({ schema: FIELDS, trouble: String(error), factory, onChanged });
	}
}

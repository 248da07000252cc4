/**
 * The settings that `npm start -- --set` takes, checked before anything starts: what `GET /settings` lists (src/settings.ts), what is fixed at
 * the start (src/config.ts), and what the simulated chip understands (simulator/chip.ts, simulator/board.ts).
 */
import { CONFIG } from "../src/config.ts";
import { SETTINGS } from "../src/settings.ts";
import { checked, fromText, type Schema } from "../modules/settings/schema.ts";

const CHIP = ["chip.camera", "chip.cut", "chip.lab", "chip.settings"];
const TABLE: Schema = { ...SETTINGS, ...CONFIG };

/** Throws what is wrong with `key` or with the text for it, for people. */
export function checkSetting(key: string, text: string): void {
	checkKey(key);
	if (!CHIP.includes(key))
		checked(TABLE, key, fromText(TABLE[key]!, text));
}

/** Throws for a key that nobody would read. */
export function checkKey(key: string): void {
	if (!Object.hasOwn(TABLE, key) && !CHIP.includes(key))
		throw new Error(`there is no setting ${JSON.stringify(key)}; there are ${[...Object.keys(TABLE), ...CHIP].sort().join(", ")}`);
}

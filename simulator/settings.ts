/**
 * The settings that `npm start -- --set` takes, checked before anything starts: what src/config.ts fixes at the start, what
 * `GET /settings` lists, and what the simulated chip understands (simulator/chip.ts, simulator/board.ts).
 */
import { FIELDS } from "../src/fields.ts";
import { checked } from "../modules/settings/schema.ts";
import { configure } from "../src/config.ts";

const CHIP = ["chip.camera", "chip.cut", "chip.lab", "chip.settings"];
const CONFIG = configure({});

/** The firmware's own name for `key` and the text for it. Throws what is wrong with either, for people. */
export function setting(key: string, text: string): [key: string, text: string] {
	const ours = key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
	if (Object.hasOwn(CONFIG, ours)) {
		try {
			configure({ [ours]: text });
		}
		catch (error) {
			throw new Error((error as Error).message.replace(ours, key));
		}
		return [ours, text];
	}
	if (Object.hasOwn(FIELDS, key)) {
		// text stands for true and false; any other is no switch's
		const isSwitch = FIELDS[key]!.type === "boolean" && /^(true|false)$/.test(text);
		checked(FIELDS, key, isSwitch ? text === "true" : text);
	}
	else if (!CHIP.includes(key))
		throw new Error(`there is no setting ${JSON.stringify(key)}; there are ${known().join(", ")}`);
	return [key, text];
}

/** As `GET /settings` spells them. */
function known(): string[] {
	const config = Object.keys(CONFIG).map(key => key.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`));
	return [...new Set([...config, ...Object.keys(FIELDS), ...CHIP])].sort();
}

/** Names that come from outside must not become property keys, which XS keeps for ever: only the engine's own counters can tell. */
import { strict as assert } from "node:assert";
import Process from "host/process";
import { SETTINGS } from "settings";
import { Settings } from "settings/settings";
import { Setup } from "setup/setup";
import { NorFlash } from "../support/flash";
import { bytesOf } from "../support/strings";

describe("names from outside", function () {
	it("when settings are named at the set-up console that don't exist then no property key is made of their names", function () {
		let shown = "";
		const setup = new Setup({
			settings: new Settings({ schema: SETTINGS, flash: new NorFlash(4) }),
			write: text => shown += text,
			status: () => [],
			restart: () => assert.fail("nobody asked for that"),
			check: () => {}
		});
		const refused = (name: string): void => {
			shown = "";
			setup.receive(bytesOf(`set ${name} 1\r`));
			assert.ok(shown.includes(`refused: there is no setting "${name}"`), shown);
		};
		refused("first");
		const before = Process.memory().slots;
		for (let i = 0; i < 300; i++)
			refused(`invented_${i}`);
		assert.ok(Process.memory().slots - before < 20, String(Process.memory().slots - before));
	});
});

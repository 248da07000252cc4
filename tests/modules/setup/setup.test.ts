import { strict as assert } from "node:assert";
import { Refusal } from "base/refusal";
import { SETTINGS } from "settings";
import { Settings } from "settings/settings";
import { words } from "setup/lines";
import { Setup } from "setup/setup";
import { filled } from "../../../simulator/random.ts";
import { NorFlash } from "../../support/flash";
import { bytesOf } from "../../support/strings";

interface Bench {
	settings: Settings;
	flash: NorFlash;
	restarts: number;
	/** What keeps settings from being changed and the pod from being restarted. */
	obstacle: Refusal | undefined;
	/** Types `text` and returns what the terminal shows of it. */
	type(text: string): string;
}

function bench(): Bench {
	const flash = new NorFlash(4);
	const settings = new Settings({ schema: SETTINGS, flash });
	let shown = "";
	const setup = new Setup({
		settings,
		write: text => shown += text,
		status: () => ["wifi down", "overlap false"],
		restart: () => {
			it.restarts++;
		},
		check: () => {
			if (it.obstacle)
				throw it.obstacle;
		}
	});
	const it: Bench = {
		settings,
		flash,
		restarts: 0,
		obstacle: undefined,
		type(text) {
			shown = "";
			setup.receive(bytesOf(text));
			return shown;
		}
	};
	return it;
}

describe("the set-up console", function () {
	it("when wifi is given a name and a password then both are stored and a restart is asked for", function () {
		const { type, settings, flash } = bench();
		assert.match(type("wifi LAB secret-1\r"), /^wifi LAB secret-1\r\nstored; takes effect after: restart\r\n> $/);
		assert.deepEqual([settings.get("wifi_ssid"), settings.get("wifi_password")], ["LAB", "secret-1"]);
		assert.equal(new Settings({ schema: SETTINGS, flash }).get("wifi_ssid"), "LAB");
	});

	it("when names and passwords have spaces, quotes or UTF-8 then they can be quoted", function () {
		const { type, settings } = bench();
		type("wifi \"My \\\"Lab\\\" f\u00fcr alle\" \"p w \\\\ 8 chars\"\n");
		assert.deepEqual([settings.get("wifi_ssid"), settings.get("wifi_password")], ["My \"Lab\" f\u00fcr alle", "p w \\ 8 chars"]);
	});

	it("when wifi has no password then the network is an open one", function () {
		const { type, settings } = bench();
		type("wifi LAB secret-1\r");
		type("wifi OPEN\r");
		assert.deepEqual([settings.get("wifi_ssid"), settings.get("wifi_password")], ["OPEN", ""]);
	});

	it("when name or set are used then the settings change, and without a value the default comes back", function () {
		const { type, settings } = bench();
		type("name rack-7\r");
		type("set file_idle 7200\r");
		type("set stop_autoboot true\r");
		assert.deepEqual([settings.get("name"), settings.get("file_idle"), settings.get("stop_autoboot")], ["rack-7", 7200, true]);
		type("name\r");
		type("set file_idle\r");
		assert.deepEqual([settings.get("name"), settings.get("file_idle")], ["", 3600]);
		assert.match(type("name\r"), /nothing to change/);
	});

	it("when a job is running that must not be disturbed then nothing is set and nothing restarts, and the reason is shown", function () {
		const busy = bench();
		busy.obstacle = new Refusal<"busy">("busy", "a fastboot is running");
		for (const line of ["name rack-7", "wifi LAB secret-1", "set file_idle 7200", "set file_idle", "restart"])
			assert.match(busy.type(`${line}\r`), /\r\nrefused: a fastboot is running\r\n> $/, line);
		assert.deepEqual([busy.settings.get("name"), busy.settings.get("wifi_ssid"), busy.settings.get("file_idle"), busy.restarts], ["", "", 3600, 0]);
		assert.match(busy.type("status\r"), /wifi down/);
	});

	it("when a value can't be then the reason is shown and nothing changes", function () {
		const { type, settings } = bench();
		const before = JSON.stringify(settings.show());
		assert.match(type("wifi LAB short\r"), /refused: wifi_password must have 8 to 63 bytes/);
		assert.match(type("name Rack_7\r"), /refused: name has a character/);
		assert.match(type("set file_idle soon\r"), /refused: file_idle must be a whole number from 60 to 604800/);
		assert.match(type("set file_idle 1\r"), /refused: file_idle must be a whole number from 60/);
		assert.match(type("set colour red\r"), /refused: there is no setting "colour"/);
		assert.match(type("set __proto__ red\r"), /refused: there is no setting/);
		assert.equal(JSON.stringify(settings.show()), before);
	});

	it("when flash fails then that is shown", function () {
		const { type, flash, settings } = bench();
		flash.failAt = 1;
		assert.match(type("name rack-7\r"), /refused: flash refused the settings/);
		assert.equal(settings.get("name"), "");
	});

	it("when status or restart are typed then the pod answers and obeys", function () {
		const it = bench();
		assert.match(it.type("status\r"), /wifi down\r\noverlap false\r\n> $/);
		it.type("restart\r");
		assert.equal(it.restarts, 1);
	});

	it("when a command is unknown or has wrong words then help comes", function () {
		const { type } = bench();
		for (const line of ["help", "wifi", "wifi a b c", "name a b", "set", "set a b c", "status now", "restart now", "WIFI LAB"])
			assert.match(type(`${line}\r`), /wifi SSID PASSWORD {3}the lab's Wi-Fi/, line);
	});

	it("when lines end with CR, LF or both, or are empty, then each is one line", function () {
		const { type } = bench();
		assert.equal(type("\r\n\n\r"), "\r\n> \r\n> \r\n> ");
		assert.equal(type("nam").length, 3);
		assert.match(type("e rack-7\r\n"), /^e rack-7\r\nstored/);
	});

	it("when backspace is typed then whole characters go, and none beyond the first", function () {
		const { type, settings } = bench();
		type("\x7f\x08name rack\u00fc\x7f\x7fx-7\r");
		assert.equal(settings.get("name"), "racx-7");
	});

	it("when a line is longer than any, has an open quote or isn't UTF-8 then it is refused as a whole", function () {
		const { type, settings } = bench();
		assert.match(type(`name ${"x".repeat(252)}\r`), /too long/);
		assert.match(type("name \"rack-7\r"), /quote is not closed/);
		assert.match(type("name rack-7\r"), /stored/);
		assert.equal(settings.get("name"), "rack-7");
	});

	it("when noise comes then nothing breaks", function () {
		const { type } = bench();
		const setup = new Setup({ settings: new Settings({ schema: SETTINGS }), write: () => {}, status: () => [], restart: () => {}, check: () => {} });
		setup.receive(filled(5_000, 7));
		assert.match(type("help\r"), /wifi/);
	});

	it("when words are cut then quotes keep them together", function () {
		assert.deepEqual(words("  a  \"b c\" \"\" d\"e f\"  "), ["a", "b c", "", "d", "e f"]);
		assert.deepEqual(words(""), []);
		assert.equal(words("a \"b"), undefined);
	});
});

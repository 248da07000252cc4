import { strict as assert } from "node:assert";
import { Refusal } from "base/refusal";
import { Bytes } from "bytes/bytes";
import { SETTINGS } from "settings";
import { checked, defaults } from "settings/schema";
import { Settings } from "settings/settings";
import { CUT_POINTS, NorFlash } from "../../support/flash";

const SCHEMA = SETTINGS;

function fresh(): NorFlash {
	return new NorFlash(4);
}

function refusal(code: string, detail: Record<string, unknown> = {}) {
	return (error: unknown): boolean => {
		assert.ok(error instanceof Refusal);
		assert.equal(error.code, code);
		for (const key of Object.keys(detail))
			assert.deepEqual(error.detail[key], detail[key], key);
		return true;
	};
}

function throwsRefusal(action: () => void, code: string, detail: Record<string, unknown> = {}): void {
	let thrown: unknown;
	try {
		action();
	}
	catch (error) {
		thrown = error;
	}
	refusal(code, detail)(thrown);
}

describe("settings", function () {
	it("when flash is blank then the factory's values hold and nothing is wrong", function () {
		const settings = new Settings({ schema: SCHEMA, flash: fresh() });
		assert.equal(settings.origin, "factory");
		assert.deepEqual(settings.problems, []);
		assert.equal(settings.get("file_idle"), 3600);
		assert.equal(settings.get("stop_autoboot"), false);
	});

	it("when settings were changed then a restart finds them", function () {
		const flash = fresh();
		const changed = new Settings({ schema: SCHEMA, flash }).change({ wifi_ssid: "lab", wifi_password: "correct horse", stop_autoboot: true });
		assert.deepEqual(changed, ["wifi_ssid", "wifi_password", "stop_autoboot"]);
		const again = new Settings({ schema: SCHEMA, flash });
		assert.equal(again.origin, "flash");
		assert.equal(again.get("wifi_ssid"), "lab");
		assert.equal(again.get("wifi_password"), "correct horse");
		assert.equal(again.get("stop_autoboot"), true);
		assert.equal(again.get("bridge_idle"), 600);
	});

	it("when settings are shown then no secret is in them", function () {
		const settings = new Settings({ schema: SCHEMA, flash: fresh() });
		assert.equal(settings.show().wifi_password, false);
		settings.change({ wifi_password: "correct horse", token: "0123456789" });
		const shown = settings.show();
		assert.equal(shown.wifi_password, true);
		assert.equal(shown.token, true);
		assert.ok(!JSON.stringify(shown).includes("horse"));
		assert.ok(!JSON.stringify(shown).includes("0123"));
	});

	it("when a value is refused then its Refusal names field and limit but not the value", function () {
		const settings = new Settings({ schema: SCHEMA, flash: fresh() });
		throwsRefusal(() => settings.change({ nonsense: 1 }), "bad_setting", { field: "nonsense", reason: "unknown" });
		throwsRefusal(() => settings.change({ file_idle: "60" }), "bad_setting", { field: "file_idle", reason: "type", type: "number" });
		throwsRefusal(() => settings.change({ file_idle: 59 }), "bad_setting", { field: "file_idle", reason: "range", minimum: 60 });
		throwsRefusal(() => settings.change({ file_idle: 60.5 }), "bad_setting", { field: "file_idle", reason: "range" });
		throwsRefusal(() => settings.change({ wifi_ssid: "x".repeat(33) }), "bad_setting", { field: "wifi_ssid", reason: "length", maximum: 32 });
		throwsRefusal(() => settings.change({ wifi_ssid: "\u00e4".repeat(17) }), "bad_setting", { field: "wifi_ssid", reason: "length" });
		throwsRefusal(() => settings.change({ wifi_ssid: "a\nb" }), "bad_setting", { field: "wifi_ssid", reason: "characters" });
		throwsRefusal(() => settings.change({ name: "Rack 1" }), "bad_setting", { field: "name", reason: "characters" });
		throwsRefusal(() => settings.change({ wifi_password: "sevench" }), "bad_setting", { field: "wifi_password", reason: "length", minimum: 8 });
		throwsRefusal(() => settings.change(["name"]), "bad_setting", { reason: "type" });
		throwsRefusal(() => settings.change(null), "bad_setting", { reason: "type" });
		try {
			settings.change({ wifi_password: "secret\u0007secret" });
			assert.fail("accepted");
		}
		catch (error) {
			assert.ok(!JSON.stringify((error as Refusal).detail).includes("secret"));
			assert.ok(!(error as Refusal).message.includes("secret"));
		}
	});

	it("when one of several values is refused then none is changed", function () {
		const flash = fresh();
		const settings = new Settings({ schema: SCHEMA, flash });
		throwsRefusal(() => settings.change({ wifi_ssid: "lab", file_idle: 1 }), "bad_setting");
		assert.equal(settings.get("wifi_ssid"), "");
		assert.equal(flash.operations, 0);
	});

	it("when a setting is null then the factory's value comes back", function () {
		const flash = fresh();
		const settings = new Settings({ schema: SCHEMA, flash, factory: { wifi_ssid: "built in" } });
		settings.change({ wifi_ssid: "lab", file_idle: 60 });
		assert.deepEqual(settings.change({ wifi_ssid: null, file_idle: null }), ["wifi_ssid", "file_idle"]);
		const again = new Settings({ schema: SCHEMA, flash, factory: { wifi_ssid: "built in" } });
		assert.equal(again.get("wifi_ssid"), "built in");
		assert.equal(again.get("file_idle"), 3600);
	});

	it("when nothing changes then flash is not written", function () {
		const flash = fresh();
		const settings = new Settings({ schema: SCHEMA, flash });
		assert.deepEqual(settings.change({ file_idle: 3600 }), []);
		assert.equal(flash.operations, 0);
	});

	it("when settings changed then the listener is told which", function () {
		const told: (readonly string[])[] = [];
		const settings = new Settings({ schema: SCHEMA, onChanged: names => told.push(names) });
		settings.change({ token: "12345678", file_idle: 3600 });
		assert.deepEqual(told, [["token"]]);
	});

	it("when the power is cut at any write then a restart finds the old or the new settings, whole", function () {
		const before = { wifi_ssid: "old", file_idle: 100, name: "rack-old" };
		const after = { wifi_ssid: "new", file_idle: 200, name: "rack-new" };
		let cuts = 0;
		let completed = false;
		for (let cutAt = 1; !completed; cutAt++) {
			for (const cutAfter of CUT_POINTS) {
				for (let generation = 0; generation < 2; generation++) {
					const flash = fresh();
					const first = new Settings({ schema: SCHEMA, flash });
					for (let change = 0; change < generation; change++)
						first.change({ file_idle: 70 + change });
					first.change(before);
					flash.operations = 0;
					flash.cutAt = cutAt;
					flash.cutAfter = cutAfter;
					completed = true;
					try {
						new Settings({ schema: SCHEMA, flash }).change(after);
					}
					catch (error) {
						assert.ok(error instanceof Refusal);
						assert.equal(error.code, "settings_not_stored");
						completed = false;
						cuts++;
					}
					flash.restore();
					const again = new Settings({ schema: SCHEMA, flash });
					assert.equal(again.origin, "flash");
					const ssid = again.get("wifi_ssid");
					const found = { wifi_ssid: ssid, file_idle: again.get("file_idle"), name: again.get("name") };
					assert.deepEqual(found, ssid === "new" ? after : before, `cut ${cutAt} after ${cutAfter}`);
					assert.ok(!completed || ssid === "new");
					again.change({ name: "rack-later" });
					assert.equal(new Settings({ schema: SCHEMA, flash }).get("name"), "rack-later");
				}
			}
		}
		assert.equal(cuts, 4 * CUT_POINTS.length * 2);
	});

	it("when the very first store is cut then the factory's values hold", function () {
		const flash = fresh();
		flash.cutAt = 3;
		throwsRefusal(() => new Settings({ schema: SCHEMA, flash }).change({ name: "rack-1" }), "settings_not_stored");
		flash.restore();
		const settings = new Settings({ schema: SCHEMA, flash });
		assert.equal(settings.origin, "factory");
		assert.equal(settings.get("name"), "");
	});

	it("when flash refuses or is worn out then the old settings stay in force and in flash", function () {
		for (const spoil of [(flash: NorFlash) => { flash.failAt = flash.operations + 3; }, (flash: NorFlash) => { flash.worn = [8192 + 20, 20]; }]) {
			const flash = fresh();
			const settings = new Settings({ schema: SCHEMA, flash });
			settings.change({ wifi_ssid: "old" });
			flash.worn = [];
			spoil(flash);
			throwsRefusal(() => settings.change({ wifi_ssid: "new" }), "settings_not_stored");
			assert.equal(settings.get("wifi_ssid"), "old");
		}
	});

	it("when a byte of the newest record is damaged then the one before is used, and with both gone the factory's", function () {
		const flash = fresh();
		const settings = new Settings({ schema: SCHEMA, flash });
		settings.change({ file_idle: 100 });
		settings.change({ file_idle: 200 });
		for (const at of [0, 5, 9, 13, 17]) {
			const damaged = fresh();
			damaged.bytes.set(flash.bytes);
			damaged.bytes[8192 + at] = damaged.bytes[8192 + at]! ^ 0x10;
			assert.equal(new Settings({ schema: SCHEMA, flash: damaged }).get("file_idle"), 100, `byte ${at}`);
			damaged.bytes[at] = damaged.bytes[at]! ^ 0x10;
			assert.equal(new Settings({ schema: SCHEMA, flash: damaged }).origin, "factory", `byte ${at}`);
		}
	});

	it("when flash can't be read at all then the factory's values hold and the problem is told", function () {
		const flash = fresh();
		flash.read = () => {
			throw new Error("no flash");
		};
		const settings = new Settings({ schema: SCHEMA, flash });
		assert.equal(settings.origin, "factory");
		assert.deepEqual(settings.problems, ["Error: no flash"]);
	});

	it("when a stored setting is unknown or out of its limits now then it is left out and told", function () {
		const flash = fresh();
		const old = { ...SCHEMA, gone: { type: "number", default: 0, minimum: 0, maximum: 9, about: "" }, file_idle: { ...SCHEMA.file_idle, maximum: 1e9 } } as const;
		new Settings({ schema: old, flash }).change({ gone: 5, file_idle: 1e8, name: "rack-1" });
		const settings = new Settings({ schema: SCHEMA, flash });
		assert.equal(settings.get("name"), "rack-1");
		assert.equal(settings.get("file_idle"), 3600);
		assert.equal(settings.problems.length, 2);
	});

	it("when the sequence number wraps then the newer record still wins", function () {
		const flash = fresh();
		new Settings({ schema: SCHEMA, flash }).change({ file_idle: 100 });
		const header = new DataView(flash.bytes.buffer, 0, 16);
		header.setUint32(4, 0xffffffff, true);
		const text = flash.bytes.subarray(16, 16 + header.getUint32(8, true));
		header.setUint32(12, Bytes.crc32(text, Bytes.crc32(flash.bytes.subarray(0, 12), 0)), true);
		for (let round = 0; round < 3; round++) {
			new Settings({ schema: SCHEMA, flash }).change({ file_idle: 101 + round });
			assert.equal(new Settings({ schema: SCHEMA, flash }).get("file_idle"), 101 + round);
		}
		assert.equal(header.getUint32(4, true), 1);
	});

	it("when the settings don't fit then they are refused and the old ones stay", function () {
		const flash = new NorFlash(2, 64);
		const settings = new Settings({ schema: SCHEMA, flash });
		settings.change({ name: "rack-1" });
		throwsRefusal(() => settings.change({ token: "x".repeat(60) }), "settings_too_long", { maximum: 48 });
		assert.equal(new Settings({ schema: SCHEMA, flash }).get("name"), "rack-1");
	});

	it("when the table of settings is used then each default obeys its own limits", function () {
		for (const [name, value] of Object.entries(defaults(SCHEMA)))
			assert.equal(checked(SCHEMA, name, value), value);
	});

	it("when build-time values break the schema then construction fails", function () {
		throwsRefusal(() => new Settings({ schema: SCHEMA, factory: { wifi_ssid: 5 as unknown as string } }), "bad_setting", { field: "wifi_ssid" });
	});
});

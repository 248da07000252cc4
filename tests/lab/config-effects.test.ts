/**
 * What is fixed at build or start, from where it is given to what it does; and every value of both tables (settings.ts, config.ts) at its limits
 * and one beyond. The numbers are written down once more on purpose. A value without a row here doesn't compile.
 */
import { strict as assert } from "node:assert";
import { CONFIG, type Config } from "config";
import { SETTINGS } from "settings";
import { configured, type Schema } from "settings/schema";
import { ask, fetch, LAB, RawCamera } from "../support/pod-lab.ts";
import { addPod, removePod } from "../support/lab/world.ts";
import type { LabPod } from "../support/lab/pod.ts";

/** Where a server was made to listen. */
interface Place {
	address?: string | undefined;
	port?: number | undefined;
}

interface Started {
	pod: LabPod;
	places: { bridge: Place; rfc2217: Place; http: Place; tftp: Place };
	http: string;
}

interface Effect<Value> {
	otherwise: Value;
	values: readonly Value[];
	shows: (started: Started, value: Value) => Promise<void> | void;
}

/** Memory of a pod that is not for files. */
const RESERVED = 262_144;

const EFFECTS: { [Name in keyof Config]: Effect<Config[Name]> } = {
	version: { otherwise: "0.0.0", values: ["1.2.3"], shows: async ({ http }, value) => assert.equal((await ask({ http }, "/status")).body.version, value) },
	bind: { otherwise: "0.0.0.0", values: [LAB], shows: ({ places }, value) => assert.deepEqual([places.bridge.address, places.rfc2217.address, places.http.address], [value, value, value]) },
	http_port: { otherwise: 8_080, values: [80], shows: ({ places }, value) => assert.equal(places.http.port, value) },
	bridge_port: { otherwise: 9_000, values: [2_000], shows: ({ places }, value) => assert.equal(places.bridge.port, value) },
	rfc2217_port: { otherwise: 9_001, values: [2_217], shows: ({ places }, value) => assert.equal(places.rfc2217.port, value) },
	tftp_bind: { otherwise: "0.0.0.0", values: [LAB], shows: ({ places }, value) => assert.equal(places.tftp.address, value) },
	tftp_port: { otherwise: 69, values: [6_969], shows: ({ places }, value) => assert.equal(places.tftp.port, value) },
	psram: {
		otherwise: 8_388_608,
		values: [1_048_576, 4_194_304],
		shows: async ({ http }, value) => {
			const { max_size_bytes, psram_free_bytes } = (await ask({ http }, "/tftp")).body;
			assert.deepEqual([max_size_bytes, psram_free_bytes], [value - RESERVED, value - RESERVED]);
			const put = async (size: number): Promise<unknown> => (await ask({ http }, "/tftp/all", { method: "PUT", body: new Uint8Array(size) })).body;
			assert.equal((await put(value - RESERVED + 1) as { error: string }).error, "oom");
			assert.equal((await put(value - RESERVED) as { size: number }).size, value - RESERVED);
		}
	},
	uart_log: {
		otherwise: 65_536,
		values: [16_384, 98_304],
		shows: async ({ pod, http }, value) => {
			const camera = new RawCamera(pod);
			await camera.say("x".repeat(value + 5_000));
			const answer = await fetch(`${http}/uart/log`);
			assert.equal((await answer.arrayBuffer()).byteLength, value);
			assert.equal(answer.headers.get("x-log-start"), "5000");
			camera.close();
		}
	}
};

describe("from what is fixed at the start to its effect", function () {
	let pod: LabPod | undefined;

	afterEach(function () {
		if (pod)
			removePod(pod);
		pod = undefined;
	});

	function start(config: Record<string, unknown>): Started {
		// the console's come before HTTP's
		const listeners: Place[] = [];
		const datagrams: Place[] = [];
		const watched = (io: any, made: Place[]): any => class extends io {
			constructor(options: Place) {
				super(options);
				made.push(options);
			}
		};
		pod = addPod({
			config: { version: undefined, ...config },
			adapt: board => void Object.assign(board, { Listener: watched(board.Listener, listeners), UDP: watched(board.UDP, datagrams) })
		});
		pod.powerOn();
		assert.ok(pod.endpoints, pod.log.join(""));
		const [bridge, rfc2217, http] = listeners as [Place, Place, Place];
		return { pod, places: { bridge, rfc2217, http, tftp: datagrams[0]! }, http: `http://${LAB}:${http.port}` };
	}

	for (const [name, { otherwise, values, shows }] of Object.entries(EFFECTS) as [keyof Config, Effect<unknown>][]) {
		it(`when ${name} is not given then it is ${JSON.stringify(otherwise)}`, async function () {
			await shows(start({}), otherwise);
		});

		for (const value of values)
			it(`when ${name} is given as ${JSON.stringify(value)} then that is in force, as a number or as text`, async function () {
				await shows(start({ [name]: value }), value);
				removePod(pod!);
				await shows(start({ [name]: String(value) }), value);
			});
	}

	it("when values are given that can't be then the defaults hold, the pod serves, and each is told as a problem", async function () {
		const given = { http_port: 65_536, bridge_port: -1, tftp_port: "many", psram: 5, uart_log: "", bind: "localhost", slots: 0, wifi_password: "short", http_everywhere: "yes", name: "Rack 7" };
		const { http } = start(given);
		assert.equal(http, `http://${LAB}:8080`);
		const { problems, settings } = (await ask({ http }, "/settings")).body;
		assert.deepEqual(problems.map((problem: string) => /^given at build or start: (\w+) must /.exec(problem)?.[1] ?? /^given at build or start: (\w+) has a character/.exec(problem)?.[1]).sort(), Object.keys(given).sort());
		assert.deepEqual([settings.slots, settings.name, settings.wifi_password, settings.http_everywhere], [32, "", false, false]);
		assert.deepEqual((await ask({ http }, "/status")).body.settings.problems, problems);
		assert.equal(pod!.log.filter(line => line.startsWith("settings: given at build or start: ")).length, problems.length);
		assert.ok(!JSON.stringify(problems).includes("short"), "a value may be a secret");
	});
});

/** Default, least, most: of a number, or of a text's bytes. */
const NUMBERS: Readonly<Record<string, readonly [number, number, number]>> = {
	slots: [32, 1, 64],
	file_idle: [3_600, 60, 604_800],
	bridge_idle: [600, 0, 86_400],
	power_off: [2_000, 0, 60_000],
	console_timeout: [10, 0, 120],
	http_port: [8_080, 0, 65_535],
	bridge_port: [9_000, 0, 65_535],
	rfc2217_port: [9_001, 0, 65_535],
	tftp_port: [69, 0, 65_535],
	psram: [8_388_608, 1_048_576, 1_073_741_824],
	uart_log: [65_536, 16_384, 98_304]
};
const TEXTS: Readonly<Record<string, readonly [string, number, number]>> = { name: ["", 0, 32], wifi_ssid: ["", 0, 32], wifi_password: ["", 8, 63], token: ["", 8, 64], version: ["0.0.0", 1, 31] };
const SWITCHES: readonly string[] = ["stop_autoboot", "tftp_everywhere", "http_everywhere"];
const ADDRESSES: readonly string[] = ["bind", "tftp_bind"];
const CHOICES: Readonly<Record<string, readonly string[]>> = { console_read: ["open", "token"] };

describe("what settings may be, at their limits", function () {
	const all: Schema = { ...CONFIG, ...SETTINGS };
	/** What becomes of `value` of `name`, and whether that is told. */
	const given = (name: string, value: unknown): unknown => {
		const problems: string[] = [];
		const values = configured(all, { [name]: value }, problems);
		assert.ok(problems.length <= 1);
		return problems.length ? "refused" : values[name];
	};
	const accepted = (name: string, value: unknown): void => {
		assert.equal(given(name, value), value, `${name}: ${JSON.stringify(value)}`);
		assert.equal(given(name, String(value)), value, `${name}: ${JSON.stringify(value)} as text`);
	};
	const refused = (name: string, ...values: unknown[]): void => {
		for (const value of values)
			assert.equal(given(name, value), "refused", `${name}: ${JSON.stringify(value)}`);
	};

	it("when the tables are read then each row is one of those below", function () {
		assert.deepEqual(Object.keys(all).sort(), [...Object.keys(NUMBERS), ...Object.keys(TEXTS), ...SWITCHES, ...ADDRESSES, ...Object.keys(CHOICES)].sort());
	});

	for (const [name, [otherwise, least, most]] of Object.entries(NUMBERS))
		it(`when ${name} is ${least} or ${most} then it is taken, and beyond it is not`, function () {
			assert.equal(given(name, undefined), otherwise);
			for (const value of [least, least + 1, otherwise, most - 1, most])
				accepted(name, value);
			refused(name, least - 1, most + 1, String(most + 1), least + 0.5, NaN, Infinity, "", " 1", "1e2", "0x50", "many", true, null, {}, [otherwise]);
		});

	for (const [name, [otherwise, least, most]] of Object.entries(TEXTS))
		it(`when ${name} has ${least} or ${most} bytes then it is taken, and beyond it is not`, function () {
			assert.equal(given(name, undefined), otherwise);
			for (const bytes of [Math.max(least, 1), most])
				accepted(name, "a".repeat(bytes));
			refused(name, "a".repeat(most + 1), ...least > 1 ? ["a".repeat(least - 1)] : [], ...least === 1 ? [""] : [], 5, true, null, {});
			if (otherwise === "")
				accepted(name, "");
		});

	for (const name of SWITCHES)
		it(`when ${name} is neither true nor false then it is not taken`, function () {
			assert.equal(given(name, undefined), false);
			accepted(name, true);
			accepted(name, false);
			refused(name, "yes", "", "TRUE", 1, 0, null);
		});

	for (const name of ADDRESSES)
		it(`when ${name} is no IPv4 address then it is not taken`, function () {
			for (const address of ["0.0.0.0", "255.255.255.255", "192.168.1.1", "10.200.30.99"])
				accepted(name, address);
			refused(name, "", "localhost", "1.2.3", "1.2.3.4.5", "1.2.3.4.", "256.1.1.1", "01.2.3.4", "1.2.3.4 ", "::1", 1);
		});

	for (const [name, choices] of Object.entries(CHOICES))
		it(`when ${name} is none of ${choices.join(", ")} then it is not taken`, function () {
			assert.equal(given(name, undefined), choices[0]);
			choices.forEach(choice => accepted(name, choice));
			refused(name, "", choices[0]!.toUpperCase(), `${choices[0]} `, true, null);
		});
});

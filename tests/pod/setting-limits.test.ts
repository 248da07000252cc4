/** What a setting may be was driven: every setting at its least and at its most, all at once, as on the chip, from the start and after a change. */
import { strict as assert } from "node:assert";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SETTINGS } from "../../src/settings.ts";
import type { Field, Value } from "../../modules/settings/schema.ts";
import { ask, podOn } from "../support/chip.ts";
import { heapOf } from "../support/heap.ts";
import { until, type TestPod } from "../support/running-pod.ts";

const TABLE: [string, Field][] = Object.entries(SETTINGS);

/** `field` at its `end`; texts are as long as they may be. */
function extreme(field: Field, end: "least" | "most"): Value {
	if (field.type === "boolean")
		return end === "most";
	if (field.type === "number")
		return end === "most" ? field.maximum : field.minimum;
	if (field.type === "string" && "choices" in field && field.choices)
		return field.choices.at(end === "most" ? -1 : 0)!;
	if (!("maximum" in field))
		throw new Error("no length");
	const { minimum = 0, maximum, characters = "x\u00fc" } = field;
	const wanted = end === "most" ? maximum : minimum;
	// the last of the allowed characters is as good as any
	return characters.at(-1)!.repeat(characters.at(-1)! > "\x7f" ? Math.floor(wanted / 2) : wanted);
}

/** `value` of `field`, which is at its `end`, one step further; undefined where there is nothing beyond. */
function beyond(field: Field, value: Value, end: "least" | "most"): Value | undefined {
	if (typeof value === "number")
		return end === "most" ? value + 1 : value - 1;
	if ("choices" in field && field.choices)
		return "neither";
	if (typeof value === "string" && (end === "most" || "minimum" in field))
		return end === "most" ? `${value}${value[0]}` : value.slice(1);
	return undefined;
}

describe("what settings may be", function () {
	this.timeout(120_000);
	let state: string;
	let pod: TestPod;

	beforeEach(function () {
		state = mkdtempSync(join(tmpdir(), "rackpod-limits-"));
	});

	afterEach(async function () {
		await pod?.stop();
		rmSync(state, { recursive: true, force: true });
	});

	/** Everything that a setting bounds, used. */
	async function drive(values: Record<string, Value>): Promise<void> {
		const token = values.token as string || undefined;
		const did = async (method: string, path: string, body?: string | Uint8Array): Promise<any> => {
			const { status, body: answer } = await ask(pod, path, { method, body, token });
			assert.equal(status, 200, `${method} ${path}: ${JSON.stringify(answer)}`);
			return answer;
		};
		await did("POST", "/power/on");
		await did("POST", "/power/cycle");
		for (let i = 0; i < Number(values.slots); i++)
			await did("PUT", `/tftp/file-${i}`, "x");
		assert.equal((await did("GET", "/tftp")).files.length, values.slots);
		const { settings } = await did("GET", "/settings");
		for (const [name, value] of Object.entries(values))
			assert.equal(settings[name], ["token", "wifi_password"].includes(name) ? value !== "" : value, name);
		const { maxSlots, slots } = await heapOf(pod);
		assert.ok(maxSlots - slots > 2_000, `${maxSlots - slots} slots left`);
		assert.deepEqual(pod.log.filter(line => line.includes("defect in")), []);
	}

	for (const end of ["least", "most"] as const) {
		const values = Object.fromEntries(TABLE.map(([name, field]) => [name, extreme(field, end)]));
		const options = { device: true, timeScale: 0.05, bind: "127.0.0.1" };
		const network = { "chip.camera": "127.0.0.2/255.255.255.255" };

		it(`when all are at their ${end} from the start then the pod does all it is for`, async function () {
			const given = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
			pod = await podOn(state, undefined, { ...options, settings: { ...given, ...network } });
			await drive(values);
		});

		it(`when all are set to their ${end} then the pod does all it is for, at once and after its restart`, async function () {
			pod = await podOn(state, undefined, { ...options, settings: network });
			const { status, body } = await ask(pod, "/settings", { method: "PATCH", body: JSON.stringify(values) });
			assert.equal(status, 200, JSON.stringify(body));
			const before = pod.pid;
			const token = values.token as string || undefined;
			await ask(pod, "/restart", { method: "POST", token });
			await until("the pod is back", async () => {
				try {
					return pod.pid !== before && (await ask(pod, "/status")).body.firmware.reset === "restart";
				}
				catch {
					return false;
				}
			});
			await drive(values);
		});

		it(`when one is beyond its ${end} then it is refused`, async function () {
			pod = await podOn(state, undefined, options);
			for (const [name, field] of TABLE) {
				const value = beyond(field, values[name]!, end);
				if (value === undefined)
					continue;
				const { status, body } = await ask(pod, "/settings", { method: "PATCH", body: JSON.stringify({ [name]: value }) });
				assert.deepEqual([status, body.error, body.field], [400, "bad_setting", name], `${name}: ${JSON.stringify(value)}`);
			}
		});
	}

	it("when texts hold what obeys instead of being shown then they are refused", async function () {
		pod = await podOn(state);
		for (const harm of ["\\u001b[2J", "\\u0000", "\\u0085", "\\u009b", "\\u007f", "\\u202e", "\\u2066", "\\u200b", "\\ud800", "\\udc00", "\\ufeff"]) {
			for (const name of ["name", "wifi_ssid", "token", "wifi_password"]) {
				const { status, body } = await ask(pod, "/settings", { method: "PATCH", body: `{"${name}":"12345678${harm}"}` });
				assert.deepEqual([status, body.field ?? body.error], [400, name], `${name} ${harm}: ${JSON.stringify(body)}`);
			}
		}
		assert.equal((await ask(pod, "/settings", { method: "PATCH", body: "{\"wifi_ssid\":\"Gäste \u{1f600}\"}" })).status, 200);
	});
});

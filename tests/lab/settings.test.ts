/** The settings of a whole pod: what HTTP clients see and change, what survives restarts, losses of power and bad flash. */
import { strict as assert } from "node:assert";
import type { NorFlash } from "../support/flash.ts";
import { ask, Peer, type JSONAnswer } from "../support/lab/client.ts";
import { startPod, type TestPod } from "../support/lab/test-pod.ts";
import { until } from "../support/lab/world.ts";

describe("settings", function () {
	let flash: NorFlash | undefined;
	let pod: TestPod | undefined;

	afterEach(async function () {
		await pod?.stop();
		pod = flash = undefined;
	});

	const start = async (cut?: string, settings: Record<string, string> = {}): Promise<TestPod> => {
		await pod?.stop();
		pod = await startPod({ flash, cut, settings });
		flash = pod.lab.flash;
		return pod;
	};
	const patch = (body: unknown, token?: string): Promise<JSONAnswer> => ask(pod!, "/settings", { method: "PATCH", body: typeof body === "string" ? body : JSON.stringify(body), token });
	const settings = async (): Promise<any> => (await ask(pod!, "/settings")).body;
	/** Waits for the next start of the firmware. */
	const restarted = async (before: number): Promise<void> => {
		await until("the pod is back", async () => {
			try {
				const { body } = await ask(pod!, "/status");
				return body.firmware.reset === "restart" && pod!.starts !== before;
			}
			catch {
				return false;
			}
		});
	};

	it("when nothing was ever set then the factory's values are shown with what each may be, and secrets are not", async function () {
		await start(undefined, { wifi_ssid: "Lab", wifi_password: "from the build" });
		const { body } = await ask(pod!, "/settings");
		assert.equal(body.origin, "factory");
		assert.equal(body.kept, true);
		assert.equal(body.settings.file_idle, 3600);
		assert.equal(body.settings.wifi_ssid, "Lab");
		assert.equal(body.settings.wifi_password, true);
		assert.equal(body.settings.token, false);
		assert.deepEqual([body.fields.file_idle.minimum, body.fields.file_idle.maximum], [60, 604800]);
		assert.ok(!JSON.stringify(body).includes("from the build"));
	});

	it("when settings are changed then they are answered, take effect, and are there after a restart and a loss of power", async function () {
		await start();
		const { status, body } = await patch({ name: "rack-7", stop_autoboot: true, wifi_password: "secret enough" });
		assert.equal(status, 200);
		assert.deepEqual(body.changed.sort(), ["name", "stop_autoboot", "wifi_password"]);
		assert.deepEqual(body.waiting_for_restart.sort(), ["name", "wifi_password"]);
		assert.ok(!JSON.stringify(body).includes("secret enough"));
		assert.equal((await ask(pod!, "/status")).body.name, "rack-7");
		const before = pod!.starts;
		assert.deepEqual((await ask(pod!, "/restart", { method: "POST" })).body, { restarting: true });
		await restarted(before);
		for (const again of [false, true]) {
			if (again)
				await start();
			const now = await settings();
			assert.deepEqual([now.origin, now.settings.name, now.settings.stop_autoboot, now.settings.wifi_password], ["flash", "rack-7", true, true]);
			assert.deepEqual(now.waiting_for_restart, []);
		}
		assert.deepEqual((await patch({ name: null })).body.settings.name, "");
		assert.equal((await ask(pod!, "/status")).body.name, "rackpod");
	});

	const REFUSED: [string, unknown, string, Record<string, unknown>][] = [
		["an unknown name", { colour: "red" }, "bad_setting", { field: "colour", reason: "unknown" }],
		["an unknown name beside a good one", { file_idle: 7200, colour: "red" }, "bad_setting", { field: "colour", reason: "unknown" }],
		["a number too small", { file_idle: 1 }, "bad_setting", { field: "file_idle", reason: "range", minimum: 60, maximum: 604800 }],
		["a fraction", { bridge_idle: 1.5 }, "bad_setting", { field: "bridge_idle", reason: "range", minimum: 0, maximum: 86400 }],
		["text for a number", { file_idle: "7200" }, "bad_setting", { field: "file_idle", reason: "type" }],
		["a name with a space", { name: "rack 7" }, "bad_setting", { field: "name", reason: "characters" }],
		["a short token", { token: "short" }, "bad_setting", { field: "token", reason: "length", minimum: 8, maximum: 64 }],
		["an object for a text", { name: { file_idle: 1 } }, "bad_json", {}],
		["an array", [1, 2], "bad_json", {}],
		["two objects", "{}{}", "bad_json", {}],
		["a string that doesn't end", "{\"name\": \"x\\\"}", "bad_json", {}],
		["an escape outside a string", "{\\\"name\": 1}", "bad_json", {}],
		["a word", "true", "bad_json", {}],
		["JSON cut short", "{\"name\": \"rack-7\"", "bad_json", {}],
		["nothing", "", "bad_json", {}],
		["prototype games", "{\"__proto__\": {\"name\": \"x\"}}", "bad_setting", { field: "__proto__", reason: "unknown" }]
	];
	it("when a change can't be then the answer names the field and the limit, and nothing changes", async function () {
		await start();
		const before = await settings();
		for (const [what, body, error, detail] of REFUSED) {
			const answer = await patch(body);
			assert.equal(answer.status, 400, what);
			assert.equal(answer.body.error, error, what);
			for (const [name, value] of Object.entries(detail))
				assert.deepEqual(answer.body[name], value, `${what}: ${name}`);
			assert.ok(answer.body.message.length > 10, what);
		}
		assert.equal((await patch(`{"name": "${"x".repeat(5000)}"}`)).status, 413);
		assert.deepEqual(await settings(), before);
		assert.equal((await ask(pod!, "/status")).body.faults.count, 0);
	});

	it("when a value holds quotes, brackets, braces and backslashes then it is taken as it is", async function () {
		await start();
		for (const wifi_ssid of ["[[{{\"}]\\", "\\", "\"\"", "a: \"b\", c", "\\\"{"]) {
			assert.equal((await patch({ wifi_ssid, file_idle: 7200 })).status, 200, wifi_ssid);
			assert.equal((await settings()).settings.wifi_ssid, wifi_ssid);
		}
		assert.equal((await patch("{\"wifi_ssid\": \"\\u005b\", \"file_idle\": null}")).status, 200);
		assert.deepEqual([(await settings()).settings.wifi_ssid, (await settings()).settings.file_idle], ["[", 3600]);
	});

	it("when a token is set then changes need it, reading doesn't, and taking it away opens the pod again", async function () {
		await start();
		const token = "correct horse";
		assert.equal((await patch({ token })).status, 200);
		const refused = await ask(pod!, "/power/on", { method: "POST" });
		assert.equal(refused.status, 401);
		assert.equal(refused.body.error, "unauthorized");
		assert.equal(refused.headers["www-authenticate"], "Bearer");
		for (const [method, path] of [["PUT", "/tftp/x"], ["DELETE", "/tftp"], ["PATCH", "/settings"], ["POST", "/firmware"], ["POST", "/restart"], ["POST", "/fastboot"]] as const) {
			for (const wrong of [undefined, "correct", `${token}x`, ""])
				assert.equal((await ask(pod!, path, { method, body: "{}", token: wrong })).status, 401, `${method} ${path} with ${wrong}`);
		}
		for (const path of ["/status", "/settings", "/tftp", "/power", "/firmware"])
			assert.equal((await ask(pod!, path)).status, 200, path);
		assert.equal(pod!.supply, "off");
		assert.equal((await ask(pod!, "/power/on", { method: "POST", token })).status, 200);
		await start();
		assert.equal((await patch({ token: null })).status, 401);
		assert.equal((await patch({ token: null }, token)).status, 200);
		assert.equal((await ask(pod!, "/power/on", { method: "POST" })).status, 200);
	});

	it("when the bridge's idle time is shortened then a client that idles is disconnected by it", async function () {
		await start();
		const peer = await Peer.connect(pod!.bridgePort);
		await until("the bridge has its client", async () => (await ask(pod!, "/uart")).body.bridge.client !== null);
		assert.equal((await patch({ bridge_idle: 0 })).status, 200);
		await patch({ bridge_idle: 2 });
		await peer.untilClosed();
		assert.equal((await ask(pod!, "/uart")).body.bridge.idle_closes, 1);
	});

	it("when there is no flash for them then the factory's values serve, the trouble is told, and changes last until the restart", async function () {
		await start(undefined, { "chip.settings": "none" });
		const { body } = await ask(pod!, "/status");
		assert.deepEqual([body.settings.origin, body.settings.kept], ["factory", false]);
		assert.match(body.settings.problems[0], /no flash/);
		assert.equal((await patch({ name: "rack-7" })).status, 200);
		assert.equal((await ask(pod!, "/status")).body.name, "rack-7");
	});

	it("when flash holds something else then the factory's values serve, the trouble is told, and a change mends it", async function () {
		await start();
		for (let at = 0; at < 16_384; at++)
			flash!.bytes[at] = "not settings".charCodeAt(at % 12);
		await start();
		const { body } = await ask(pod!, "/status");
		assert.deepEqual([body.settings.origin, body.settings.kept, body.settings.problems.length], ["factory", true, 1]);
		assert.equal((await patch({ name: "rack-7" })).status, 200);
		await start();
		assert.deepEqual([(await settings()).origin, (await settings()).problems, (await settings()).settings.name], ["flash", [], "rack-7"]);
	});

	it("when the power is cut at any operation of a change then the pod comes back with the old settings or the new ones", async function () {
		let olds = 0;
		let news = 0;
		await start();
		await patch({ name: "old" });
		for (let operation = 1; ; operation++) {
			let cut = false;
			for (const part of [0, 0.5, 1]) {
				await start(`0:${operation}:${part}`);
				const answer = await patch({ name: "new" }).catch(() => undefined);
				cut = answer === undefined;
				if (!cut)
					break;
				assert.match(await pod!.ended, /power cut/);
				await start();
				const { origin, problems, settings: { name } } = await settings();
				assert.equal(origin, "flash");
				assert.deepEqual(problems, []);
				if (name === "old")
					olds++;
				else {
					assert.equal(name, "new");
					news++;
					await patch({ name: "old" });
				}
			}
			if (!cut)
				break;
		}
		assert.ok(olds >= 6 && news >= 1, `${olds} times the old ones, ${news} times the new ones`);
	});

	it("when the pod restarts then the camera's supply is as the user set it, and off after a loss of the pod's own power", async function () {
		await start();
		for (const on of [true, false, true]) {
			await ask(pod!, `/power/${on ? "on" : "off"}`, { method: "POST" });
			const before = pod!.starts;
			await ask(pod!, "/restart", { method: "POST" });
			await restarted(before);
			assert.equal(pod!.supply, on ? "on" : "off");
			assert.equal((await ask(pod!, "/power")).body.camera_on, on);
		}
		await start();
		assert.equal(pod!.supply, "off");
	});
});

/**
 * From each setting to what it does, in the pod's own time: with the default when nothing was given, when it was given at build or start, and
 * after it was changed: at once, or after the restart where it waits for that. A setting without a row here doesn't compile.
 */
import { strict as assert } from "node:assert";
import type { NetworkSetup } from "board/board";
import { SETTINGS } from "settings";
import type { Values } from "settings/schema";
import { filled } from "../../simulator/random.ts";
import { blob } from "../support/blob.ts";
import { ask, CAMERA, CAMERA_SIDE, Datagrams, fetch, LAB, pause, Peer, RawCamera, testPod, until, type TestPod, type TestPodOptions } from "../support/pod-lab.ts";

type Names = keyof typeof SETTINGS;

interface Effect<Value> {
	/** What holds when nothing was given. */
	otherwise: Value;
	/** Others that are tried. */
	values: readonly Value[];
	/** Fails when `value` is not in force. `setup`: what the networks were made with at the last start. */
	shows: (pod: TestPod, value: Value, setup: NetworkSetup) => Promise<void>;
	/** What else it takes to see that. */
	options?: TestPodOptions;
}

/** A second more or less is none of the pod's business; a factor is. */
const SECOND = 1_000;

/** Whether `method` may be asked for, by somebody who sends `token`. */
async function may(pod: TestPod, method: string, path: string, token?: string): Promise<boolean> {
	const { status } = await fetch(pod.http + path, { method, headers: token === undefined ? {} : { Authorization: `Bearer ${token}` } });
	assert.ok(status === 200 || status === 401, `${method} ${path}: ${status}`);
	return status === 200;
}

/** Whether a read request at `address` is answered at all. */
async function answersTFTP(pod: TestPod, address: string, from?: string): Promise<boolean> {
	const socket = new Datagrams(pod, from);
	socket.send("\0\x01nothing\0octet\0", pod.tftpPort, address);
	await pause(SECOND);
	socket.close();
	return socket.received.length > 0;
}

/** Which effect each setting has. Names and types are those of the table; the defaults are written down once more on purpose. */
const EFFECTS: { [Name in Names]: Effect<Values<typeof SETTINGS>[Name]> } = {
	name: {
		otherwise: "",
		values: ["rack-7"],
		shows: async (pod, value, { name }) => {
			assert.equal(name, value || "rackpod", "the host name");
			assert.equal((await ask(pod, "/status")).body.name, value || "rackpod");
		}
	},
	wifi_ssid: { otherwise: "", values: ["G\u00e4ste"], shows: async (_pod, value, { ssid }) => assert.equal(ssid, value) },
	wifi_password: { otherwise: "", values: ["correct horse"], shows: async (_pod, value, { password }) => assert.equal(password, value) },
	token: {
		otherwise: "",
		values: ["correct horse"],
		shows: async (pod, value) => {
			assert.equal(await may(pod, "POST", "/power/off"), value === "");
			assert.equal(await may(pod, "POST", "/power/off", "correct house"), value === "");
			assert.ok(await may(pod, "POST", "/power/off", "correct horse"));
		}
	},
	console_read: {
		otherwise: "open",
		values: ["token"],
		options: { settings: { token: "correct horse" } },
		shows: async (pod, value) => {
			assert.equal(await may(pod, "GET", "/uart/log"), value === "open");
			assert.ok(await may(pod, "GET", "/uart/log", "correct horse"));
			assert.ok(await may(pod, "GET", "/uart"));
		}
	},
	slots: {
		otherwise: 32,
		values: [1, 64],
		shows: async (pod, value) => {
			for (let i = 0; i < value; i++)
				assert.equal((await ask(pod, `/tftp/file-${i}`, { method: "PUT", body: "x" })).status, 200, `file ${i + 1}`);
			assert.equal((await ask(pod, "/tftp/one-more", { method: "PUT", body: "x" })).body.error, "no_slots");
		}
	},
	file_idle: {
		otherwise: 3_600,
		values: [60, 7_200],
		options: { settings: { slots: "1" } },
		shows: async (pod, value) => {
			const another = async (name: string): Promise<boolean> => (await ask(pod, `/tftp/${name}`, { method: "PUT", body: "x" })).status === 200;
			await ask(pod, "/tftp", { method: "DELETE" });
			assert.ok(await another("first"));
			await pause(value * SECOND - SECOND);
			assert.ok(!await another("second"), "it is used");
			await pause(2 * SECOND);
			assert.ok(await another("second"), "it has been idle long enough");
		}
	},
	bridge_idle: {
		otherwise: 600,
		values: [0, 1, 7_200],
		shows: async (pod, value) => {
			const peer = await Peer.connect(pod.bridgePort);
			await pause(value === 0 ? 86_400 * SECOND : value * SECOND - SECOND / 2);
			assert.ok(!peer.closed, "it stays");
			if (value > 0) {
				await pause(2 * SECOND);
				assert.ok(peer.closed, "it is closed");
			}
			peer.close();
			await pause(SECOND);
		}
	},
	power_off: {
		otherwise: 2_000,
		values: [0, 1_234, 60_000],
		shows: async (pod, value) => {
			const camera = new RawCamera(pod.lab);
			await fetch(`${pod.http}/power/on`, { method: "POST" });
			await pause(100 * SECOND);
			await fetch(`${pod.http}/power/cycle`, { method: "POST" });
			const [off, on] = camera.power.slice(-2);
			assert.deepEqual([off!.word, on!.word], ["off", "on"]);
			assert.ok(on!.at - off!.at >= value && on!.at - off!.at <= value + 50, `off for ${on!.at - off!.at} ms`);
			camera.close();
		}
	},
	console_timeout: {
		otherwise: 10,
		values: [0, 1, 120],
		options: { camera: "sim" },
		shows: async (pod, value) => {
			// an SPL of one frame is no SPL: the camera jumps nowhere, and is silent
			const { success, error, elapsed_ms } = (await ask(pod, "/fastboot", { method: "POST", body: blob({ spl: filled(1_000, 3) }) })).body;
			assert.deepEqual([success, error], value === 0 ? [true, undefined] : [false, `no console output within ${value} s`]);
			const upload = 5 * SECOND;
			assert.ok(elapsed_ms >= value * SECOND && elapsed_ms < value * SECOND + upload, `${elapsed_ms} ms`);
		}
	},
	stop_autoboot: {
		otherwise: false,
		values: [true],
		options: { camera: "sim" },
		shows: async (pod, value) => {
			const { success, prompt } = (await ask(pod, "/fastboot", { method: "POST", body: blob({}) })).body;
			assert.deepEqual([success, prompt], [true, value ? true : undefined]);
		}
	},
	tftp_everywhere: {
		otherwise: false,
		values: [true],
		shows: async (pod, value) => {
			assert.equal(await answersTFTP(pod, LAB), value, "in the lab");
			assert.ok(await answersTFTP(pod, CAMERA_SIDE, CAMERA), "on the camera's wire");
		}
	},
	http_everywhere: {
		otherwise: false,
		values: [true],
		shows: async (pod, value) => {
			const there = await fetch(`http://${CAMERA_SIDE}:${pod.httpPort}/status`, { from: CAMERA }).then(({ status }) => status === 200, () => false);
			assert.equal(there, value, "on the camera's wire");
			assert.ok((await fetch(`${pod.http}/status`)).ok, "in the lab");
		}
	}
};

describe("from a setting to its effect", function () {
	let pod: TestPod;
	let setup: NetworkSetup;

	async function start({ settings, ...options }: TestPodOptions = {}): Promise<void> {
		pod = await testPod({
			...options,
			// the simulator's build gives the last two: here nobody does
			settings: { tftp_everywhere: "false", http_everywhere: "false", ...settings },
			adapt: board => {
				const { start } = board;
				Object.assign(board, { start: (given: NetworkSetup, ready: () => void) => {
					setup = given;
					start(given, ready);
				} });
			}
		});
	}

	afterEach(async function () {
		await pod.stop();
	});

	for (const name of Object.keys(EFFECTS) as Names[]) {
		const { otherwise, values, shows, options = {} } = EFFECTS[name] as Effect<unknown>;
		const { restart } = SETTINGS[name] as { restart?: true };
		const token = options.settings?.token;
		const change = async (value: unknown): Promise<void> => {
			const { status, body } = await ask(pod, "/settings", { method: "PATCH", body: JSON.stringify({ [name]: value }), token });
			assert.equal(status, 200, JSON.stringify(body));
			assert.deepEqual(body.waiting_for_restart, restart ? [name] : []);
		};
		const restarted = async (sent?: string): Promise<void> => {
			const { starts } = pod;
			await ask(pod, "/restart", { method: "POST", token: sent });
			await until("it is back", () => pod.starts > starts && pod.lab.endpoints !== undefined);
		};

		it(`when ${name} was never given then it is ${JSON.stringify(otherwise)}`, async function () {
			await start(options);
			await shows(pod, otherwise, setup);
			assert.deepEqual((await ask(pod, "/settings")).body.problems, []);
		});

		for (const value of values) {
			it(`when ${name} is given as ${JSON.stringify(value)} at build or start then that is in force`, async function () {
				await start({ ...options, settings: { ...options.settings, [name]: String(value) } });
				await shows(pod, value, setup);
			});

			it(`when ${name} is changed to ${JSON.stringify(value)} then that is in force ${restart ? "after the restart, and not before" : "at once"}`, async function () {
				await start(options);
				await change(value);
				if (restart) {
					// its name is shown at once, in the hope that somebody looks for it
					if (name !== "name" && name !== "slots")
						await shows(pod, otherwise, setup);
					await restarted(token);
				}
				await shows(pod, value, setup);
			});
		}
	}

	it("when slots wait for the restart then as many files as before fit until then", async function () {
		await start();
		await ask(pod, "/settings", { method: "PATCH", body: "{\"slots\":1}" });
		await EFFECTS.slots.shows(pod, 32, setup);
	});
});

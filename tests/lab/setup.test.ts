/** The set-up console of a whole pod: what is typed at the board's terminal, and what it tells of the pod. */
import { strict as assert } from "node:assert";
import { ask, pause, Peer, testPod, until, type TestPod } from "../support/pod-lab.ts";
import { bytesOf } from "../support/strings.ts";

describe("a pod's set-up console", () => {
	let pod: TestPod;
	let shown: string;
	let receive: (bytes: Uint8Array) => void;

	beforeEach(async () => {
		pod = await testPod({
			adapt: board => void Object.assign(board, {
				terminal(onBytes: (bytes: Uint8Array) => void) {
					receive = onBytes;
					return { write: (text: string) => void (shown += text) };
				}
			})
		});
	});

	afterEach(() => pod.stop());

	/** Types `line`; what the terminal shows of it. */
	const type = (line: string): string => {
		shown = "";
		receive(bytesOf(`${line}\r`));
		return shown;
	};

	it("when a setting is typed then the pod has it, and status shows it beside the networks", async () => {
		type("name rack-7");
		assert.equal((await ask(pod, "/status")).body.name, "rack-7");
		assert.match(type("status"), /\r\nname "rack-7"\r\n[^]*\r\nwifi null\r\n[^]*\r\noverlap false\r\n> $/);
	});

	it("when the pod had a defect then status tells when, and how often if more than once", async () => {
		assert.doesNotMatch(type("status"), /defect/);
		pod.lab.tcp.broken = true;
		const fail = async (): Promise<void> => (await Peer.connect(pod.bridgePort)).untilClosed();
		await fail();
		assert.match(type("status"), /\r\ndefect at \d+ s: bridge\.accept: [^\r]*no memory/);
		await fail();
		assert.match(type("status"), /\r\ndefect at \d+ s \(2 times\): bridge\.accept: /);
	});

	it("when restart is typed then the pod restarts, unless a restart was promised already", async () => {
		await ask(pod, "/restart", { method: "POST" });
		assert.match(type("restart"), /refused: the pod restarts/);
		await until("it is back", () => pod.starts === 1 && pod.lab.endpoints !== undefined);
		type("restart");
		await pause(1_000);
		assert.equal(pod.starts, 2);
	});
});

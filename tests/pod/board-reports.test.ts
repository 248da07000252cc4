/** What a board reports of itself, before there is a pod and after: a release build on the chip has no other place for it. */
import { strict as assert } from "node:assert";
import { spawn, type ChildProcess } from "node:child_process";
import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { build } from "../../simulator/build.ts";

/** The simulator's, with a defect of its own and the chip's terminal. */
const BOARD = `
import board from "simulated-board";
import { print } from "host/process";
import Timer from "timer";
export default {
	...board,
	terminal(receive) {
		this.receive = receive;
		return { write: text => print(JSON.stringify({ text })) };
	},
	start(setup, ready) {
		setup.onDefect("ethernet", new Error("no W5500"));
		ready();
		setup.onDefect("mdns", new Error("somebody else is rack.local"));
	},
	serving(endpoints) {
		board.serving(endpoints);
		Timer.repeat(() => this.receive(new Uint8Array(ArrayBuffer.fromString("status\\r"))), 100);
	}
};
`;

describe("a board that reports", function () {
	this.timeout(300_000); // the pod may have to be built
	let state: string;
	let firmware: ChildProcess | undefined;

	before(() => {
		state = mkdtempSync(join(tmpdir(), "rackpod-"));
	});
	after(() => {
		firmware?.kill();
		rmSync(state, { recursive: true });
	});

	it("when it does so before and behind the start of the pod then both are in GET /status and in the set-up console's status", async () => {
		const { host, map, config } = await build({ quiet: true });
		const modules = join(state, "modules.map");
		copyFileSync(map, modules);
		writeFileSync(join(state, "board.js"), BOARD);
		writeFileSync(join(state, "config.js"), `export default Object.freeze(${JSON.stringify({ ...config, bind: "127.0.0.1", tftp_bind: "127.0.0.1", http_port: 0, bridge_port: 0, rfc2217_port: 0, tftp_port: 0, state })});\n`);
		const original = /^board\t(.*)$/m.exec(readFileSync(map, "utf8"))![1]!;
		appendFileSync(modules, `simulated-board\t${original}\nboard\t${join(state, "board.js")}\nmc/config\t${join(state, "config.js")}\n`);
		firmware = spawn(host, ["--until-eof", modules, "main"], { stdio: ["pipe", "pipe", "ignore"] });
		const lines = createInterface({ input: firmware.stdout! })[Symbol.asyncIterator]();
		const { http } = JSON.parse((await lines.next()).value!) as { http: string };
		const { defects, faults } = await (await fetch(`http://${http}/status`)).json() as { defects: { text: string; times: number }[]; faults: { count: number } };
		assert.deepEqual(defects.map(({ text, times }) => [/^\w+: \w+ \w+/.exec(text)?.[0], times]), [["ethernet: no W5500", 1], ["mdns: somebody else", 1]]);
		assert.equal(faults.count, 2);
		let shown = "";
		for (let writes = 0; writes < 500 && !/defect at \d+ s: mdns/.test(shown); writes++)
			shown += (JSON.parse((await lines.next()).value!) as { text: string }).text;
		assert.match(shown, /defect at \d+ s: ethernet: no W5500 [^]*defect at \d+ s: mdns: somebody else is rack\.local/);
	});
});

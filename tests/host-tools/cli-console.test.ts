/** `rackpod console`: terminals and pipes, and whose line it is. */
import { strict as assert } from "node:assert";
import { join } from "node:path";
import { CommandBench } from "./support/command-bench.ts";

describe("the console command", () => {
	const bench = new CommandBench();
	const { pod, run } = bench;
	const consoleArgs = (...more: string[]): string[] => ["console", ...more];
	/** Waits until the output has `text`. */
	const shown = (text: string): Promise<void> => new Promise(resolve => {
		const look = (): void => {
			if (bench.world.out.includes(text))
				resolve();
		};
		bench.world.onOut = look;
		look();
	});

	it("when a terminal is there then keys go to the camera raw until Ctrl-]", async () => {
		const { camera } = await pod();
		bench.world.stdin.isTTY = true;
		const job = run(...consoleArgs("--log", join(bench.dump.folder, "console.log")));
		await shown("12345");
		await new Promise<void>(resolve => setImmediate(resolve));
		assert.equal(bench.world.raw, true);
		bench.world.keys.emit("data", Buffer.from("\x03"));
		await shown("<INTERRUPT>");
		bench.world.keys.emit("data", Buffer.from("setenv a b\rxyz\x1dlost"));
		assert.equal(await job, 0);
		assert.equal(bench.world.raw, false);
		assert.equal(bench.world.interrupt, undefined);
		assert.match(bench.world.out, /^12345<INTERRUPT>\r\nOpenIPC # /);
		assert.match(bench.world.err, /Ctrl-\] leaves/);
		assert.ok(!camera.commands.includes("xyz"));
	});

	it("when input is piped then it leaves after the answer", async () => {
		const { camera } = await pod();
		const job = run(...consoleArgs("--no-backlog"));
		const connected = new Promise<void>(resolve => bench.world.stdin.resume = () => void resolve());
		await connected;
		bench.world.keys.emit("data", Buffer.from("\x03setenv a b\r"));
		bench.world.keys.emit("end");
		assert.equal(await job, 0);
		assert.deepEqual(camera.commands, ["setenv a b"]);
		assert.match(bench.world.out, /^<INTERRUPT>/);
	});

	it("when the pod can't say who has the line then that is said, and it goes on", async () => {
		await pod({ answers: [{ request: "GET /uart", status: 500, body: { error: "internal", message: "a defect" } }] });
		const connected = new Promise<void>(resolve => bench.world.stdin.resume = () => void resolve());
		const job = run(...consoleArgs("--no-backlog"));
		await connected;
		bench.world.keys.emit("end");
		assert.equal(await job, 0);
		assert.match(bench.world.err, /nobody knows who has the console.*a defect/);
	});

	it("when another client takes the line then it ends with 3", async () => {
		await pod();
		const connected = new Promise<void>(resolve => bench.world.stdin.resume = () => void resolve());
		const job = run(...consoleArgs());
		await connected;
		bench.fake!.dropClient();
		assert.equal(await job, 3);
		assert.match(bench.world.err, /another client may have taken it over/);
	});

	it("when somebody has the line then the line is left to its holder, unless it is to be taken", async () => {
		const { requests } = await pod();
		bench.fake!.holder = "10.0.0.9:1234";
		assert.equal(await run(...consoleArgs("--seconds", "1")), 4);
		assert.match(bench.world.err, /10\.0\.0\.9:1234 has had the console for 42 s\n.*--take takes it/);
		assert.match(bench.world.err, new RegExp(`\`curl -i 'http://${bench.fake!.host}/uart/log\\?since=\\d+'\` reads along without taking it`));
		assert.match(bench.world.err, new RegExp(`\`rackpod log -f --pod http://${bench.fake!.host} --since \\d+\` goes on`));
		assert.ok(requests.length > 1);
		assert.equal(await run(...consoleArgs("--seconds", "1", "--take")), 0);
	});

	it("when who had the line has just left then it is free", async () => {
		await pod();
		bench.fake!.holder = "10.0.0.9:1234";
		bench.fake!.onRequest = () => bench.fake!.holder = bench.fake!.requests.length > 1 ? null : "10.0.0.9:1234";
		assert.equal(await run(...consoleArgs("--seconds", "1")), 0);
	});

	it("when the time is over then it leaves", async () => {
		await pod();
		assert.equal(await run(...consoleArgs("--seconds", "1")), 0);
	});

	it("when the log can't be written then it is a usage error", async () => {
		await pod();
		assert.equal(await run(...consoleArgs("--log", "/nowhere/log")), 2);
	});
});

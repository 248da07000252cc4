/** How the command ends, for each way in which it can fail; and its numbers at their limits. */
import { strict as assert } from "node:assert";
import { commandLine } from "../../host-tools/cli/main.ts";
import { harmlessContext } from "../../host-tools/cli/output/harmless-output.ts";
import { CommandBench } from "./support/command-bench.ts";
import type { FakePodOptions } from "./support/fake-pod.ts";

describe("how the command ends", () => {
	const bench = new CommandBench();
	const { pod, run } = bench;
	const restoreArgs = (): string[] => [...bench.restoreArgs(), "--expect-timeout", "2"];

	for (const [what, code, options, args] of [
		["all goes well", 0, {}, ["ls"]],
		["a file isn't there", 2, {}, ["stage", "/nowhere"]],
		["the connection breaks", 3, { answers: [{ request: "GET /tftp", status: 0, body: "" }] }, ["ls"]],
		["the answer is no pod's", 4, { answers: [{ request: "GET /tftp", status: 200, body: "<html>" }] }, ["ls"]],
		["the pod refuses", 4, { answers: [{ request: "GET /tftp", status: 409, body: { error: "busy" } }] }, ["ls"]],
		["the pod wants a token", 4, { answers: [{ request: "GET /tftp", status: 401, body: { error: "unauthorized" } }] }, ["ls"]],
		["there is no such file on it", 4, {}, ["rm", "nothing"]],
		["the pod has a defect", 4, { answers: [{ request: "GET /tftp", status: 500, body: { error: "internal" } }] }, ["ls"]]
	] as const) {
		it(`when ${what} then the exit code is ${code}`, async () => {
			await pod(options as FakePodOptions);
			assert.equal(await run(...args), code, bench.world.err);
		});
	}

	for (const [what, code, options, message] of [
		["the camera lacks a command", 5, { camera: { noFlashCommand: true } }, /lacks the command/],
		["the camera does not start", 5, { camera: { staysSilent: true } }, /did not say "login:" within 2 s/],
		["no load succeeds", 5, { camera: { loadsFail: Infinity } }, /in 4 tries/],
		["RAM is wrong", 6, { camera: { loadsCorrupt: Infinity } }, /RAM has CRC-32/],
		["the flash is wrong", 6, { camera: { writesCorrupt: Infinity } }, /reads back CRC-32/]
	] as const) {
		it(`when ${what} in a restore then the exit code is ${code}`, async () => {
			await pod(options as FakePodOptions);
			assert.equal(await run(...restoreArgs()), code, bench.world.err);
			assert.match(bench.world.err, message);
		});
	}

	it("when it is interrupted then the exit code is 130", async () => {
		await pod();
		bench.fake!.onRequest = request => {
			if (request === "GET /tftp")
				bench.world.interrupt?.("SIGINT");
		};
		assert.equal(await run(...restoreArgs()), 130, bench.world.err);
	});

	it("when a defect of this program ends it then the exit code is 1, with the place of it", async () => {
		const broken: Record<string, string> = new Proxy({}, { get: () => {
			throw new TypeError("x is undefined");
		} });
		Object.assign(bench.world, { env: broken });
		assert.equal(await run("ls"), 1);
		assert.match(bench.world.err, /TypeError: x is undefined\n +at /);
	});

	it("when one try is given then it is one try", async () => {
		await pod({ camera: { loadsFail: Infinity } });
		assert.equal(await run(...restoreArgs(), "--tries", "1"), 5);
		assert.match(bench.world.err, /in 1 try\b/);
	});

	for (const [command, option, least, most] of [
		[["ls"], "--console-port", 1, 65_535], [["console"], "--seconds", 1, 604_800], [["restore", "x", "--uboot", "y"], "--tries", 1, 100], [["restore", "x", "--uboot", "y"], "--expect-timeout", 1, 3600]
	] as const) {
		it(`when ${option} is at its limits then it is taken, and beyond them it is not`, async () => {
			/** What the option becomes. */
			const parsed = async (text: string): Promise<unknown> => {
				const program = commandLine(harmlessContext(bench.world));
				const target = program.commands.find(candidate => candidate.name() === command[0])!;
				let value: unknown;
				target.action(() => void (value = target.getOptionValue(option.slice(2).replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()))));
				await program.parseAsync([...command, option, text], { from: "user" });
				return value;
			};
			for (const value of [least, least + 1, most])
				assert.equal(await parsed(String(value)), value);
			for (const text of [String(least - 1), String(most + 1), "", "x", "1.5", "-1", "1e2", "0x10"])
				await assert.rejects(parsed(text), /whole number from/, text);
		});
	}

	it("when nothing is said then a restore has 4 tries, waits 120 s and restarts the camera, and a console shows what was said before", () => {
		const program = commandLine(harmlessContext(bench.world));
		const defaults = (name: string, ...options: string[]): unknown[] => options.map(option => program.commands.find(command => command.name() === name)!.getOptionValue(option));
		assert.deepEqual(defaults("restore", "tries", "expectTimeout", "reset", "force", "rewrite", "dryRun", "keepStaged"), [4, 120, true, undefined, undefined, undefined, undefined]);
		assert.deepEqual(defaults("console", "backlog", "take", "seconds"), [true, undefined, undefined]);
	});
});

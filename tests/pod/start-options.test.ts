/** `npm start` with options it can't take: plain words, exit code 1, nothing left. */
import { strict as assert } from "node:assert";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endAll, run, type Result } from "../support/command.ts";

describe("npm start with wrong options", function () {
	this.timeout(180_000);
	let folder: string;

	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), "rackpod-start-"));
	});

	afterEach(() => {
		endAll();
		rmSync(folder, { recursive: true, force: true });
	});

	/** Free ports unless told otherwise; temporary folders go where they can be counted. */
	function start(...args: string[]): Promise<Result> {
		const ports = ["--http-port", "--bridge-port", "--tftp-port"].filter(option => !args.includes(option)).flatMap(option => [option, "0"]);
		return run(process.execPath, ["--import", "tsx", "simulator/start.ts", ...ports, ...args], { env: { ...process.env, TMPDIR: folder } });
	}

	const temporary = (): string[] => readdirSync(folder).filter(name => name.startsWith("rackpod-"));

	for (const [args, message] of [
		[["--nonsense"], /unknown option '--nonsense'/],
		[["--camera", "nobody"], /--camera.*'nobody' is invalid.*sim/],
		[["--http-port", "70000"], /--http-port.*0 to 65535/],
		[["--http-port", "x"], /--http-port.*0 to 65535/],
		[["--psram", "much"], /--psram.*whole number/],
		[["--psram", "1000"], /psram must be a whole number from 1048576/],
		[["--time-scale", "0"], /--time-scale.*0.01 to 100/],
		[["--set", "nonsense"], /--set.*key=value/],
		[["--set", "uartLog=1"], /uartLog must be a whole number from 16384/],
		[["--uart", "/dev/there-is-none"], /there-is-none/],
		[["--", "--nonsense"], /unknown option '--nonsense'/]
	] as [string[], RegExp][]) {
		it(`(${args.join(" ")}) then it says what is wrong and where help is, exits with 1 and leaves nothing`, async () => {
			const result: Result = await start(...args);
			assert.equal(result.code, 1, result.stderr);
			assert.equal(result.stdout, "");
			assert.match(result.stderr, message);
			assert.match(result.stderr, /--help/);
			assert.deepEqual(temporary(), []);
		});
	}
});

/** `npm start` with options it can't take: plain words, exit code 1, nothing left. And the settings it takes. */
import { strict as assert } from "node:assert";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Running, endAll, run, type Result } from "../support/command.ts";

describe("npm start, options", function () {
	this.timeout(180_000);
	let folder: string;

	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), "rackpod-start-"));
	});

	afterEach(() => {
		endAll();
		rmSync(folder, { recursive: true, force: true });
	});

	/** Free ports unless told otherwise. */
	function command(args: string[] = []): string[] {
		const ports = ["--http-port", "--bridge-port", "--tftp-port"].filter(option => !args.includes(option)).flatMap(option => [option, "0"]);
		return ["--import", "tsx", "simulator/start.ts", ...ports, ...args];
	}

	/** Temporary folders go where they can be counted. */
	const start = (...args: string[]): Promise<Result> => run(process.execPath, command(args), { env: { ...process.env, TMPDIR: folder } });

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
		[["--set", "file_idel=60"], /--set.*there is no setting "file_idel"; there are .*\bfile_idle, .*\buart_log, /],
		[["--set", "constructor=1"], /--set.*there is no setting "constructor"/],
		[["--set", "uartLog=1"], /--set.*uartLog must be a whole number from 16384/],
		[["--set", "file_idle=1"], /--set.*file_idle must be a whole number from 60/],
		[["--set", "tftp_everywhere=yes"], /--set.*tftp_everywhere must be a boolean/],
		[["--set", "token=short"], /--set.*token must have 8 to 64 bytes/],
		[["--uart", "/dev/there-is-none"], /there-is-none/],
		[["--device", "--flavour", "hunt"], /hunt flavour can't run as on the chip/],
		[["--", "--nonsense"], /unknown option '--nonsense'/]
	] as [string[], RegExp][]) {
		it(`when they are wrong (${args.join(" ")}) then it says what is wrong and where help is, exits with 1 and leaves nothing`, async () => {
			const result: Result = await start(...args);
			assert.equal(result.code, 1, result.stderr);
			assert.equal(result.stdout, "");
			assert.match(result.stderr, message);
			assert.match(result.stderr, /--help/);
			assert.doesNotMatch(result.stderr, /unhandled exception|^\s+at /m);
			assert.deepEqual(temporary(), []);
		});
	}

	it("when --set has settings in the spelling of GET /settings or in that of src/config.ts then both are in force", async () => {
		const program = new Running(process.execPath, [...command(), "--camera", "none", "--set", "file_idle=7200", "--set", "bridgeIdle=77", "--set", "stop_autoboot=true", "--set", "token=correct horse"]);
		const { http } = JSON.parse(await program.line(() => true)) as { http: string };
		const { settings } = await (await fetch(`${http}/settings`)).json() as { settings: Record<string, unknown> };
		assert.deepEqual([settings.file_idle, settings.bridge_idle, settings.stop_autoboot, settings.token], [7200, 77, true, true]);
		program.child.kill("SIGTERM");
		assert.equal((await program.ended).code, 0);
	});
});

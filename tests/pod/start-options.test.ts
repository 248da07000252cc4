/** `npm start` with options it can't take: plain words, exit code 1, nothing left. And the settings it takes. */
import { strict as assert } from "node:assert";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stateFolder } from "../../simulator/folder.ts";
import { startCommand } from "../../simulator/start-options.ts";
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

	/** Root may write everywhere. */
	function asUser<T>(work: () => T): T {
		if (process.getuid!() !== 0)
			return work();
		process.seteuid!(65534);
		try {
			return work();
		}
		finally {
			process.seteuid!(0);
		}
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
		[["--set", "file_idel=60"], /--set.*there is no setting "file_idel"; there are .*\bfile_idle, .*\buart_log, /],
		[["--set", "constructor=1"], /--set.*there is no setting "constructor"/],
		[["--set", "uart_log=1"], /--set.*uart_log must be a whole number from 16384/],
		[["--set", "file_idle=1"], /--set.*file_idle must be a whole number from 60/],
		[["--set", "tftp_everywhere=yes"], /--set.*tftp_everywhere must be a boolean/],
		[["--set", "token=short"], /--set.*token must have 8 to 64 bytes/],
		[["--uart", "/dev/there-is-none"], /there-is-none/],
		[["--uart", "/dev/null"], /--uart.*There is no such serial port/],
		[["--bind", "localhost"], /--bind.*It must be an IPv4 address/],
		[["--bind", "300.1.1.1"], /--bind.*It must be an IPv4 address/],
		[["--bind", "192.0.2.1"], /this machine has no address 192\.0\.2\.1: .*--bind/],
		[["--http-port", "0", "--bridge-port", "0", "--tftp-port", "0", "--set", "tftp_bind=192.0.2.1"], /the firmware can't start: bind to 192\.0\.2\.1:0: Cannot assign/],
		[["--state", "/etc/passwd"], /\/etc\/passwd is a file/],
		[["--state", "/etc/passwd/x"], /\/etc\/passwd is a file/],
		[["--state", "/proc/there"], /\/proc\/there can't be used: it can't be made there/],
		[["--device", "--flavour", "stress"], /stress flavour can't run as on the chip/],
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

	it("when --state is a folder with somebody's files then they are not overwritten", async () => {
		const state = join(folder, "work");
		mkdirSync(state);
		writeFileSync(join(state, "config.js"), "mine");
		const { code, stderr } = await start("--state", state);
		assert.equal(code, 1);
		assert.match(stderr, /is no pod's state folder, and its config\.js would be overwritten/);
		assert.deepEqual(readdirSync(state), ["config.js"]);
	});

	it("when --state may not be written then it says so, and whose it may be", async () => {
		const state = join(folder, "theirs");
		mkdirSync(state, { mode: 0o555 });
		chmodSync(folder, 0o755);
		assert.throws(() => asUser(() => stateFolder(state)), /theirs can't be used: no permission; is it somebody else's\?/);
		assert.throws(() => asUser(() => stateFolder(join(state, "new"))), /no permission/);
	});

	for (const [name, env, message] of [
		["http_port=1", { npm_config_http_port: "1" }, /npm took --http-port for itself.* npm start -- --http-port 1\n/],
		["http_port=true, as new ones put it,", { npm_config_http_port: "true", npm_config_tap: "true" }, /npm took --http-port, --tap for itself.* npm start -- --http-port VALUE --tap\n/]
	] as const) {
		it(`when npm has taken an option (${name}) then it says what to type`, async () => {
			const { code, stderr } = await run(process.execPath, command(), { env: { ...process.env, ...env, TMPDIR: folder } });
			assert.equal(code, 1);
			assert.match(stderr, message);
			assert.deepEqual(temporary(), []);
		});
	}

	/** The ready line of a pod that is started with just these, and what it says of itself. */
	async function ready(...args: string[]): Promise<{ line: Record<string, string>; files: { max_size_bytes: number }; settings: Record<string, unknown> }> {
		const program = new Running(process.execPath, ["--import", "tsx", "simulator/start.ts", "--camera", "none", ...args], { env: { ...process.env, TMPDIR: folder } });
		const line = JSON.parse(await program.line(() => true)) as Record<string, string>;
		const get = async (path: string): Promise<any> => (await fetch(line.http + path)).json();
		const found = { line, files: await get("/tftp"), settings: (await get("/settings")).settings };
		program.child.kill("SIGTERM");
		assert.equal((await program.ended).code, 0);
		return found;
	}

	// addresses of their own, so that no other pod on this machine is in the way
	it("when no port is given then the servers are where people look for them, and all else is as documented", async () => {
		const { line: { http, bridge, rfc2217, tftp }, files, settings } = await ready("--bind", "127.11.0.1");
		assert.deepEqual([http, bridge, rfc2217, tftp], ["http://127.11.0.1:8080", "127.11.0.1:9000", "127.11.0.1:9001", "127.11.0.1:6969"]);
		assert.equal(files.max_size_bytes, 8_388_608 - 262_144);
		assert.deepEqual(settings, {
			name: "", wifi_ssid: "", wifi_password: false, token: false, console_read: "open", slots: 32, file_idle: 3_600, bridge_idle: 600, power_off: 2_000,
			console_timeout: 10, stop_autoboot: false, tftp_everywhere: true, http_everywhere: true
		});
	});

	it("when only one port is given then the others stay, but for RFC 2217's, which goes out of the way of the first pod's", async () => {
		const { line: { http, bridge, rfc2217, tftp } } = await ready("--bind", "127.11.0.2", "--bridge-port", "9100");
		assert.deepEqual([http, bridge, tftp], ["http://127.11.0.2:8080", "127.11.0.2:9100", "127.11.0.2:6969"]);
		assert.match(rfc2217!, /^127\.11\.0\.2:\d+$/);
		assert.notEqual(rfc2217, "127.11.0.2:9001");
		const { line } = await ready("--bind", "127.11.0.2", "--http-port", "8100", "--rfc2217-port", "9101", "--tftp-port", "6970");
		assert.deepEqual([line.http, line.bridge, line.rfc2217, line.tftp], ["http://127.11.0.2:8100", "127.11.0.2:9000", "127.11.0.2:9101", "127.11.0.2:6970"]);
	});

	it("when --bind is not given then only this computer reaches the pod", async () => {
		const { line } = await ready("--http-port", "0", "--bridge-port", "0", "--tftp-port", "0");
		for (const name of ["http", "bridge", "rfc2217", "tftp"])
			assert.match(line[name]!, /\b127\.0\.0\.1:\d+$/);
	});

	for (const [option, taken, beyond] of [
		["--http-port", ["0", "65535"], ["-1", "65536"]],
		["--bridge-port", ["0", "65535"], ["-1", "65536"]],
		["--rfc2217-port", ["0", "65535"], ["-1", "65536"]],
		["--tftp-port", ["0", "65535"], ["-1", "65536"]],
		["--time-scale", ["0.01", "100"], ["0.009", "100.1"]],
		["--psram", ["1048576", "1073741824"], ["1048575", "1073741825"]],
		["--set", ["slots=1", "slots=64"], ["slots=0", "slots=65"]]
	] as const) {
		it(`when ${option} is at its limit then it is taken, and beyond it is not`, () => {
			const parse = (value: string): unknown => startCommand().exitOverride().configureOutput({ writeErr() {} }).parse([`${option}=${value}`], { from: "user" });
			taken.forEach(parse);
			for (const value of beyond)
				assert.throws(() => parse(value), new RegExp(option));
		});
	}

	it("when --set has settings as GET /settings spells them then they are in force", async () => {
		const program = new Running(process.execPath, [...command(), "--camera", "none", "--set", "file_idle=7200", "--set", "bridge_idle=77", "--set", "stop_autoboot=true", "--set", "token=correct horse"]);
		const { http } = JSON.parse(await program.line(() => true)) as { http: string };
		const { settings } = await (await fetch(`${http}/settings`)).json() as { settings: Record<string, unknown> };
		assert.deepEqual([settings.file_idle, settings.bridge_idle, settings.stop_autoboot, settings.token], [7200, 77, true, true]);
		program.child.kill("SIGTERM");
		assert.equal((await program.ended).code, 0);
	});
});

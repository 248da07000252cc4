/**
 * Starts one pod on Linux, and whoever plays its camera: the firmware on XS as a process of its own, configured by a module
 * "mc/config" written for it. `npm start`, the demo and the end-to-end tests all come through here.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { build, type BuildFlavour } from "./build.ts";
import { stateFolder, unusable } from "./folder.ts";
import { lockIfFree, type Lock } from "./lock.ts";
import { checkPorts } from "./ports.ts";
import { checkKey } from "./settings.ts";
import { openNamespace, TAP, type Namespace } from "./qemu/namespace.ts";

export interface StartOptions {
	bind: string;
	/** 0 means any free port, for all of them. */
	httpPort: number;
	bridgePort: number;
	/** 9001 when absent; any free one when the bridge isn't on port 9000 either, so that two pods don't meet. */
	rfc2217Port?: number;
	tftpPort: number;
	/** Bytes of big memory. */
	psram: number;
	/** Who plays the camera: ours, a real U-Boot in QEMU, or nobody (somebody else attaches to `state`). */
	camera: "sim" | "qemu" | "none";
	/** With our camera: a flash that isn't in `state` yet is blank, as a new one; otherwise it holds a U-Boot and a Linux that boot. */
	blank: boolean;
	/**
	 * Pod and QEMU live in a network namespace of their own, where the pod is 192.168.1.1 on a tap device and serves TFTP on port 69;
	 * HTTP and the bridge are reached at an address of that namespace. Needs root. `bind` and `tftpPort` don't count then.
	 */
	tap?: boolean;
	/** Folder for the sockets, the PTY's link and the NOR; a temporary one, removed at the end, when absent. */
	state?: string;
	/** A real serial port in place of the PTY. */
	uart?: string;
	/** Below 1, the pod and its camera live that much faster. */
	timeScale: number;
	/** Further settings, of src/settings.ts or src/config.ts. */
	settings: Record<string, string>;
	/** Further arguments for the camera: simulator/camera/main.ts or simulator/qemu/main.ts. */
	cameraArguments: string[];
	flavour: BuildFlavour;
	/** Run it as on the chip: modules preloaded, a fixed heap of the size in src/board/esp32s3/manifest.json. */
	device: boolean;
	/** Slots of that heap in place of the chip's. */
	slots?: number;
	/** Aborting is `stop`, and ends a start that is under way. */
	signal?: AbortSignal;
	/** Receives what pod and camera write to stderr; the starter's own stderr when absent. */
	log?: (line: string) => void;
}

export const DEFAULTS: StartOptions = {
	bind: "127.0.0.1",
	httpPort: 8080,
	bridgePort: 9000,
	tftpPort: 6969,
	psram: 8388608,
	camera: "sim",
	blank: true,
	timeScale: 1,
	settings: {},
	cameraArguments: [],
	flavour: "release",
	device: false
};

export interface RunningPod {
	/** "http://127.0.0.1:8080" */
	http: string;
	/** "127.0.0.1:9000" */
	bridge: string;
	/** "127.0.0.1:9001" */
	rfc2217: string;
	/** "127.0.0.1:6969" */
	tftp: string;
	state: string;
	/** The firmware's process; another one after a restart. */
	readonly pid: number;
	/** The camera's events, one JSON object a line on its stdout. */
	camera: ChildProcess | undefined;
	/** Settles when the firmware or the camera has ended, with the reason; `stop` makes it settle. */
	ended: Promise<string>;
	/** Ends everything that was started and removes a temporary state folder. Harmless twice. */
	stop(): Promise<void>;
}

/** Exit codes of the firmware (simulator/chip.ts, simulator/board.ts). */
const RESTART = 99;
const ENDS: Record<number | string, string> = { 98: "a power cut", 97: "the loss of its serial port" };

const ROOT = resolve(import.meta.dirname, "..");

export async function startPod(given: Partial<StartOptions>): Promise<RunningPod> {
	const options = { ...DEFAULTS, ...given };
	if (options.device && options.flavour === "stress")
		throw new Error("the stress flavour can't run as on the chip: its engine has no blocks of chunks to share");
	Object.keys(options.settings).forEach(checkKey);
	const log = options.log ?? ((line: string) => process.stderr.write(line + "\n"));
	// Before minutes of building.
	if (!options.tap)
		await checkPorts(options.bind, { "--http-port": options.httpPort, "--bridge-port": options.bridgePort, "--rfc2217-port": options.rfc2217Port }, { "--tftp-port": options.tftpPort });
	const kept = options.state === undefined ? undefined : stateFolder(resolve(options.state));
	const built = await build({ flavour: options.flavour, manifest: join(ROOT, "simulator/manifest.json"), quiet: Boolean(given.log) });
	options.signal?.throwIfAborted();
	const state = kept ?? mkdtempSync(join(tmpdir(), "rackpod-"));

	let lock: Lock | undefined;
	let namespace: Namespace | undefined;
	const processes: ChildProcess[] = [];
	let stopping: Promise<void> | undefined;
	const start = (...line: [string, ...string[]]): ChildProcess => {
		if (stopping)
			throw new Error("stopped before it was ready");
		const [command, ...args] = [...namespace?.command ?? [], ...line] as [string, ...string[]];
		// stdin is a pipe that nobody writes: it closes when this process dies in whatever way, and then they end too. Until they
		// have, the folder is locked
		const child = spawn(command, args, { cwd: ROOT, stdio: ["pipe", "pipe", "pipe", lock!.fd] });
		processes.push(child);
		return child;
	};
	const stop = (): Promise<void> => stopping ??= (async () => {
		await Promise.all(processes.map(terminate));
		await namespace?.close();
		if (options.state === undefined)
			rmSync(state, { recursive: true, force: true });
		lock?.release();
	})();
	options.signal?.addEventListener("abort", () => void stop(), { once: true });

	try {
		const locked = await lockIfFree(join(state, "lock")).catch((error: unknown) => {
			throw unusable(state, error);
		});
		if (typeof locked === "number")
			throw new Error(`${state} is in use by ${locked ? `process ${locked}` : "another process"}`);
		lock = locked;
		options.signal?.throwIfAborted();
		if (options.tap)
			namespace = await openNamespace();
		const config: Record<string, unknown> = {
			...built.config,
			bind: namespace ? "0.0.0.0" : options.bind, // as a real pod: the camera's Linux may use HTTP, too
			tftp_bind: namespace?.inside ?? options.bind,
			http_port: options.httpPort,
			bridge_port: options.bridgePort,
			rfc2217_port: options.rfc2217Port ?? (options.bridgePort === DEFAULTS.bridgePort ? 9001 : 0),
			tftp_port: namespace ? 69 : options.tftpPort,
			psram: options.psram,
			...options.settings,
			state,
			uart: options.uart && resolve(options.uart)
		};
		const configure = (): void => writeFileSync(join(state, "config.js"), `export default Object.freeze(${JSON.stringify(config)});\n`);
		configure();
		// the pod was without power
		rmSync(join(state, "latch"), { force: true });
		copyFileSync(built.map, join(state, "modules.map"));
		appendFileSync(join(state, "modules.map"), `mc/config\t${join(state, "config.js")}\n`);

		const size = options.slots === undefined ? {} : { slots: options.slots };
		const device = options.device ? ["--device", writeDevice(join(state, "device"), [...built.preload, "mc/config"], size)] : [];
		const startFirmware = (): ChildProcess => start(built.host, "--until-eof", "--time-scale", String(options.timeScale), ...device, join(state, "modules.map"), "main");
		let firmware = startFirmware();
		const endpoints = await firstLine(firmware, "the firmware", log);
		const { http, bridge, rfc2217, tftp } = JSON.parse(endpoints) as { http: string; bridge: string; rfc2217: string; tftp: string };

		let camera: ChildProcess | undefined;
		if (options.camera !== "none") {
			const program = options.camera === "sim" ? [built.camera] : ["--import", "tsx", join(ROOT, "simulator/qemu/main.ts")];
			camera = start(
				process.execPath, ...program,
				"--board", state, "--tftp", tftp, "--time-scale", String(options.timeScale), "--until-eof",
				...options.tap ? ["--tap", TAP] : [], ...options.camera === "sim" && !options.blank ? ["--system"] : [], ...options.cameraArguments
			);
			await firstLine(camera, "the camera", log);
		}
		// a firmware that restarts is started again, on the ports it had
		const firmwareEnded = async (): Promise<string> => {
			const port = (endpoint: string): number => Number(endpoint.split(":").pop());
			Object.assign(config, { http_port: port(http), bridge_port: port(bridge), rfc2217_port: port(rfc2217), tftp_port: port(tftp) });
			let end = await exitOf(firmware);
			for (let starts = 1; end === RESTART && !stopping; starts++) {
				config["chip.start"] = starts;
				configure();
				firmware = startFirmware();
				createInterface({ input: firmware.stderr! }).on("line", log);
				end = await exitOf(firmware);
			}
			return `the firmware ended with ${ENDS[end] ?? end}`;
		};
		const ended = Promise.race([firmwareEnded(), ...(camera ? [exitOf(camera).then(end => `the camera ended with ${end}`)] : [])]);
		const seen = (endpoint: string): string => namespace ? endpoint.replace(/^.*:/, `${namespace.outside}:`) : endpoint;
		return { http: `http://${seen(http)}`, bridge: seen(bridge), rfc2217: seen(rfc2217), tftp, state, get pid() { return firmware.pid!; }, camera, ended, stop };
	}
	catch (error) {
		await stop();
		lock?.release(); // when it came after the stop
		throw error;
	}
}

/** What the chip's machine has: bytes of chunks, slots of heap and stack, property names made at run time, and how many more at a time. */
export interface DeviceSize {
	chunks: number;
	slots: number;
	stack: number;
	keys: number;
	moreKeys: number;
}

/** As the manifests have it. */
export function deviceSize(): DeviceSize {
	const manifest = (path: string): any => JSON.parse(readFileSync(join(ROOT, path), "utf8"));
	const { chunk, heap, stack } = manifest("src/board/esp32s3/manifest.json").creation as { chunk: { initial: number }; heap: { initial: number }; stack: number };
	const { keys } = manifest("manifest.json").platforms.esp32.creation as { keys: { initial: number; incremental: number } };
	return { chunks: chunk.initial, slots: heap.initial, stack, keys: keys.initial, moreKeys: keys.incremental };
}

/** Writes what xs-host --device reads, with `size` in place of the chip's; returns the path. */
export function writeDevice(path: string, preload: string[], size: Partial<DeviceSize> = {}): string {
	const { chunks, slots, stack, keys, moreKeys } = { ...deviceSize(), ...size };
	writeFileSync(path, `${chunks} ${slots} ${stack} ${keys} ${moreKeys}\n${preload.map(specifier => `${specifier}\n`).join("")}`);
	return path;
}

async function exitOf(child: ChildProcess): Promise<number | string> {
	if (child.exitCode === null && child.signalCode === null)
		await once(child, "exit");
	return child.exitCode ?? child.signalCode!;
}

/** The first line a process prints says that it is ready. What it writes to stderr goes to `log`, from then on at once. */
async function firstLine(child: ChildProcess, name: string, log: (line: string) => void): Promise<string> {
	const lines = createInterface({ input: child.stdout! });
	const held: string[] = [];
	let take = (line: string): void => void held.push(line);
	createInterface({ input: child.stderr! }).on("line", line => take(line));
	const ready = once(lines, "line");
	// "exit" can come before the last of what it wrote.
	const closed = once(child, "close").then(([code, signal]) => {
		const refusal = refusalIn(held);
		if (refusal !== undefined)
			throw new Error(`${name} can't start: ${refusal}`);
		held.forEach(log);
		throw new Error(`${name} ended with ${signal ?? code} before it was ready`);
	});
	ready.catch(() => {});
	closed.catch(() => {});
	const [line] = await Promise.race([ready, closed]) as [string];
	held.forEach(log);
	take = log;
	return line;
}

/**
 * What the system refused the firmware, if that was its end: such errors are plain ones. The trace of a defect is one of another class, and
 * stays.
 */
function refusalIn(lines: readonly string[]): string | undefined {
	const at = lines.indexOf("xs-host: unhandled exception");
	return at < 0 ? undefined : /^Error: (.+)/.exec(lines[at + 1] ?? "")?.[1];
}

async function terminate(child: ChildProcess): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null)
		return;
	const exit = once(child, "exit");
	child.kill("SIGTERM");
	const timer = setTimeout(() => child.kill("SIGKILL"), 5000);
	await exit;
	clearTimeout(timer);
}

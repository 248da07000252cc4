/**
 * How fast the TFTP server is on XS, beside the servers of the distribution:
 *
 *     npx tsx tests/bench/tftp.ts [--only NAME] [--repeats 9] [--megabytes 8] [--hpa /usr/sbin/in.tftpd]
 *
 * Client and server are pinned to one core, because a block's way there and back is then the sum of both programs' work; unpinned,
 * lock-step measures the scheduler. Prints megabytes (10^6) per second, medians. Servers that are not installed, or need
 * to be root, are left out with a line that says so.
 */
import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { accessSync, chmodSync, constants, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createSocket } from "node:dgram";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { ROOT, build, compile, locked } from "../../simulator/build.ts";

const { values } = parseArgs({ options: { only: { type: "string" }, repeats: { type: "string", default: "9" }, megabytes: { type: "string", default: "8" }, hpa: { type: "string", default: "/usr/sbin/in.tftpd" } } });
const SIZE = Number(values.megabytes) * 1024 * 1024;
const CASES = [[1468, 1], [512, 1], [1468, 16], [512, 16]] as const;
/** The core that both programs share. */
const CORE = "1";

interface Server {
	name: string;
	/** An absolute path must exist. */
	command: string[];
	/** Undefined: it prints its port. */
	port: number | undefined;
	windows: boolean;
	/** Needs a privileged port or to change its root. */
	root: boolean;
}

async function rackpod(): Promise<string[]> {
	const modules = ["base", "bytes", "store", "tftp"].map(name => join(ROOT, "modules", name, "manifest.json"));
	const { host, map } = await build({ name: "bench", manifest: modules, quiet: true });
	const output = join(ROOT, "build/bench");
	await locked(() => compile(join(ROOT, "tests/bench/tsconfig.json"), output, ["tests/bench"], () => {}));
	const whole = join(output, "tftp.map");
	const own = [["clock", "build/firmware/src/clock.js"], ["staging", "build/firmware/src/staging.js"], ["bench", "build/bench/tests/bench/tftp-server.js"]];
	writeFileSync(whole, readFileSync(map, "utf8") + own.map(([name, path]) => `${name}\t${join(ROOT, path!)}\n`).join(""));
	return [host, whole, "bench", String(SIZE)];
}

async function freePort(): Promise<number> {
	const socket = createSocket("udp4");
	await new Promise<void>(done => socket.bind(0, "127.0.0.1", done));
	const { port } = socket.address();
	await new Promise<void>(done => socket.close(done));
	return port;
}

async function servers(folder: string): Promise<Server[]> {
	const [atftpd, hpa] = [await freePort(), await freePort()];
	return [
		{ name: "rackpod", command: await rackpod(), port: undefined, windows: true, root: false },
		{ name: "atftpd", command: ["/usr/sbin/atftpd", "--daemon", "--no-fork", "--logfile", "/dev/null", "--bind-address", "127.0.0.1", "--port", String(atftpd), folder], port: atftpd, windows: true, root: true },
		{ name: "tftpd-hpa", command: [values.hpa, "-L", "--address", `127.0.0.1:${hpa}`, "--secure", "--user", "nobody", folder], port: hpa, windows: false, root: true },
		{ name: "dnsmasq", command: ["/usr/sbin/dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--port=0", "--listen-address=127.0.0.1", "--bind-interfaces", "--enable-tftp", `--tftp-root=${folder}`, "--pid-file=", "--log-facility=/dev/null"], port: 69, windows: false, root: true }
	];
}

interface Running {
	server: Server;
	child: ChildProcess;
	port: number;
}

function missing(server: Server): string | undefined {
	if (server.root && process.getuid!() !== 0)
		return "needs root";
	try {
		accessSync(server.command[0]!, constants.X_OK);
		// atftpd brings an in.tftpd of its own
		if (server.name === "tftpd-hpa" && !/tftp-hpa/.test(spawnSync(values.hpa, ["-V"], { encoding: "utf8" }).stdout))
			return "is not installed";
		return undefined;
	}
	catch {
		return "is not installed";
	}
}

function median(numbers: number[]): string {
	return [...numbers].sort((a, b) => a - b)[numbers.length >> 1]!.toFixed(1);
}

async function ported(child: ChildProcess): Promise<number> {
	for await (const chunk of child.stdout!)
		return Number(String(chunk));
	throw new Error("the server ended");
}

/** Starts those that can be started; says why the others can't. */
async function started(all: Server[]): Promise<Running[]> {
	const running: Running[] = [];
	for (const server of all) {
		const why = missing(server);
		if (why) {
			console.log(`${server.name}: left out, ${why}`);
			continue;
		}
		const child = spawn("taskset", ["-c", CORE, ...server.command], { stdio: ["pipe", "pipe", "inherit"] });
		running.push({ server, child, port: server.port ?? await ported(child) });
	}
	await sleep(1000);
	return running;
}

/** One transfer of each server in turn, again and again: whatever else the machine does meets all of them. */
function measure(running: Running[], client: string, file: string, block: number, window: number): Map<Running, number[]> {
	const rates = new Map<Running, number[]>();
	for (let repeat = 0; repeat < Number(values.repeats); repeat++) {
		for (const each of running) {
			if (window > 1 && !each.server.windows)
				continue;
			const output = execFileSync("taskset", ["-c", CORE, client, String(each.port), "f", String(block), String(window), file, "1"], { encoding: "utf8" });
			rates.set(each, [...rates.get(each) ?? [], Number(output)]);
		}
	}
	return rates;
}

const folder = mkdtempSync(join(tmpdir(), "rackpod-tftp-"));
let running: Running[] = [];
try {
	chmodSync(folder, 0o755);
	const file = join(folder, "f");
	const bytes = Buffer.alloc(SIZE);
	for (let at = 0; at < SIZE; at += 16_384)
		bytes.fill(at / 16_384 + 1 & 255, at, at + 16_384);
	writeFileSync(file, bytes);
	const client = join(folder, "client");
	execFileSync("cc", ["-O2", "-Wall", "-o", client, join(ROOT, "tests/bench/tftp-client.c")], { stdio: "inherit" });
	running = await started((await servers(folder)).filter(({ name }) => !values.only || values.only === name));
	console.log(`${values.megabytes} MiB by TFTP, MB/s, medians of ${values.repeats}, client and server on one core`);
	console.log(["blksize/window".padEnd(16), ...running.map(({ server }) => server.name.padStart(11))].join(""));
	for (const [block, window] of CASES) {
		const rates = measure(running, client, file, block, window);
		console.log([`${block}/${window}`.padEnd(16), ...running.map(each => (rates.has(each) ? median(rates.get(each)!) : "-").padStart(11))].join(""));
	}
}
finally {
	for (const { child } of running)
		child.kill("SIGTERM");
	rmSync(folder, { recursive: true, force: true });
}

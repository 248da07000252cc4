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

function median(lines: string): number {
	const numbers = lines.trim().split("\n").map(Number).sort((a, b) => a - b);
	return numbers[numbers.length >> 1]!;
}

async function ported(child: ChildProcess): Promise<number> {
	for await (const chunk of child.stdout!)
		return Number(String(chunk));
	throw new Error("the server ended");
}

async function measure(server: Server, client: string, file: string): Promise<string[]> {
	const child = spawn("taskset", ["-c", CORE, ...server.command], { stdio: ["pipe", "pipe", "inherit"] });
	try {
		const port = server.port ?? await ported(child);
		await sleep(500);
		const row: string[] = [];
		for (const [block, window] of CASES) {
			if (window > 1 && !server.windows) {
				row.push("-");
				continue;
			}
			const output = execFileSync("taskset", ["-c", CORE, client, String(port), "f", String(block), String(window), file, values.repeats], { encoding: "utf8" });
			row.push(median(output).toFixed(1));
		}
		return row;
	}
	finally {
		child.kill("SIGTERM");
	}
}

const folder = mkdtempSync(join(tmpdir(), "rackpod-tftp-"));
try {
	chmodSync(folder, 0o755);
	const file = join(folder, "f");
	const bytes = Buffer.alloc(SIZE);
	for (let at = 0; at < SIZE; at += 16_384)
		bytes.fill(at / 16_384 + 1 & 255, at, at + 16_384);
	writeFileSync(file, bytes);
	const client = join(folder, "client");
	execFileSync("cc", ["-O2", "-Wall", "-o", client, join(ROOT, "tests/bench/tftp-client.c")], { stdio: "inherit" });
	console.log(`${values.megabytes} MiB by TFTP, MB/s, medians of ${values.repeats}, client and server on one core`);
	console.log(["server".padEnd(12), ...CASES.map(([block, window]) => `${block}/${window}`.padStart(9))].join(""));
	for (const server of await servers(folder)) {
		if (values.only && values.only !== server.name)
			continue;
		const why = missing(server);
		if (why) {
			console.log(`${server.name.padEnd(12)} left out: ${why}`);
			continue;
		}
		try {
			console.log([server.name.padEnd(12), ...(await measure(server, client, file)).map(value => value.padStart(9))].join(""));
		}
		catch (error) {
			console.log(`${server.name.padEnd(12)} failed: ${(error as Error).message.split("\n")[0]}`);
		}
	}
}
finally {
	rmSync(folder, { recursive: true, force: true });
}

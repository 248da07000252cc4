/** The package as people get it: packed from this tree, installed without a network into folders that have nothing else. */
import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT, run, type Result } from "../support/command.ts";
import { FakePod } from "./support/fake-pod.ts";

const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string };

/** A program of somebody who uses the library; it runs in plain Node and compiles as TypeScript. */
const PROGRAM = `
import { crcOf, Failure, RackPod } from "rackpod";

const pod = new RackPod(process.argv[2] ?? "");
const staged = await pod.stage("hello", new TextEncoder().encode("hello"));
console.log((await pod.status()).name, staged.crc32 === crcOf(new TextEncoder().encode("hello")));
try {
	await pod.remove("nothing");
}
catch (error) {
	console.log(error instanceof Failure ? error.kind : "not a Failure");
}
`;
/** What only the compiler sees: types of the library, and a mistake that it has to find. */
const TYPES = `
import { RackPod, restore, type ConsoleLine, type PodStatus, type RestoreOptions, type RestoreResult } from "rackpod";

export const status: (pod: RackPod) => Promise<PodStatus> = pod => pod.status();
export const run: (options: RestoreOptions) => Promise<RestoreResult> = options => restore(options);
export const hear = (line: ConsoleLine): void => void (line.onData = bytes => void bytes.subarray(1));
// @ts-expect-error: a pod's name is text
export const wrong: (status: PodStatus) => number = status => status.name;
`;

describe("the package", function () {
	this.timeout(240000);
	let folder: string;
	let app: string;
	let installed: string;
	let pod: FakePod;

	const npm = async (cwd: string, ...args: string[]): Promise<string> => {
		const { code, stdout, stderr } = await run("npm", ["--prefix", cwd, "--cache", join(folder, "cache"), ...args]);
		assert.equal(code, 0, stderr);
		return stdout;
	};
	const node = (...args: string[]): Promise<Result> => run(process.execPath, args, { env: { PATH: process.env.PATH } });

	before(async () => {
		folder = mkdtempSync(join(tmpdir(), "rackpod-package-"));
		app = join(folder, "app");
		mkdirSync(app);
		writeFileSync(join(app, "package.json"), JSON.stringify({ name: "app", type: "module" }));
		await npm(ROOT, "pack", "--silent", "--pack-destination", folder);
		const tarball = join(folder, `rackpod-${version}.tgz`);
		await npm(app, "install", "--offline", "--no-audit", "--no-fund", tarball);
		await npm(join(folder, "global"), "install", "--global", "--offline", "--no-audit", "--no-fund", tarball);
		installed = join(folder, "global/bin/rackpod");
		pod = new FakePod();
		await pod.start();
	});
	after(async () => {
		await pod.stop();
		rmSync(folder, { recursive: true, force: true });
	});

	it("when it is installed then it brings built JavaScript with types, and what it needs to run, and no sources or tests", async () => {
		const files = (await run("tar", ["tzf", join(folder, `rackpod-${version}.tgz`)])).stdout.trim().split("\n").map(path => path.replace("package/", ""));
		for (const file of ["package.json", "README.md", "LICENSE", "host-tools/rackpod.js", "dist/host-tools/index.js", "dist/host-tools/index.d.ts", "node_modules/commander/package.json"])
			assert.ok(files.includes(file), file);
		assert.deepEqual(files.filter(file => !/^(package\.json|README\.md|LICENSE|host-tools\/rackpod\.js|node_modules\/commander\/.*|dist\/(host-tools|modules\/protocol)\/.*\.(js|d\.ts))$/.test(file)), []);
	});

	it("when it is installed globally then the command says its version, helps, and asks a pod", async () => {
		assert.deepEqual(await node(installed, "--version"), { code: 0, signal: null, stdout: `${version}\n`, stderr: "" });
		const help = await node(installed, "--help");
		assert.match(help.stdout, /Usage: rackpod [^]*restore \[options\] <dump>[^]*Exit codes:/);
		const status = await node(installed, "status", "--json", "--pod", pod.host);
		assert.deepEqual([status.code, status.stderr], [0, ""]);
		assert.equal((JSON.parse(status.stdout) as { name: string }).name, "fake");
	});

	it("when each command is asked for help then all that it needs is in the package", async () => {
		const { stdout } = await node(installed, "--help");
		const commands = [...stdout.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name!).filter(name => name !== "help");
		assert.ok(commands.length >= 8, stdout);
		for (const command of commands)
			assert.match((await node(installed, command, "--help")).stdout, new RegExp(`^Usage: rackpod ${command} `));
	});

	it("when a program in plain Node uses the library then it works", async () => {
		writeFileSync(join(app, "program.js"), PROGRAM);
		assert.deepEqual(await node(join(app, "program.js"), pod.host), { code: 0, signal: null, stdout: "fake true\nrefused\n", stderr: "" });
	});

	it("when tsc checks such a program with nodenext then the library's types are there, and need none but Node's", async () => {
		writeFileSync(join(app, "types.ts"), TYPES);
		symlinkSync(join(ROOT, "node_modules/@types"), join(app, "node_modules/@types"));
		writeFileSync(join(app, "tsconfig.json"), JSON.stringify({ compilerOptions: { target: "es2022", module: "nodenext", strict: true, noEmit: true, types: ["node"] }, files: ["types.ts"] }));
		const { code, stdout } = await node(join(ROOT, "node_modules/typescript/bin/tsc"), "-p", app);
		assert.deepEqual([code, stdout], [0, ""]);
	});

	it("when the command starts then that takes at most 100 ms more than Node itself", () => {
		// of the processors, in milliseconds: on the clock a busy machine takes several times as long
		const took = (...args: string[]): number => {
			const { stdout } = spawnSync("bash", ["-c", `"$@" >/dev/null; times`, "bash", process.execPath, ...args], { encoding: "utf8" });
			const [, user, system] = /^0m([\d.]+)s 0m([\d.]+)s$/.exec(stdout.trim().split("\n").pop()!)!;
			return (Number(user) + Number(system)) * 1000;
		};
		// caches and other processes count, too: the shortest times are true
		let bare = Infinity;
		let command = Infinity;
		for (let round = 0; round < 40 && !(round >= 5 && command - bare <= 100); round++) {
			bare = Math.min(bare, took("-e", "0"));
			command = Math.min(command, took(installed, "--version"));
		}
		assert.ok(command - bare <= 100, `${command.toFixed()} ms, and Node alone ${bare.toFixed()} ms`);
	});

	it("when a checkout has an old build lying about then its sources are run all the same", async () => {
		const checkout = join(folder, "checkout");
		for (const path of ["package.json", "host-tools", "modules/protocol"])
			cpSync(join(ROOT, path), join(checkout, path), { recursive: true });
		symlinkSync(join(ROOT, "node_modules"), join(checkout, "node_modules"));
		mkdirSync(join(checkout, "dist/host-tools/cli"), { recursive: true });
		writeFileSync(join(checkout, "dist/host-tools/cli/run.js"), "console.log('old');");
		assert.equal((await node(join(checkout, "host-tools/rackpod.js"), "--version")).stdout, `${version}\n`);
	});
});

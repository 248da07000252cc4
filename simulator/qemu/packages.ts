/**
 * Fetches the Debian packages that play the device under test (U-Boots, a kernel, a busybox) for architectures other than this
 * machine's, and unpacks them under build/packages. Not for the programs that run here (QEMU and so on): those are installed.
 *
 * apt works in a private root below build/packages, so the system's own package lists and architectures stay as they are. Its source
 * list is the system's own with the suite's name changed. Which version we mean is written in packages.json, by SHA-256; a package
 * that Debian has since replaced is an error that says so, never a silent change of what the tests run against.
 *
 *     npx tsx simulator/qemu/packages.ts [--update] [name...]
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { keyOf, nothingOffered, pinObstacle, type Offer, type Pin } from "./pins.ts";
import { privateSource } from "./sources.ts";

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, "../..");
const PINS = join(import.meta.dirname, "packages.json");
const FOLDER = join(ROOT, "build/packages");

/** A package is not to be had as pinned; `message` is one line that says why and what to do. */
export class PackageError extends Error {
	/** Debian has another version than the pinned one, or none; otherwise it could not be fetched at all. */
	readonly moved: boolean;

	constructor(message: string, moved = false) {
		super(message);
		this.name = "PackageError";
		this.moved = moved;
	}
}

/**
 * Folders of the unpacked packages, in the order of `names`; each holds the package's files from / down. Needs the network only for what
 * is not there yet.
 * @throws PackageError when one is unknown, unreachable, or has moved.
 */
export async function packages(...names: string[]): Promise<string[]> {
	const pins = await readPins();
	const folders: string[] = [];
	for (const name of names) {
		const pin = pins.find(pin => keyOf(pin) === name);
		if (!pin)
			throw new PackageError(`${name}: not in ${PINS}`);
		folders.push(await unpacked(pin));
	}
	return folders;
}

async function readPins(): Promise<Pin[]> {
	return JSON.parse(await readFile(PINS, "utf8")) as Pin[];
}

/** The hash is part of the folder's name: what is there was checked when it was unpacked. */
async function unpacked(pin: Pin): Promise<string> {
	const folder = join(FOLDER, `${pin.name}_${pin.sha256.slice(0, 16)}`);
	if (existsSync(folder))
		return folder;
	await mkdir(FOLDER, { recursive: true });
	const work = await mkdtemp(join(FOLDER, "new-"));
	try {
		const file = await download(pin, work);
		await run("dpkg-deb", ["-x", file, join(work, "root")]);
		await rename(join(work, "root"), folder).catch(error => {
			if (!existsSync(folder)) // somebody else may have been faster
				throw error;
		});
	}
	finally {
		await rm(work, { recursive: true, force: true });
	}
	return folder;
}

async function download(pin: Pin, folder: string): Promise<string> {
	const apt = await aptRoot(pin);
	const { real = pin.name, version } = pin;
	const obstacle = pinObstacle(pin, await offered(pin, apt));
	if (obstacle)
		throw new PackageError(obstacle, true);
	await apt("apt-get", ["download", `${real}=${version}`], folder);
	const [file] = (await readdir(folder)).filter(name => name.endsWith(".deb"));
	if (!file)
		throw new PackageError(`${real} ${version}: apt-get downloaded nothing`);
	const sha256 = createHash("sha256").update(await readFile(join(folder, file))).digest("hex");
	if (sha256 !== pin.sha256)
		throw new PackageError(`${real} ${version}: the file has sha256 ${sha256}, pinned is ${pin.sha256}`, true);
	return join(folder, file);
}

type Apt = (program: "apt-get" | "apt-cache", args: string[], cwd?: string) => Promise<string>;
const roots = new Map<string, Promise<Apt>>();

/** apt with lists, cache, status and sources of its own, updated once per run. */
function aptRoot({ architecture, suite }: Pin): Promise<Apt> {
	const key = `${suite}-${architecture}`;
	let root = roots.get(key);
	if (!root)
		roots.set(key, root = openRoot(join(FOLDER, "apt", key), architecture, suite));
	return root;
}

async function openRoot(folder: string, architecture: string, suite: string): Promise<Apt> {
	await mkdir(join(folder, "lists/partial"), { recursive: true });
	await mkdir(join(folder, "cache/archives/partial"), { recursive: true });
	await writeFile(join(folder, "status"), "");
	const source = privateSource(suite);
	if (!source)
		throw new PackageError("no Debian source with component main in /etc/apt: the packages cannot be fetched");
	const sources = join(folder, source.name);
	await writeFile(sources, source.text);
	const settings = {
		"Dir::State::Lists": join(folder, "lists"),
		"Dir::State::status": join(folder, "status"),
		"Dir::Cache": join(folder, "cache"),
		"Dir::Etc::sourcelist": sources,
		"Dir::Etc::sourceparts": "/dev/null",
		"APT::Architecture": architecture,
		"APT::Architectures": architecture,
		"APT::Sandbox::User": "root", // the folder need not be readable by apt's own user
		"Acquire::Languages": "none"
	};
	const options = Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
	const apt: Apt = async (program, args, cwd = folder) => {
		try {
			const { stdout } = await run(program, [...options, ...args], { cwd, maxBuffer: 1 << 24, env: { ...process.env, LC_ALL: "C" } });
			return stdout;
		}
		catch (error) {
			const [text] = ((error as { stderr?: string }).stderr || String(error)).trim().split("\n");
			throw new PackageError(`${program} ${args.join(" ")} (${suite}, ${architecture}): ${text!.replace(/https?:\/\/[^\s/]+/g, "")}`);
		}
	};
	await apt("apt-get", ["update", "--error-on=any"]); // otherwise an unreachable server is only a warning
	return apt;
}

/** What Debian has now under the pin's name: the pinned package itself, or what its meta package depends on. */
async function offered(pin: Pin, apt: Apt): Promise<Offer[]> {
	let names = [pin.name];
	if (pin.real) {
		const [meta] = paragraphs(await apt("apt-cache", ["show", pin.name]));
		const target = /^Depends:.*?(linux-image-\S+)/m.exec(meta ?? "")?.[1];
		names = target ? [...new Set([target, pin.real])] : [pin.real];
	}
	const offers: Offer[] = [];
	for (const real of names) {
		const text = await apt("apt-cache", ["show", real]).catch(() => ""); // one that has left the suite is an error to apt-cache
		for (const paragraph of paragraphs(text)) {
			const field = (name: string): string => new RegExp(`^${name}: (.*)$`, "m").exec(paragraph)?.[1] ?? "";
			offers.push({ real, version: field("Version"), sha256: field("SHA256") });
		}
	}
	return offers;
}

function paragraphs(text: string): string[] {
	return text.split("\n\n").filter(paragraph => paragraph.trim());
}

async function update(pins: Pin[]): Promise<void> {
	for (const pin of pins) {
		const [offer] = await offered(pin, await aptRoot(pin));
		if (!offer)
			throw new PackageError(nothingOffered(pin), true);
		pin.version = offer.version;
		pin.sha256 = offer.sha256;
		if (pin.real)
			pin.real = offer.real;
	}
	await writeFile(PINS, JSON.stringify(pins, null, "\t") + "\n");
}

async function main(args: string[]): Promise<void> {
	const pins = await readPins();
	const names = args.filter(arg => arg !== "--update");
	if (args.includes("--update"))
		await update(pins);
	for (const name of names.length > 0 ? names : pins.map(keyOf)) {
		const [folder] = await packages(name);
		const { version, sha256 } = pins.find(pin => keyOf(pin) === name)!;
		process.stdout.write(`${name} ${version} ${sha256} ${folder}\n`);
	}
}

/** Runs a program that uses packages: what is wrong with one is a line on stderr, and exit code 3 when it has moved, else 1. */
export async function runProgram(main: (args: string[]) => Promise<void>): Promise<void> {
	try {
		await main(process.argv.slice(2));
	}
	catch (error) {
		if (!(error instanceof PackageError))
			throw error;
		process.stderr.write(error.message + "\n");
		process.exitCode = error.moved ? 3 : 1;
	}
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href)
	await runProgram(main);

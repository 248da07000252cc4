/**
 * The JavaScript engine of the Linux build: XS 13.3, from the npm package @agoric/xsnap.
 *
 * Only the C sources of XS and one data module are taken out of the package's tarball; its own program, its install script and its
 * dependencies are not. The tarball comes through the npm client and must have exactly the hash written here. Two defects of
 * this version of XS that the firmware would meet are mended in the unpacked copy.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";

const PACKAGE = "@agoric/xsnap@0.15.0";
const TARBALL = "agoric-xsnap-0.15.0.tgz";
const INTEGRITY = "sha512-ZBm4DZxbtfacxMHVVdJjZi0Y8zOxN77vpu1WwI5RWfPkaRh0aHkz/dVdTGKXalDNzWfz183lljKxlxl3/h0n+A==";

/** What is taken out of the tarball, and where it goes below build/engine. */
const WANTED: readonly (readonly [prefix: string, folder: string])[] = [
	["package/moddable/xs/sources/", "xs/sources/"],
	["package/moddable/xs/includes/", "xs/includes/"],
	["package/moddable/xs/platforms/", "xs/platforms/"],
	["package/moddable/modules/data/crc/", "modules/data/crc/"]
];

export interface Mend {
	file: string;
	why: string;
	from: string;
	to: string;
}

const MENDS: readonly Mend[] = [
	{
		file: "xs/sources/xsDataView.c",
		why: "TypedArray.prototype.set(typedArray) must memcpy between arrays of one type: it compares the slots of the two arrays, which always differ, instead of their types",
		from: "\t\tif (dispatch == sourceDispatch) {\n",
		to: "\t\tif (dispatch->value.typedArray.dispatch == sourceDispatch->value.typedArray.dispatch) {\n"
	},
	{
		file: "xs/sources/xsDataView.c",
		why: "new TypedArray(typedArray): the same comparison",
		from: "\t\t\tif (dispatch == sourceDispatch)\n",
		to: "\t\t\tif (dispatch->value.typedArray.dispatch == sourceDispatch->value.typedArray.dispatch)\n"
	},
	{
		file: "xs/sources/xsAtomics.c",
		why: "a SharedArrayBuffer that can't be allocated is collected later with an uninitialised destructor",
		from: "\tproperty->value.host.data = fxCreateSharedChunk(byteLength);\n",
		to: "\tproperty->value.host.variant.destructor = C_NULL;\n\tproperty->value.host.data = fxCreateSharedChunk(byteLength);\n"
	}
];

/** `text` with the mend applied. Throws unless the line to change is there exactly once. */
export function mended(text: string, mend: Mend): string {
	const parts = text.split(mend.from);
	if (parts.length !== 2)
		throw new Error(`${mend.file}: the line to mend is there ${parts.length - 1} times instead of once (${mend.why})`);
	return parts.join(mend.to);
}

/** The regular files of a tar archive. Names longer than a header's fields don't occur in npm's tarballs of this package. */
export function* untar(archive: Buffer): Generator<[name: string, content: Buffer]> {
	const field = (header: Buffer, start: number, length: number): string => header.toString("latin1", start, start + length).replace(/\0.*$/s, "");
	for (let offset = 0; offset + 512 <= archive.length;) {
		const header = archive.subarray(offset, offset + 512);
		const name = field(header, 0, 100);
		if (!name)
			return;
		const prefix = field(header, 345, 155);
		const size = parseInt(field(header, 124, 12), 8);
		if (!Number.isInteger(size))
			throw new Error(`tar archive: bad size of ${name}`);
		const type = field(header, 156, 1);
		if (type === "0" || type === "")
			yield [prefix ? `${prefix}/${name}` : name, archive.subarray(offset + 512, offset + 512 + size)];
		offset += 512 + Math.ceil(size / 512) * 512;
	}
}

function download(folder: string): Buffer {
	const path = join(folder, TARBALL);
	if (!existsSync(path)) {
		mkdirSync(folder, { recursive: true });
		execFileSync("npm", ["pack", PACKAGE, "--ignore-scripts", "--silent", "--pack-destination", folder], { stdio: ["ignore", "ignore", "inherit"] });
	}
	const tarball = readFileSync(path);
	const integrity = `sha512-${createHash("sha512").update(tarball).digest("base64")}`;
	if (integrity !== INTEGRITY) {
		rmSync(path);
		throw new Error(`${PACKAGE}: the tarball's hash is ${integrity} instead of ${INTEGRITY}`);
	}
	return tarball;
}

/** Makes build/engine unless it is there. Returns whether there was anything to do. */
export function prepareEngine(build: string, log: (line: string) => void): boolean {
	const engine = join(build, "engine");
	const stamp = join(engine, "stamp");
	const state = createHash("sha256").update(JSON.stringify([INTEGRITY, WANTED, MENDS])).digest("hex");
	if (existsSync(stamp) && readFileSync(stamp, "latin1") === state)
		return false;
	log(`fetching the engine's sources (${PACKAGE} from the npm registry, 0.7 MB; once)`);
	const files = new Map<string, Buffer | string>();
	for (const [name, content] of untar(gunzipSync(download(join(build, "download"))))) {
		for (const [prefix, folder] of WANTED) {
			if (name.startsWith(prefix) && !name.slice(prefix.length).includes("/"))
				files.set(folder + name.slice(prefix.length), content);
		}
	}
	for (const mend of MENDS)
		files.set(mend.file, mended(files.get(mend.file)?.toString() ?? "", mend));
	const fresh = `${engine}.new`;
	rmSync(fresh, { recursive: true, force: true });
	for (const [path, content] of files) {
		mkdirSync(join(fresh, path, ".."), { recursive: true });
		writeFileSync(join(fresh, path), content);
	}
	writeFileSync(join(fresh, "stamp"), state);
	rmSync(engine, { recursive: true, force: true });
	renameSync(fresh, engine);
	return true;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const build = fileURLToPath(new URL("../build", import.meta.url));
	if (!prepareEngine(build, line => console.error(line)))
		console.error("engine: up to date");
}

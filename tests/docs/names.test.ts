/** What README.md, CONTRIBUTING.md and docs/ name exists: files, pages, suites, scripts, options, versions. */
import { strict as assert } from "node:assert";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { COLUMNS, folded } from "../../docs/tables/fold.ts";
import { processContext } from "../../host-tools/cli/context.ts";
import { commandLine } from "../../host-tools/cli/main.ts";
import { cameraCommand } from "../../simulator/camera/options.ts";
import { qemuCommand } from "../../simulator/qemu/options.ts";
import { startCommand } from "../../simulator/start-options.ts";
import { ROOT } from "../support/command.ts";
import { DOCUMENTS, read, rowsUnder, withoutParts } from "../support/documents.ts";

describe("the documents", () => {
	const all = DOCUMENTS.map(read).join("\n");

	it("when they name files of this repository then they exist", () => {
		const folders = "src|modules|simulator|host-tools|tests|docs|\\.ci";
		const names = [...all.matchAll(new RegExp(`(?<![\\w./-])((?:${folders})/[\\w./-]*|manifest\\.json|LICENSE|package\\.json)`, "g"))].map(([, name]) => name!.replace(/[.,]+$/, ""))
			// what the reader is to name
			.filter(name => !/\/(?:NAME|MODULE|FILE)\b/.test(name));
		assert.ok(names.length > 10, names.join());
		assert.deepEqual(names.filter(name => !existsSync(join(ROOT, name))), []);
	});

	it("when they link to each other then the page and its heading are there", () => {
		const anchor = (heading: string): string => heading.toLowerCase().replace(/[^\w\- ]/g, "").replaceAll(" ", "-");
		const links = DOCUMENTS.flatMap(file => [...read(file).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)].map(([, path, heading]) => ({ file, path: path!, heading })));
		assert.ok(links.length > 10);
		for (const { file, path, heading } of links) {
			const page = path ? join(dirname(file), path) : file;
			assert.ok(existsSync(join(ROOT, page)), `${file} links to ${page}`);
			if (heading !== undefined)
				assert.ok([...read(page).matchAll(/^#+ (.*)$/gm)].some(([, text]) => anchor(text!) === heading), `${file} links to ${page}#${heading}`);
		}
	});

	it("when their lines are measured then none has more than 140 columns, but in tables", () => {
		assert.deepEqual(DOCUMENTS.filter(file => read(file) !== folded(read(file))), [], "npm run docs folds them");
		assert.deepEqual(DOCUMENTS.flatMap(file => read(file).split("\n").filter(line => line.length > COLUMNS && !line.startsWith("|")).map(line => `${file}: ${line}`)), []);
	});

	it("when they name test suites then they exist", () => {
		const names = [...all.matchAll(/^\|.*\| ((?:`[a-z0-9-]+`(?:, )?)+) \|$/gm)].filter(([line]) => line.split("|").length === 6 && /\d/.test(line)).flatMap(([, cell]) => [...cell!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!));
		assert.ok(names.length > 5, names.join());
		assert.deepEqual(names.filter(name => !existsSync(join(ROOT, `tests/clients/${name}.test.ts`))), []);
	});

	it("when they name versions of what runs in QEMU then they are those of the pinned packages", () => {
		const pinned = JSON.parse(readFileSync(join(ROOT, "simulator/qemu/packages.json"), "utf8")) as { name: string; architecture: string; version: string }[];
		/** Without the epoch and Debian's revision. */
		const upstream = (name: string, architecture: string): string =>
			/^(?:\d+:)?(\d+\.\d+)/.exec(pinned.find(each => each.name === name && each.architecture === architecture)!.version)![1]!;
		const rows = rowsUnder("| program | version | what is run | suite |", read("docs/clients.md"))!;
		const said = (program: string): string | undefined => rows.find(row => row.startsWith(`| ${program}`))?.split(" | ")[1];
		assert.equal(said("U-Boot (SPL"), upstream("u-boot-sifive", "riscv64"));
		assert.equal(said("U-Boot (virt arm64)"), upstream("u-boot-qemu", "arm64"));
		assert.equal(said("Linux, busybox"), [upstream("linux-image-cloud-arm64", "arm64"), upstream("busybox-static", "arm64")].join(", "));
	});

	it("when they name npm scripts then package.json has them", () => {
		const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: Record<string, string> };
		const names = [...all.matchAll(/npm run (?:--silent )?([a-z:-]+)/g)].map(([, name]) => name!);
		assert.ok(names.length > 1);
		assert.deepEqual(names.filter(name => !scripts[name]), []);
	});

	it("when they name options of our programs then these have them", () => {
		const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");
		const rackpod = commandLine({ ...processContext(), run: { job: "test", pod: null } });
		const known = new Set([
			...[rackpod, ...rackpod.commands, startCommand(), cameraCommand(), qemuCommand()].flatMap(({ options }) => options.map(({ long }) => long)),
			...["simulator/demo.ts", "tests/run.ts", "tests/device/check.ts", "tests/clients/conformance/conformance.py"].flatMap(file => [...read(file).matchAll(/"(--[a-z-]+)/g)].map(([, option]) => option!)),
			"--help", "--silent"
		]);
		// what is made from the code names them rightly, and curl's are curl's
		const ours = withoutParts(all).split("\n").filter(line => !/^(curl|PATH=)/.test(line)).join("\n").replace(/`(?:curl|npm install) [^`]*`/g, "");
		const options = new Set([...ours.matchAll(/(?<![\w-])--[a-z][a-z0-9-]*/g)].map(([option]) => option));
		assert.ok(options.size > 10);
		assert.deepEqual([...options].filter(option => !known.has(option)), []);
	});
});

/** What README.md promises: its commands work as written, its tables are the code's, what it names exists. */
import { strict as assert } from "node:assert";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { firmwareImage, podOn } from "../support/chip.ts";
import { ROOT, run, type Result } from "../support/command.ts";
import { needs } from "../support/needs.ts";
import { ENDPOINTS, EXIT_CODES, readme, rowsUnder, shellBlocks } from "../support/readme.ts";
import { testPod, until, type TestPod } from "../support/running-pod.ts";

describe("README", function () {
	this.timeout(180_000);
	const text = readme();

	for (const table of [ENDPOINTS, EXIT_CODES]) {
		it(`when its table ${table.head} is read then it is the code's`, () => {
			assert.deepEqual(rowsUnder(table.head, text), table.rows, "npx tsx tests/support/readme.ts writes it anew");
		});
	}

	it("when it names files of this repository then they exist", () => {
		const folders = "src|modules|simulator|host-tools|tests|\\.ci";
		const names = [...text.matchAll(new RegExp(`(?<![\\w./-])((?:${folders})/[\\w./-]*|manifest\\.json|LICENSE|package\\.json)`, "g"))].map(([, name]) => name!.replace(/[.,]+$/, ""))
			.filter(name => !name.endsWith("/NAME.test.ts"));
		assert.ok(names.length > 10, names.join());
		assert.deepEqual(names.filter(name => !existsSync(join(ROOT, name))), []);
	});

	it("when it names test suites then they exist", () => {
		const names = [...text.matchAll(/^\|.*\| ((?:`[a-z0-9-]+`(?:, )?)+) \|$/gm)].filter(([line]) => line.split("|").length === 6 && /\d/.test(line)).flatMap(([, cell]) => [...cell!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!));
		assert.ok(names.length > 5, names.join());
		assert.deepEqual(names.filter(name => !existsSync(join(ROOT, `tests/clients/${name}.test.ts`))), []);
	});

	it("when it names versions of what runs in QEMU then they are those of the pinned packages", () => {
		const pinned = JSON.parse(readFileSync(join(ROOT, "simulator/qemu/packages.json"), "utf8")) as { name: string; architecture: string; version: string }[];
		/** Without the epoch and Debian's revision. */
		const upstream = (name: string, architecture: string): string =>
			/^(?:\d+:)?(\d+\.\d+)/.exec(pinned.find(each => each.name === name && each.architecture === architecture)!.version)![1]!;
		const said = (program: string): string | undefined => rowsUnder("| program | version | what is run | suite |", text)!.find(row => row.startsWith(`| ${program}`))?.split(" | ")[1];
		assert.equal(said("U-Boot (SPL"), upstream("u-boot-sifive", "riscv64"));
		assert.equal(said("U-Boot (virt arm64)"), upstream("u-boot-qemu", "arm64"));
		assert.equal(said("Linux, busybox"), [upstream("linux-image-cloud-arm64", "arm64"), upstream("busybox-static", "arm64")].join(", "));
	});

	it("when it names npm scripts then package.json has them", () => {
		const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: Record<string, string> };
		const names = [...text.matchAll(/npm run (?:--silent )?([a-z:-]+)/g)].map(([, name]) => name!);
		assert.ok(names.length > 1);
		assert.deepEqual(names.filter(name => !scripts[name]), []);
	});

	it("when it names options of our programs then their --help lists them", async () => {
		const rackpod = join(ROOT, "host-tools/rackpod.js");
		const node = (...args: string[]): Promise<Result> => run(process.execPath, ["--import", "tsx", ...args]);
		const helps = await Promise.all([
			node("simulator/start.ts", "--help"), node("simulator/camera/main.ts", "--help"), node("simulator/qemu/main.ts", "--help"), node("simulator/demo.ts", "--help"),
			...["status", "restore", "fastboot", "console"].map(command => run(process.execPath, [rackpod, command, "--help"]))
		]);
		const known = helps.map(({ stdout }) => stdout).join("") + " --help --silent " + readFileSync(join(ROOT, "tests/clients/conformance/conformance.py"), "utf8");
		const ours = text.split("\n").filter(line => !/^(curl|PATH=)/.test(line)).join("\n");
		const options = new Set([...ours.matchAll(/(?<![\w-])--[a-z][a-z0-9-]*/g)].map(([option]) => option));
		assert.ok(options.size > 10);
		assert.deepEqual([...options].filter(option => !known.includes(option)), []);
	});

	it("when the examples are made and restored as typed then the camera of a plain `npm start` has them, and logs in", async () => {
		const lines = shellBlocks(text).find(block => block.some(line => line.startsWith("npx rackpod restore examples/")))!;
		assert.deepEqual(lines.map(line => line.split(" ").slice(0, 3).join(" ")), ["npm run examples", "npx rackpod restore"]);
		const pod = await testPod({ camera: "sim", blank: false });
		try {
			for (const line of lines) {
				const typed = line.replace(/^npx rackpod/, `'${process.execPath}' host-tools/rackpod.js`).replace(/--pod localhost$/, `--pod localhost:${pod.httpPort}`);
				const { code, stdout, stderr } = await run("sh", ["-c", typed]);
				assert.equal(code, 0, `${line}\n${stdout}${stderr}`);
				if (line.includes("restore"))
					assert.match(stdout, /^the camera said "login:"[^]*^restored in .*: 3 written and verified, 1 right already$/m);
			}
		}
		finally {
			await pod.stop();
		}
	});

	describe("in its shell blocks", () => {
		needs("curl");
		let folder: string;
		let pod: TestPod;

		beforeEach(async () => {
			folder = mkdtempSync(join(tmpdir(), "rackpod-readme-"));
			symlinkSync(join(ROOT, "README.md"), join(folder, "README.md"));
			writeFileSync(join(folder, "xs_esp32.bin"), firmwareImage(20_000));
			mkdirSync(join(folder, "DIR"));
			for (const name of ["kernel", "initramfs"])
				writeFileSync(join(folder, "DIR", name), name);
			pod = await podOn(mkdtempSync(join(folder, "state")));
		});

		afterEach(async () => {
			await pod.stop();
			rmSync(folder, { recursive: true, force: true });
		});

		/** The line with this pod's addresses in it; curl says what went wrong by its exit code. */
		const here = (line: string): string => line
			.replace(/(?<=tftp:\/\/)localhost:6969/, pod.tftp)
			.replace(/(localhost|rack-7\.local):8080/g, `127.0.0.1:${pod.httpPort}`)
			.replace(/--pod localhost\b/, `--pod 127.0.0.1:${pod.httpPort}`)
			.replace(/^curl/, "curl -sS --fail-with-body --max-time 30")
			.replace(/^npx rackpod/, `'${process.execPath}' '${ROOT}/host-tools/rackpod.js'`);
		/** The pod that was `pid` has restarted. */
		const restarted = (pid: number): Promise<void> => until("the pod has restarted and serves", async () => {
			try {
				return pod.pid !== pid && (await fetch(`${pod.http}/status`)).ok;
			}
			catch {
				return false;
			}
		});

		const blocks = shellBlocks(text).map(lines => lines.filter(line => /^(curl|npx rackpod (?!restore))/.test(line))).filter(lines => lines.length);

		it("when they are looked for then there are some", () => {
			assert.ok(blocks.length >= 4 && blocks.flat().length >= 15, JSON.stringify(blocks));
		});

		for (const lines of blocks) {
			it(`when the one that begins with ${lines[0]} is typed then each of its ${lines.length} commands works`, async () => {
				for (const line of lines) {
					const { pid } = pod;
					const { code, stdout, stderr } = await run("sh", ["-c", `cd '${folder}' && ${here(line)}`], { input: "" });
					assert.equal(code, 0, `${line}\n${stdout}${stderr}`);
					if (/-o readme\.back/.test(line))
						assert.equal(readFileSync(join(folder, "readme.back"), "utf8"), text);
					if (/\/(restart|firmware)\b/.test(line) && !/^curl [a-z]/.test(line))
						await restarted(pid);
				}
			});
		}
	});
});

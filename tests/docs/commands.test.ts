/** The commands in README.md, CONTRIBUTING.md and docs/ work as they are written there. */
import { strict as assert } from "node:assert";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { podOn } from "../support/chip.ts";
import { firmwareImage } from "../support/firmware-image.ts";
import { ROOT, run } from "../support/command.ts";
import { needs } from "../support/needs.ts";
import { DOCUMENTS, read, shellBlocks } from "../support/documents.ts";
import { testPod, until, type TestPod } from "../support/running-pod.ts";

describe("the documents' commands", function () {
	this.timeout(180_000);

	it("when the examples are made and restored as typed then the camera of a plain `npm start` has them, and logs in", async () => {
		const lines = shellBlocks(read("README.md")).find(block => block.some(line => line.startsWith("npx rackpod restore examples/")))!;
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
			folder = mkdtempSync(join(tmpdir(), "rackpod-documents-"));
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

		const blocks = DOCUMENTS.flatMap(file => shellBlocks(read(file)).map(lines => ({ file, lines: lines.filter(line => /^(curl|npx rackpod (?!restore))/.test(line)) }))
			.filter(({ lines }) => lines.length));

		it("when they are looked for then there are some", () => {
			assert.ok(blocks.length >= 4 && blocks.flatMap(({ lines }) => lines).length >= 15, JSON.stringify(blocks));
		});

		for (const { file, lines } of blocks) {
			it(`when the one of ${file} that begins with ${lines[0]} is typed then each of its ${lines.length} commands works`, async () => {
				for (const line of lines) {
					const { pid } = pod;
					const { code, stdout, stderr } = await run("sh", ["-c", `cd '${folder}' && ${here(line)}`], { input: "" });
					assert.equal(code, 0, `${line}\n${stdout}${stderr}`);
					if (/-o readme\.back/.test(line))
						assert.equal(readFileSync(join(folder, "readme.back"), "utf8"), read("README.md"));
					if (/\/(restart|firmware)\b/.test(line) && !/^curl [a-z]/.test(line))
						await restarted(pid);
				}
			});
		}
	});
});

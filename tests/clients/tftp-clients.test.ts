/** TFTP clients that nobody here wrote fetch from a running pod: every size at which a block can end, at every block size they offer. */
import { strict as assert } from "node:assert";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { filled } from "../../simulator/demo-images.ts";
import { needs } from "../support/needs.ts";
import { testPod, until, type TestPod } from "../support/running-pod.ts";

const run = promisify(execFile);
const SIZES = [0, 1, 511, 512, 513, 1468, 65_536, 7_848_000];

interface Client {
	title: string;
	program: string;
	/** Arguments that fetch `name` from 127.0.0.1:`port` into `file`. */
	fetch(port: number, name: string, file: string): string[];
}

const curl = (title: string, ...options: string[]): Client => ({
	title: `curl ${title}`,
	program: "curl",
	fetch: (port, name, file) => ["-sS", ...options, `tftp://127.0.0.1:${port}/${name}`, "-o", file]
});
const atftp = (title: string, ...options: string[]): Client => ({
	title: `atftp ${title}`,
	program: "atftp",
	fetch: (port, name, file) => [...options.flatMap(option => ["--option", option]), "--get", "-r", name, "-l", file, "127.0.0.1", String(port)]
});
const CLIENTS: Client[] = [
	curl("default"), curl("blksize 512", "--tftp-blksize", "512"), curl("blksize 1468", "--tftp-blksize", "1468"), curl("no options", "--tftp-no-options"),
	{ title: "tftp-hpa", program: "tftp", fetch: (port, name, file) => ["-m", "binary", "127.0.0.1", String(port), "-c", "get", name, file] },
	atftp("default"), atftp("blksize 512", "blksize 512"), atftp("blksize 1468", "blksize 1468"), atftp("blksize 1468, windowsize 8", "blksize 1468", "windowsize 8")
];

describe("TFTP clients", () => {
	let pod: TestPod;
	let folder: string;

	before(async () => {
		folder = mkdtempSync(join(tmpdir(), "rackpod-test-"));
		pod = await testPod({ psram: 64 << 20, flavour: "release" });
		for (const size of SIZES)
			await pod.client.stage(`size-${size}`, filled(size, size));
	});

	after(async () => {
		await pod.stop();
		rmSync(folder, { recursive: true, force: true });
	});

	for (const client of CLIENTS) {
		describe(client.title, () => {
			needs(client.program);

			for (const size of SIZES)
				it(`when a file has ${size} bytes then they arrive, and the pod knows that they did`, async () => {
					const file = join(folder, "fetched");
					await run(client.program, client.fetch(pod.tftpPort, `size-${size}`, file));
					assert.ok(readFileSync(file).equals(filled(size, size)));
					rmSync(file);
					// curl leaves without the last ACK of an empty file: then the pod knows when it has heard nothing for a while
					await until("the transfer is completed", async () => {
						const staged = (await pod.client.files()).files.find(({ name }) => name === `size-${size}`)!;
						assert.equal(staged.last_error, null);
						return staged.completed === staged.reads;
					});
				});

			it("when the name is unknown then the client says that the file was not found", async () => {
				const { code, stdout, stderr } = await run(client.program, client.fetch(pod.tftpPort, "nothing", join(folder, "none")))
					.catch((error: { code: number; stdout: string; stderr: string }) => error) as { code?: number; stdout: string; stderr: string };
				// curl says it by its exit code (CURLE_TFTP_NOTFOUND), the others by a text
				assert.ok(code === 68 || /not found/i.test(stdout + stderr), `exit ${code}: ${stdout}${stderr}`);
			});
		});
	}

	describe("curl, more than 65,535 blocks", () => {
		needs("curl");

		it("when 40 MB are fetched in blocks of 512 bytes then the numbers roll over and the bytes are right", async () => {
			const file = join(folder, "large");
			const bytes = filled(40_000_000, 40);
			await pod.client.stage("large", bytes);
			await run("curl", ["-sS", "--tftp-blksize", "512", `tftp://127.0.0.1:${pod.tftpPort}/large`, "-o", file]);
			assert.ok(readFileSync(file).equals(bytes));
		});
	});
});

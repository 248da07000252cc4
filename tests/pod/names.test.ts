/** Names with slashes, the same file for other people's programs. For our own clients: tests/lab/names.test.ts. */
import { strict as assert } from "node:assert";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { needs } from "../support/needs.ts";
import { testPod, type TestPod } from "../support/running-pod.ts";

const run = promisify(execFile);

describe("names with slashes", () => {
	let pod: TestPod;

	before(async function () {
		this.timeout(300_000); // the pod may have to be built
		pod = await testPod();
	});
	afterEach(() => pod.client.clear());
	after(() => pod?.stop());

	const names = async (): Promise<string[]> => (await pod.client.files()).files.map(({ name }) => name);

	describe("for other people's programs", () => {
		needs("curl", "wget", "python3", "busybox");

		it("when curl, wget, Python and busybox name it then they mean the same file", async () => {
			const folder = mkdtempSync(join(tmpdir(), "rackpod-test-"));
			try {
				const file = join(folder, "kernel");
				writeFileSync(file, "from curl");
				await run("curl", ["-sS", "--fail", "-T", file, `${pod.http}/tftp/boot/v1/`]);
				assert.deepEqual(await names(), ["boot/v1/kernel"]);
				assert.equal((await run("curl", ["-sS", "--fail", `${pod.http}/tftp/boot/v1/kernel`])).stdout, "from curl");
				assert.equal((await run("wget", ["-q", "-O", "-", `${pod.http}/tftp/boot/v1/kernel`])).stdout, "from curl");
				const script = `import urllib.request\nprint(urllib.request.urlopen("${pod.http}/tftp/boot/v1/kernel").read().decode())`;
				assert.equal((await run("python3", ["-c", script])).stdout, "from curl\n");
				await run("busybox", ["tftp", "-g", "-r", "/boot/v1/kernel", "-l", join(folder, "back"), "127.0.0.1", String(pod.tftpPort)]);
				assert.equal((await run("cat", [join(folder, "back")])).stdout, "from curl");
				await run("curl", ["-sS", "--fail", "-X", "DELETE", `${pod.http}/tftp/boot/v1/kernel`]);
				assert.deepEqual(await names(), []);
			}
			finally {
				rmSync(folder, { recursive: true });
			}
		});
	});
});

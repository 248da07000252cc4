/**
 * TFTP clients that nobody here wrote fetch from a running pod and write to it: every size at which a block can end, at every block size
 * and window they offer, two at once, broken off, and again from the same port.
 */
import { strict as assert } from "node:assert";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { filled } from "../../simulator/random.ts";
import { needs } from "../support/needs.ts";
import { testPod, until, type TestPod } from "../support/running-pod.ts";
import { sizes } from "../support/thorough.ts";
import { freePort } from "./support/free-port.ts";
import { begin, PROGRAMS, transfer, type Program, type TransferOptions } from "./support/tftp-programs.ts";

const SIZES = [0, 1, 511, 512, 513, 1468, 65_536, 7_848_000];
const BLOCK_SIZES = [8, 9, 100, 512, 513, 1024, 1428, 1467, 1468, 1469, 8192, 65_464];
const WINDOWS = Array.from({ length: 16 }, (_, index) => index + 1);
/** It goes through all of them in the gate; the others through a few, and all only with PROVE=1. */
const FULL = "atftp";
/** What the pod agrees to (modules/tftp/options.ts). */
const LARGEST_BLOCK = 1468;
const LARGE = 40_000_000;

describe("TFTP clients", () => {
	let pod: TestPod;
	let folder: string;
	let file: string;

	before(async function () {
		this.timeout(300_000); // the pod may have to be built
		folder = mkdtempSync(join(tmpdir(), "rackpod-test-"));
		file = join(folder, "file");
		pod = await testPod({ psram: 128 << 20, flavour: "release" });
		for (const size of SIZES)
			await pod.client.stage(`size-${size}`, filled(size, size));
		await pod.client.stage("large", filled(LARGE, 40));
	});
	afterEach(() => rmSync(file, { force: true }));
	after(async () => {
		await pod?.stop();
		rmSync(folder, { recursive: true, force: true });
	});

	async function fetched(client: Program, name: string, size: number, options: TransferOptions = {}, seed = size, into = file): Promise<void> {
		const { ok, said } = await transfer(client, client.get(pod.tftpPort, name, into, options));
		assert.ok(ok, said);
		// busybox makes no file for an empty one
		assert.ok((existsSync(into) || size > 0 ? readFileSync(into) : Buffer.alloc(0)).equals(filled(size, seed)), "other bytes");
		rmSync(into, { force: true });
	}

	async function sent(client: Program, size: number, options: TransferOptions = {}, seed = size, name = "upload"): Promise<void> {
		const from = join(folder, name);
		writeFileSync(from, filled(size, seed));
		await pod.client.arm(name, Math.max(size, 1));
		const { ok, said } = await transfer(client, client.put(pod.tftpPort, name, from, options));
		assert.ok(ok, said);
		assert.ok((await held(name)).equals(filled(size, seed)), "other bytes");
		await pod.client.remove(name);
	}

	async function held(name: string): Promise<Buffer> {
		return Buffer.from(await (await fetch(`${pod.http}/tftp/${name}`)).arrayBuffer());
	}

	/** Starts a transfer and kills the client as soon as blocks have gone. */
	async function broken(client: Program, name: string, args: string[]): Promise<void> {
		const child = begin(client, args);
		const exit = once(child, "exit");
		await until("it is under way", async () => (await underWay()).some(transfer => transfer.name === name && transfer.bytes > 0));
		child.kill("SIGKILL");
		await exit;
	}

	async function underWay(): Promise<{ name: string; bytes: number }[]> {
		return ((await pod.client.status())["tftp"] as { under_way: { name: string; bytes: number }[] }).under_way;
	}

	for (const client of PROGRAMS) {
		describe(client.name, () => {
			needs(client.program);

			const some = client.name !== FULL;

			for (const size of some ? sizes([0, 512, 7_848_000], SIZES) : SIZES) {
				it(`when a file has ${size} bytes then they arrive, and the pod knows that they did`, async () => {
					await fetched(client, `size-${size}`, size);
					// curl leaves without the last ACK of an empty file: then the pod knows when it has heard nothing for a while
					await until("the transfer is completed", async () => {
						const staged = (await pod.client.files()).files.find(({ name }) => name === `size-${size}`)!;
						assert.equal(staged.last_error, null);
						return staged.completed === staged.reads;
					});
				});

				it(`when it writes ${size} bytes then the pod has them`, async () => {
					await sent(client, size);
				});
			}

			it("when the name is unknown then the client says that the file was not found", async () => {
				const { code, said } = await transfer(client, client.get(pod.tftpPort, "nothing", file, {}));
				// curl says it by its exit code (CURLE_TFTP_NOTFOUND), the others by a text
				assert.ok(code === 68 || /not found|server error: \(1\)/i.test(said), `exit ${code}: ${said}`);
			});

			it("when it writes a file that nobody asked for then it is told so", async () => {
				writeFileSync(file, "unasked");
				assert.equal((await transfer(client, client.put(pod.tftpPort, "unasked", file, {}))).ok, false);
				assert.ok(!(await pod.client.files()).files.some(({ name }) => name === "unasked"));
			});

			it("when 40 MB are fetched in blocks of 512 bytes then the numbers roll over and the bytes are right", async () => {
				await fetched(client, "large", LARGE, client.offers.includes("blockSize") ? { blockSize: 512 } : {}, 40);
			});

			if (client.offers.includes("plain"))
				it("when it sends no options then 65,536 bytes go either way", async () => {
					await fetched(client, "size-65536", 65_536, { plain: true });
					await sent(client, 65_536, { plain: true });
				});

			if (client.offers.includes("blockSize"))
				for (const blockSize of (some ? sizes([100, 1468, 8192], BLOCK_SIZES) : BLOCK_SIZES).filter(size => size >= (client.leastBlock ?? 0)))
					it(`when it asks for blocks of ${blockSize} bytes then files around a block's end go either way`, async () => {
						const agreed = Math.min(blockSize, LARGEST_BLOCK);
						for (const size of [agreed - 1, agreed, 3 * agreed, 20_000]) {
							await pod.client.stage("around", filled(size, size));
							await fetched(client, "around", size, { blockSize });
							await sent(client, size, { blockSize });
						}
					});

			if (client.offers.includes("window"))
				for (const window of sizes([1, 2, 8, 16], WINDOWS))
					it(`when it asks for a window of ${window} then 65,536 and 7,848,000 bytes arrive, and 1,000,000 go the other way`, async () => {
						await fetched(client, "size-65536", 65_536, { blockSize: 1468, window });
						await fetched(client, "size-7848000", 7_848_000, { blockSize: 1468, window });
						await sent(client, 1_000_000, { blockSize: 1468, window });
					});

			if (client.offers.includes("from"))
				it("when it asks again and again from the same port, also in the middle of a transfer, then the bytes are right", async () => {
					const from = await freePort("udp");
					for (let round = 0; round < 3; round++) {
						await broken(client, "large", client.get(pod.tftpPort, "large", join(folder, "broken"), { from }));
						await fetched(client, "size-7848000", 7_848_000, { from });
						await fetched(client, "size-65536", 65_536, { from });
						await sent(client, 65_536, { from });
					}
				});

			it("when it is killed in the middle then the pod serves the next at once, gives up later, lists nothing half, and the slot takes another", async () => {
				const name = "half";
				await pod.client.arm(name, LARGE);
				writeFileSync(join(folder, name), filled(LARGE, 41));
				await broken(client, "large", client.get(pod.tftpPort, "large", join(folder, "broken"), {}));
				await broken(client, name, client.put(pod.tftpPort, name, join(folder, name), {}));
				await fetched(client, "size-65536", 65_536);
				await until("no transfer is left", async () => (await underWay()).length === 0);
				const { files } = await pod.client.files();
				const large = files.find(file => file.name === "large")!;
				assert.ok(large.completed < large.reads && large.last_error !== null, JSON.stringify(large));
				const { crc32, size } = files.find(file => file.name === name)!;
				assert.deepEqual([crc32, size], ["00000000", 0]);
				await sent(client, 65_536, {}, 65_536, name);
			});

			it("when two of it run at once, and one writes meanwhile, then each has its own bytes", async () => {
				await Promise.all([
					fetched(client, "size-7848000", 7_848_000, {}, undefined, join(folder, "first")),
					fetched(client, "size-7848000", 7_848_000, {}, undefined, join(folder, "second")),
					sent(client, 1_000_000, {}, 1, "third")
				]);
			});
		});
	}

	describe("all of them at once", () => {
		needs(...PROGRAMS.map(({ program }) => program));

		it("when each fetches and writes at the same time then each has its own bytes", async () => {
			await Promise.all(PROGRAMS.flatMap(client => [
				fetched(client, "size-7848000", 7_848_000, {}, undefined, join(folder, `get-${client.name}`)),
				sent(client, 2_000_000, {}, client.name.length, `put-${client.name}`)
			]));
		});
	});
});

/** The conformance suite, which may be pointed at any pod, pointed at a simulated one: `npm run conformance -- URL`. */
import { strict as assert } from "node:assert";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer as createProxy, request as sendOn } from "node:http";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { loadFastboot, loadProfile } from "../../host-tools/index.ts";
import { writeDemoImages } from "../../simulator/demo-images.ts";
import { run, type Result } from "../support/command.ts";
import { needs } from "../support/needs.ts";
import { testPod, type TestPod } from "../support/running-pod.ts";

/** All there are, none of them skipped. */
const ALL = /\nRan 30 tests in [^\n]*\n\nOK\n$/;
const TOKEN = "open sesame";

describe("the HTTP contract of existing Python clients", function () {
	this.timeout(300_000); // the pod may have to be built
	needs("python3", "npm");

	describe("at a pod with a simulated camera", () => {
		let pod: TestPod;
		let fastboot: string;

		beforeEach(async () => {
			pod = await testPod({ camera: "sim", flavour: "release" });
			const { uboot, profile } = writeDemoImages(pod.state, 60_000);
			fastboot = join(pod.state, "fastboot.bin");
			writeFileSync(fastboot, (await loadFastboot(uboot, await loadProfile(profile))).blob);
		});
		afterEach(async () => pod?.stop());

		function conformance(args: string[], env: NodeJS.ProcessEnv = {}, url = pod.http): Promise<Result> {
			const all = ["run", "--silent", "conformance", "--", url, "--time-scale", "0.2", ...args];
			return run("npm", all, { env: { ...process.env, RACKPOD_TOKEN: undefined, ...env } });
		}

		it("when the conformance suite is run against it then all of it passes", async () => {
			const { stderr } = await conformance(["--fastboot", fastboot, "--bridge", pod.bridge]);
			assert.match(stderr, ALL, stderr);
		});

		it("when --bridge is another pod's, or nobody's, then it is refused before the camera or a file is touched", async () => {
			const other = createServer(socket => socket.resume()).listen(0, "127.0.0.1");
			await once(other, "listening");
			const { port } = other.address() as AddressInfo;
			await fetch(`${pod.http}/tftp/kept`, { method: "PUT", body: "kept" });
			const refused = await conformance(["--bridge", `127.0.0.1:${port}`]);
			assert.deepEqual([refused.code, refused.stderr], [2, `127.0.0.1:${port} is not the serial port of ${pod.http}: that pod has not seen the connection; check --bridge, nothing was tried\n`]);
			other.close();
			const silent = await conformance(["--bridge", `127.0.0.1:${port}`]);
			assert.equal(silent.code, 2);
			assert.match(silent.stderr, /^127\.0\.0\.1:\d+, the raw serial port, does not answer: /);
			assert.equal((await fetch(`${pod.http}/tftp/kept`)).status, 200);
		});

		it("when the pod does not count the connections to its serial port then that can't be checked, and the rest is tried", async () => {
			const old = createProxy((request, response) => {
				if (request.url === "/uart")
					return void response.writeHead(404, { Connection: "close" }).end('{"error": "not_found"}');
				const { connection: _, ...headers } = request.headers;
				request.pipe(sendOn(`${pod.http}${request.url}`, { method: request.method, headers }, answer => {
					response.writeHead(answer.statusCode!, answer.headers);
					answer.pipe(response);
				}));
			}).listen(0, "127.0.0.1");
			await once(old, "listening");
			const url = `http://127.0.0.1:${(old.address() as AddressInfo).port}`;
			const named = await conformance(["-k", "Bridge", "--bridge", pod.bridge], {}, url);
			assert.match(named.stderr, /^whether \S+ is the serial port of \S+ can't be checked: this pod counts no connections\n[^]*\nRan 2 tests in [^\n]*\n\nOK\n$/);
			const unnamed = await conformance(["-k", "Bridge"], {}, url);
			assert.match(unnamed.stderr, /the pod names no raw serial port, and there is no --bridge HOST:PORT[^]*\nOK \(skipped=2\)\n$/);
			old.close();
		});

		it("when the pod has a token then all of it passes with that, and without it nothing is tried", async () => {
			await fetch(`${pod.http}/settings`, { method: "PATCH", body: JSON.stringify({ token: TOKEN }) });
			const { code, stderr } = await conformance([]);
			assert.equal(code, 2);
			assert.match(stderr, /wants its token: --token TEXT, or RACKPOD_TOKEN/);
			assert.match((await conformance(["--fastboot", fastboot], { RACKPOD_TOKEN: TOKEN })).stderr, ALL);
			assert.match((await conformance(["--token", TOKEN, "-k", "Power"])).stderr, /\nRan 4 tests in [^\n]*\n\nOK\n$/);
		});
	});
});

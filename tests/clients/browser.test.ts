/** A real browser in front of the pod: what its pages may do, those of the pod's own and those of another place. */
import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { chromium, type Browser, type Page } from "playwright-core";
import { filled } from "../../simulator/random.ts";
import { needs } from "../support/needs.ts";
import { testPod, type TestPod } from "../support/running-pod.ts";

describe("a browser", function () {
	this.timeout(300_000); // the pod may have to be built
	needs("chromium");

	describe("with a page", () => {
		let pod: TestPod;
		let browser: Browser;
		let page: Page;
		/** Serves an empty page: another port is another origin. */
		let elsewhere: Server;

		before(async () => {
			pod = await testPod();
			elsewhere = createServer((_, response) => response.setHeader("Content-Type", "text/html").end("<p>elsewhere")).listen(0, "127.0.0.1");
			await once(elsewhere, "listening");
			browser = await chromium.launch({
				executablePath: execFileSync("sh", ["-c", "command -v chromium"], { encoding: "utf8" }).trim(),
				chromiumSandbox: process.getuid?.() !== 0, // root has none
				args: ["--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
			});
		});
		beforeEach(async () => {
			page = await browser.newPage();
			await pod.client.powerOff();
			await pod.client.clear();
		});
		afterEach(async () => page?.close());
		after(async () => {
			await browser?.close();
			elsewhere?.close();
			await pod?.stop();
		});

		const abroad = (): string => `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`;

		it("when the pod is opened then it lists what it can do, and shows its state", async () => {
			await page.goto(pod.http);
			const text = await page.locator("body").innerText();
			for (const { method, path } of [{ method: "POST", path: "/fastboot" }, { method: "PUT", path: "/power/state" }, { method: "GET", path: "/uart/log" }])
				assert.match(text, new RegExp(`${method}\\s+${path}`));
			await page.goto(`${pod.http}/status`);
			assert.equal(JSON.parse(await page.locator("body").innerText()).faults.count, 0);
		});

		it("when a page of the pod's own stages a file then it reads it back, a piece of it, and its size alone", async () => {
			await page.goto(pod.http);
			const seen = await page.evaluate(async () => {
				const bytes = Uint8Array.from({ length: 300_000 }, (_, index) => index * 31 % 251);
				const url = `/tftp/${encodeURIComponent("rootfs of camera 7")}`;
				const staged = await fetch(url, { method: "PUT", body: new Blob([bytes]) });
				const whole = new Uint8Array(await (await fetch(url)).arrayBuffer());
				const piece = await fetch(url, { headers: { Range: "bytes=1000-1999" } });
				const part = new Uint8Array(await piece.arrayBuffer());
				const size = (await fetch(url, { method: "HEAD" })).headers.get("content-length");
				const removed = (await fetch(url, { method: "DELETE" })).status;
				return {
					staged: ((await staged.json()) as { size: number }).size, whole: whole.length === bytes.length && whole.every((byte, index) => byte === bytes[index]),
					piece: piece.status, part: part.length === 1000 && part.every((byte, index) => byte === bytes[1000 + index]), size, removed, gone: (await fetch(url)).status
				};
			});
			assert.deepEqual(seen, { staged: 300_000, whole: true, piece: 206, part: true, size: "300000", removed: 200, gone: 404 });
		});

		it("when a page of the pod's own switches the camera then it is switched", async () => {
			await page.goto(pod.http);
			assert.equal(await page.evaluate(async () => ((await (await fetch("/power/on", { method: "POST" })).json()) as { camera_on: boolean }).camera_on), true);
			assert.equal((await pod.client.power()).camera_on, true);
		});

		it("when a page breaks a download off then the next request is answered", async () => {
			await pod.client.stage("large", filled(4_000_000, 11));
			await page.goto(pod.http);
			const status = await page.evaluate(async () => {
				const controller = new AbortController();
				const reader = (await fetch("/tftp/large", { signal: controller.signal })).body!.getReader();
				await reader.read();
				controller.abort();
				return (await fetch("/status")).status;
			});
			assert.equal(status, 200);
		});

		it("when a page from elsewhere sends what the browser lets it send then nothing changes, and it can't read a thing", async () => {
			await pod.client.stage("kept", filled(1000, 12));
			await page.goto(abroad());
			const answers: number[] = [];
			page.on("response", response => answers.push(response.status()));
			const read = await page.evaluate(async pod => {
				for (const path of ["/power/on", "/tftp/other", "/tftp/kept", "/uart/break", "/restart"])
					await fetch(`${pod}${path}`, { method: "POST", mode: "no-cors", headers: { "Content-Type": "text/plain" }, body: "x" });
				const outcomes: string[] = [];
				for (const init of [{}, { method: "DELETE" }, { method: "PUT", body: "x" }])
					outcomes.push(await fetch(`${pod}/tftp/kept`, init).then(() => "answered", () => "refused"));
				return outcomes;
			}, pod.http);
			assert.deepEqual(answers.slice(0, 5), [403, 403, 403, 403, 403]);
			assert.deepEqual(read, ["refused", "refused", "refused"]);
			assert.deepEqual((await pod.client.files()).files.map(({ name, size }) => [name, size]), [["kept", 1000]]);
			assert.equal((await pod.client.power()).camera_on, false);
		});

		it("when a form from elsewhere is sent then nothing changes, and the answer says why", async () => {
			await page.goto(abroad());
			await page.setContent(`<form method="post" enctype="text/plain" action="${pod.http}/power/on"><button>win a camera</button></form>`);
			await Promise.all([page.waitForURL(`${pod.http}/power/on`), page.getByRole("button").click()]);
			assert.match(await page.locator("body").innerText(), /"foreign_origin"/);
			assert.equal((await pod.client.power()).camera_on, false);
		});
	});
});

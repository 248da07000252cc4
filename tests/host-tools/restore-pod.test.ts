/** What a restore does when the pod refuses, is full, forgets, or does not answer: the cases that a real one doesn't produce. */
import { strict as assert } from "node:assert";
import { Dump } from "./support/dump.ts";
import { FakePod, type FakePodOptions } from "./support/fake-pod.ts";
import { ERASE, RestoreBench } from "./support/restore-bench.ts";

describe("restore, the pod's part", () => {
	const bench = new RestoreBench();

	it("when the pod is busy then it is refused and nothing is staged", async () => {
		const error = await bench.failure(bench.run({ answers: [{ request: "POST /fastboot", status: 409, body: { error: "busy", message: "a fastboot is running", owner: "fastboot" } }] }));
		assert.equal(error.kind, "refused");
		assert.match(error.message, /409 busy.*Nothing was erased/);
		assert.ok(!bench.fake.requests.some(request => request.startsWith("PUT")));
	});

	it("when somebody else's fastboot is running then nothing is staged", async () => {
		const error = await bench.failure(bench.run({ answers: [{ request: "GET /fastboot", status: 200, body: { running: true, phase: "spl", last_result: null } }] }));
		assert.equal(error.kind, "refused");
		assert.ok(!bench.fake.requests.some(request => !request.startsWith("GET")));
	});

	it("when fastboot fails then phase and frame are said", async () => {
		const error = await bench.failure(bench.run({ answers: [{ request: "POST /fastboot", status: 500, body: { success: false, last_phase: "prestep0", failed_phase: "prestep0", error: "PRESTEP0 HEAD", elapsed_ms: 214 } }] }));
		assert.equal(error.kind, "camera");
		assert.match(error.message, /phase prestep0: PRESTEP0 HEAD/);
	});

	it("when an upload fails twice by the pod's fault then it is tried again", async () => {
		const answers = [1, 2].map(() => ({ request: "PUT /tftp/mtd1.env.bin", status: 503, body: { error: "overloaded", message: "later" } }));
		await bench.run({ answers });
		assert.deepEqual(bench.flashed(), bench.dump.content);
	});

	it("when asking for the staged files fails twice then it is asked again", async () => {
		const lost = { request: "GET /tftp", status: 0, body: "" };
		const answers: FakePodOptions["answers"] = [];
		bench.fake = new FakePod({ answers });
		bench.fake.camera.onCommand = command => {
			if (command === "sf write 0x42000000 0x10000 0x10000")
				answers.push(lost, lost);
		};
		await bench.again();
		assert.deepEqual(bench.flashed(), bench.dump.content);
		assert.deepEqual(answers, []);
	});

	it("when the pod does not answer any more then the flash's state is told at once and it is not asked for each file", async () => {
		bench.fake = new FakePod();
		const stop = new AbortController();
		bench.fake.camera.onCommand = command => {
			if (!ERASE.test(command))
				return;
			bench.fake.silent = true;
			stop.abort();
		};
		let asked = NaN;
		const job = bench.again({ signal: stop.signal, onEvent: event => {
			bench.events.push(event);
			if (event.event === "stopping")
				asked = bench.fake.requests.filter(request => request.startsWith("DELETE")).length;
		} });
		const error = await bench.failure(job);
		assert.equal(error.kind, "interrupted");
		assert.equal(error.advice, "");
		assert.match(bench.events.find(event => event.event === "stopping")!.text, /stopping while going on to rootfs\. env is written and verified/);
		assert.equal(bench.fake.requests.filter(request => request.startsWith("DELETE")).length, asked + 1);
		assert.match(bench.events.find(event => event.event === "note")!.text, /left on the pod: .*\(no answer within 5 s\); remove them/);
	});

	it("when an error comes with the interrupt then its advice is not given", async () => {
		bench.fake = new FakePod();
		const stop = new AbortController();
		bench.fake.camera.onCommand = command => {
			if (!ERASE.test(command))
				return;
			stop.abort();
			bench.fake.dropClient();
		};
		const { kind, advice } = await bench.failure(bench.again({ signal: stop.signal }));
		assert.deepEqual([kind, advice], ["interrupted", ""]);
	});

	it("when not everything fits then it goes in rounds", async () => {
		const large = new Dump({ "mtd0.boot.bin": 65536, "mtd1.env.bin": 65536, "mtd2.rootfs.bin": 2097152 });
		try {
			await bench.run({ room: 1200000, flashSize: 4194304 }, await large.load());
			assert.deepEqual(bench.fake.camera.flash.subarray(0, large.content.length), large.content);
			assert.equal(bench.fake.files.size, 0);
			assert.ok(bench.fake.requests.some(request => request.startsWith("refused")));
			await bench.fake.stop();
			await bench.run({ slots: 1, flashSize: 4194304 }, { ...await large.load(), keepStaged: true });
			assert.deepEqual(bench.fake.camera.flash.subarray(0, large.content.length), large.content);
			assert.equal(bench.fake.files.size, 1);
		}
		finally {
			large.remove();
		}
	});

	it("when there is room for one file and removing the first gets no answer then it is tried again", async () => {
		const lost = { request: "DELETE /tftp/mtd1.env.bin", status: 0, body: "" };
		const answers = [lost];
		await bench.run({ slots: 1, answers });
		assert.deepEqual(bench.flashed(), bench.dump.content);
		assert.deepEqual(answers, []);
		assert.equal(bench.fake.files.size, 0);
	});

	it("when the fastboot's own upload leaves no room then staging goes on after it", async () => {
		await bench.run({ room: 300000, blobRoom: 280000 });
		assert.deepEqual(bench.flashed(), bench.dump.content);
		assert.equal(bench.fake.requests.filter(request => request.startsWith("refused")).length, 1);
	});

	it("when an earlier run left files then pieces are not cut for want of room", async () => {
		bench.fake = new FakePod({ room: 260000 });
		bench.fake.files.set("mtd2.rootfs.bin", bench.dump.files["mtd2.rootfs.bin"]!);
		bench.fake.files.set("mtd0.boot.bin", bench.dump.files["mtd0.boot.bin"]!);
		bench.fake.files.set("mtd1.env.bin", bench.dump.files["mtd1.env.bin"]!);
		await bench.again();
		assert.equal(bench.events.find(event => event.event === "plan")!.pieces.length, 3);
	});

	it("when somebody else's files leave no room then it says how to get it", async () => {
		bench.fake = new FakePod({ slots: 1 });
		bench.fake.files.set("theirs", new Uint8Array(10));
		const error = await bench.failure(bench.again());
		assert.equal(error.kind, "refused");
		assert.match(error.advice, /rackpod rm/);
		assert.deepEqual([...bench.fake.files.keys()], ["theirs"]);
	});

	it("when a staged file vanishes before it is used then it is staged again", async () => {
		bench.fake = new FakePod();
		bench.fake.camera.onCommand = command => {
			if (command === "sf erase 0x10000 0x10000")
				bench.fake.files.delete("mtd2.rootfs.bin");
		};
		await bench.again();
		assert.deepEqual(bench.flashed(), bench.dump.content);
	});

	it("when the bytes are on the pod already then they are not sent again", async () => {
		bench.fake = new FakePod();
		bench.fake.files.set("mtd2.rootfs.bin", bench.dump.files["mtd2.rootfs.bin"]!);
		await bench.again();
		assert.ok(!bench.fake.requests.includes("PUT /tftp/mtd2.rootfs.bin"));
		assert.equal(bench.fake.files.size, 0);
	});
});

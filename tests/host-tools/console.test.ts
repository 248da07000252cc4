import { strict as assert } from "node:assert";
import type { SerialLine } from "../../host-tools/camera/console-line.ts";
import { UBootConsole } from "../../host-tools/camera/uboot-console.ts";
import { ConsoleTimeout } from "../../host-tools/camera/console-failures.ts";
import { Failure } from "../../host-tools/base/failure.ts";
import { VirtualTime } from "../support/clock.ts";

const PROMPT = "OpenIPC # ";

/** Lets everything that waits for nothing but its turn go on. */
const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

/** A line on which a script answers: each text that is written, at once. */
class ScriptedLine implements SerialLine {
	readonly written: string[] = [];
	answer: (text: string) => string | undefined = () => undefined;
	onData: (bytes: Uint8Array) => void = () => undefined;
	onClosed: (reason: string) => void = () => undefined;
	onDrain: () => void = () => undefined;

	write(bytes: string | Uint8Array): boolean {
		const text = String(bytes);
		this.written.push(text);
		const answer = this.answer(text);
		if (answer)
			queueMicrotask(() => this.say(answer));
		return true;
	}

	say(text: string): void {
		this.onData(Buffer.from(text, "latin1"));
	}

	close(): void {}
}

describe("the U-Boot console", () => {
	let time: VirtualTime;
	let line: ScriptedLine;
	let uboot: UBootConsole;

	beforeEach(() => {
		time = new VirtualTime();
		line = new ScriptedLine();
		uboot = new UBootConsole({ line, clock: time });
	});

	afterEach(() => assert.equal(time.pending, 0, "an alarm was left behind"));

	/** Lets time pass until `job` is settled. */
	async function settled<T>(job: Promise<T>, limit = 600000): Promise<T> {
		let over = false;
		const watch = (): void => {
			over = true;
		};
		job.then(watch, watch);
		for (;;) {
			// What is answered by microtasks comes before time passes.
			await turn();
			if (over)
				return job;
			assert.ok(time.now() < limit && time.step(), "it waits for ever");
		}
	}

	/** Echoes, and answers each line by `answers`. */
	function shell(answers: Record<string, string>, prompt = PROMPT): void {
		let typed = "";
		line.answer = text => {
			if (text === "\x03") {
				typed = "";
				return `<INTERRUPT>\r\n${prompt}`;
			}
			if (text !== "\r") {
				typed += text;
				return text;
			}
			const command = typed;
			typed = "";
			return `\r\n${answers[command] ?? `Unknown command '${command}' - try 'help'\r\n`}${prompt}`;
		};
	}

	async function atPrompt(answers: Record<string, string>, prompt = PROMPT): Promise<void> {
		shell(answers, prompt);
		await settled(uboot.takeOver());
		line.written.length = 0;
	}

	for (const prompt of ["OpenIPC # ", "hisilicon # ", "=> "]) {
		it(`when the prompt is "${prompt}" then it is recognised and commands end by it`, async () => {
			await atPrompt({ version: "U-Boot 2016.11\r\n" }, prompt);
			assert.equal(uboot.prompt, prompt);
			assert.equal(await settled(uboot.run("version")), "U-Boot 2016.11");
		});
	}

	it("when a command is run then it is typed, and Return follows only after the echo", async () => {
		await atPrompt({ "sf probe 0": "ok\r\n" });
		line.answer = () => undefined;
		const job = uboot.run("sf probe 0");
		await turn();
		assert.deepEqual(line.written, ["sf probe 0"]);
		line.say("sf probe");
		await turn();
		assert.deepEqual(line.written, ["sf probe 0"]);
		line.say(" 0");
		await turn();
		assert.deepEqual(line.written, ["sf probe 0", "\r"]);
		line.say(`\r\nok\r\n${PROMPT}`);
		assert.equal(await settled(job), "ok");
	});

	it("when surplus prompts come late then no answer is shifted", async () => {
		await atPrompt({ one: "first\r\n", two: "second\r\n" });
		line.say(`<INTERRUPT>\r\n${PROMPT}<INTERRUPT>\r\n${PROMPT}`);
		assert.equal(await settled(uboot.run("one")), "first");
		line.say(`<INTERRUPT>\r\n${PROMPT}`);
		assert.equal(await settled(uboot.run("two")), "second");
	});

	it("when an answer contains the prompt in its middle then it is not cut there", async () => {
		await atPrompt({});
		let typed = "";
		line.answer = text => {
			if (text !== "\r") {
				typed += text;
				return text;
			}
			return undefined;
		};
		const job = uboot.run("printenv");
		await turn();
		assert.equal(typed, "printenv");
		line.say(`\r\nprompt=${PROMPT}`);
		time.advance(100);
		await turn();
		line.say(`\r\n${PROMPT}`);
		time.advance(10);
		await turn();
		line.say(`is what it says\r\n${PROMPT}`);
		assert.equal(await settled(job), `prompt=${PROMPT}\n${PROMPT}is what it says`);
	});

	it("when the prompt follows text without a line break then the answer still ends", async () => {
		await atPrompt({ "sf erase": "Erasing -- 100% complete." });
		assert.equal(await settled(uboot.run("sf erase")), "Erasing -- 100% complete.");
	});

	it("when the answer doesn't end then it times out and the prompt is fetched back", async () => {
		await atPrompt({});
		const { answer } = line;
		line.answer = text => text === "\r" ? "\r\nLoading: T T" : answer(text);
		const error = await settled(uboot.run("tftpboot", { seconds: 120 }).catch((thrown: unknown) => thrown));
		assert.ok(error instanceof ConsoleTimeout && error.recovered);
		assert.match(error.message, /"tftpboot" did not end within 120 s.*T T/);
		assert.equal(line.written.at(-1), "\x03");
	});

	it("when the camera is dead then the time-out says that it stays so", async () => {
		await atPrompt({});
		line.answer = text => text === "\r" || text === "\x03" ? undefined : text;
		const error = await settled(uboot.run("boom").catch((thrown: unknown) => thrown));
		assert.ok(error instanceof ConsoleTimeout && !error.recovered);
	});

	it("when interrupted then Ctrl-C is sent and the prompt awaited", async () => {
		await atPrompt({});
		const { answer } = line;
		line.answer = text => text === "\r" ? "\r\nLoading: #" : answer(text);
		const stop = new AbortController();
		const job = uboot.run("tftpboot", { signal: stop.signal }).catch((thrown: unknown) => thrown);
		await turn();
		stop.abort();
		const error = await settled(job);
		assert.ok(error instanceof Failure && error.kind === "interrupted");
		assert.deepEqual(line.written, ["tftpboot", "\r", "\x03"]);
	});

	it("when the line is lost then the command fails with the reason", async () => {
		await atPrompt({});
		line.answer = () => undefined;
		const job = uboot.run("version").catch((thrown: unknown) => thrown);
		line.onClosed("the pod closed it");
		const error = await settled(job);
		assert.ok(error instanceof Failure && error.kind === "unreachable");
		assert.match(error.message, /the pod closed it/);
	});

	for (const command of ["", " ", "a\rb", "a\nb", "saveenv\x00", " version", "version "]) {
		it(`when the command is ${JSON.stringify(command)} then nothing is sent`, async () => {
			await atPrompt({});
			const error = await settled(uboot.run(command).catch((thrown: unknown) => thrown));
			assert.ok(error instanceof Failure && error.kind === "usage");
			assert.deepEqual(line.written, []);
		});
	}

	it("when nothing is heard then taking over fails in its time", async () => {
		const error = await settled(uboot.takeOver(15).catch((thrown: unknown) => thrown));
		assert.ok(error instanceof Failure && error.kind === "camera");
		assert.match(error.message, /said nothing for 15 s/);
		assert.ok(time.now() >= 15000 && time.now() < 15500);
	});

	it("when Linux starts then taking over ends at once", async () => {
		line.answer = () => "\r\nStarting kernel ...\r\n";
		const error = await settled(uboot.takeOver(15).catch((thrown: unknown) => thrown));
		assert.match((error as Failure).message, /Linux has started/);
		assert.ok(time.now() < 1000);
	});

	it("when a shell's prompt looks alike then it is not taken for U-Boot's", async () => {
		line.answer = () => "\r\nroot@OpenIPC # ";
		const error = await settled(uboot.takeOver(3).catch((thrown: unknown) => thrown));
		assert.match((error as Failure).message, /no U-Boot prompt within 3 s.*root@OpenIPC/);
	});

	it("when Ctrl-C is answered late then several prompts are one", async () => {
		let count = 0;
		line.answer = () => {
			count++;
			return undefined;
		};
		const job = uboot.takeOver();
		time.advance(1000);
		await turn();
		line.say(`<INTERRUPT>\r\n${PROMPT}`);
		time.advance(100);
		line.say(`<INTERRUPT>\r\n${PROMPT}`);
		await settled(job);
		assert.ok(count >= 2);
		assert.equal(uboot.prompt, PROMPT);
	});

	it("when words come then they are heard, in pieces too, and silence is not for ever", async () => {
		const job = uboot.hear("login:", 10);
		line.say("openipc log");
		line.say("in: ");
		assert.equal(await settled(job), true);
		assert.equal(await settled(uboot.hear("never", 10)), false);
	});
});

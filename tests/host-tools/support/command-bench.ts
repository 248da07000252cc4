/** The `rackpod` command in this process, with a fake pod and a small dump, and everything that tests of it need to see. */
import { EventEmitter } from "node:events";
import type { Context, StopSignal } from "../../../host-tools/cli/context.ts";
import { main } from "../../../host-tools/cli/main.ts";
import { Dump, fastClock } from "./dump.ts";
import { FakePod, type FakePodOptions } from "./fake-pod.ts";

/** A terminal, or a pipe, without a process. */
class World implements Context {
	out = "";
	err = "";
	readonly exits: number[] = [];
	readonly env: Record<string, string> = {};
	readonly clock = fastClock;
	readonly keys = new EventEmitter();
	interrupt: ((signal: StopSignal) => void) | undefined;
	raw = false;
	onOut: (text: string) => void = () => undefined;
	readonly stdout = { isTTY: false, columns: 80, write: (text: string | Uint8Array) => {
		this.out += Buffer.from(text as string).toString("latin1");
		this.onOut(this.out);
	} };
	readonly stderr = { isTTY: false, write: (text: string | Uint8Array) => void (this.err += text) };
	readonly stdin = Object.assign(this.keys, { isTTY: false, pause: () => undefined, resume: () => undefined,
		setRawMode: (raw: boolean) => void (this.raw = raw) });

	onInterrupt(callback: (signal: StopSignal) => void): () => void {
		this.interrupt = callback;
		return () => this.interrupt = undefined;
	}

	exit(code: number): void {
		this.exits.push(code);
	}
}

export class CommandBench {
	dump!: Dump;
	/** Each test's own. */
	world!: World;
	/** The last pod of the test; stopped after it. */
	fake: FakePod | undefined;

	/** For a `describe`: sets itself up before its tests and cleans up after them. */
	constructor() {
		before(() => {
			this.dump = new Dump();
		});
		after(() => this.dump.remove());
		beforeEach(() => {
			this.world = new World();
		});
		afterEach(async () => {
			await this.fake?.stop();
			this.fake = undefined;
		});
	}

	/** Starts a pod, which is the one that commands mean when they name none. */
	readonly pod = async (options: FakePodOptions = {}): Promise<FakePod> => {
		this.fake = new FakePod(options);
		await this.fake.start();
		this.world.env.RACKPOD = this.fake.host;
		return this.fake;
	};

	readonly run = (...args: string[]): Promise<number> => main(args, this.world);

	readonly restoreArgs = (): string[] => ["restore", this.dump.path, "--uboot", this.dump.uboot, "--profile", this.dump.profile];

	/** The output, as JSON. */
	readonly lines = (): Record<string, unknown>[] => this.world.out.trim().split("\n")
		.map(line => JSON.parse(line) as Record<string, unknown>);
}

/** A restore of a small dump on a fake pod and camera in virtual time, with everything that tests of it need to see. */
import { strict as assert } from "node:assert";
import { Failure } from "../../../host-tools/base/failure.ts";
import { restore, type RestoreOptions, type RestoreResult } from "../../../host-tools/jobs/restore.ts";
import type { JobEvent } from "../../../host-tools/jobs/events.ts";
import { Dump } from "./dump.ts";
import { FakePod, type FakePodOptions } from "./fake-pod.ts";
import { MemoryNetwork } from "./memory-network.ts";

export const ERASE = /^sf erase /;

export class RestoreBench {
	dump!: Dump;
	/** The pod of the last run; stopped after each test. */
	fake!: FakePod;
	/** Of each test's own. */
	network!: MemoryNetwork;
	/** What the last run told. */
	events: JobEvent[] = [];

	/** For a `describe`: sets itself up before its tests and cleans up after them. */
	constructor() {
		before(() => {
			this.dump = new Dump();
		});
		after(() => this.dump.remove());
		beforeEach(() => {
			this.network = new MemoryNetwork();
		});
		afterEach(async () => {
			await this.fake.stop();
			this.network.stop();
		});
	}

	/** A restore on a new pod. */
	async run(options: FakePodOptions = {}, more: Partial<RestoreOptions> = {}): Promise<RestoreResult> {
		this.fake = new FakePod(options);
		return this.again(more);
	}

	/** A restore on the pod that is there, not started yet. */
	async again(more: Partial<RestoreOptions> = {}): Promise<RestoreResult> {
		this.events = [];
		const pod = await this.fake.start({}, this.network);
		return restore({ pod, ...await this.dump.load(), clock: this.network.clock, expectSeconds: 2, onEvent: event => this.events.push(event), ...more });
	}

	async failure(job: Promise<RestoreResult>): Promise<Failure> {
		try {
			await job;
		}
		catch (error) {
			assert.ok(error instanceof Failure, String(error));
			return error;
		}
		return assert.fail("it did not fail");
	}

	erased(): boolean {
		return this.fake.camera.commands.some(command => ERASE.test(command));
	}

	flashed(): Buffer {
		return this.fake.camera.flash.subarray(0, this.dump.content.length);
	}
}

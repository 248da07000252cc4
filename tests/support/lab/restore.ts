/**
 * `rackpod restore` of a small camera by a pod of the lab, and what it has done. One at a time: `pod`, `camera` and the rest are those of the
 * test that runs. Its describe calls `labRestores`.
 */
import { strict as assert } from "node:assert";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endAll, rackpod, startRackpod, testPod, type Result, type Running, type TestPod, type TestPodOptions } from "../pod-lab.ts";
import { NOR_SIZE, restored, restoreWords, smallCamera, type Sizes, type SmallCamera } from "../small-camera.ts";

/** One that is erased and written for seconds. */
export const LARGE_KERNEL: Sizes = { kernel: 2 * 1024 * 1024 };

/** A line of `--json`. */
export interface Event {
	event: string;
	name?: string;
	step?: string;
	phase?: string;
	sent?: number;
	percent?: number;
	[field: string]: unknown;
}

export let folder: string;
export let pod: TestPod;
export let camera: SmallCamera;
/** What was in the flash before. */
export let old: Buffer;

/** Makes a folder for each test, and ends all that the test began. */
export function labRestores(): void {
	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), "rackpod-restore-"));
	});

	afterEach(async () => {
		endAll();
		await pod?.stop();
		rmSync(folder, { recursive: true, force: true });
	});
}

export interface Start {
	blank?: boolean;
	/** Of the firmware to restore. */
	sizes?: Sizes;
	options?: TestPodOptions;
	arguments?: string[];
}

/** A pod with a camera whose flash holds another firmware, or nothing. */
export async function start({ blank = false, sizes, options = {}, arguments: more = [] }: Start = {}): Promise<void> {
	old = blank ? Buffer.alloc(NOR_SIZE, 0xff) : smallCamera(folder, 50).flash;
	camera = smallCamera(folder, 1, sizes);
	pod = await testPod({ camera: "sim", nor: blank ? undefined : old, cameraArguments: more, ...options });
}

export const restore = (...more: string[]): Promise<Result> => rackpod(...restoreWords(camera, pod, ...more));
export const staged = async (): Promise<string[]> => (await pod.client.files()).files.map(({ name }) => name);
export const eventOf = (line: string): Event => JSON.parse(line) as Event;
export const eventsOf = ({ stdout }: Result): Event[] => stdout.trimEnd().split("\n").map(eventOf);

/** Starts one and waits until it says something for which `wanted` holds. */
export async function startUntil(wanted: (event: Event) => boolean, ...more: string[]): Promise<Running> {
	const running = startRackpod(...restoreWords(camera, pod, "--json", ...more));
	await running.line(line => wanted(eventOf(line)));
	return running;
}

/** The partition is as it is in `flash`. */
export function holds(name: string, flash: Buffer): boolean {
	const { offset, bytes } = camera.pieces.find(piece => piece.name === name)!;
	return pod.nor().subarray(offset, offset + bytes.length).equals(flash.subarray(offset, offset + bytes.length));
}

export const untouched = (): boolean => pod.nor().equals(old);
export const expected = (): Buffer => restored(camera, old);

export function assertRestored({ code, stdout, stderr }: Result): void {
	assert.equal(code, 0, `${stdout}\n${stderr}\n${pod.log.join("\n")}`);
	assert.ok(pod.nor().equals(expected()), "the flash differs from the dump");
}

/** Nothing but the exit code, the texts and the world may say that it went wrong. */
export function assertStopped(result: Result, code: number, message: RegExp): void {
	assert.equal(result.code, code, `${result.stdout}\n${result.stderr}`);
	assert.match(result.stderr, message);
}

/** Makes each load last for seconds. */
export const slow = (): Promise<unknown> => pod.ask("inject latency 50");

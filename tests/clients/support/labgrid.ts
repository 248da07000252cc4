/** labgrid's pytest plug-in, run as its users do: an environment file, a file of tests, nothing of ours between. */
import { strict as assert } from "node:assert";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../support/command.ts";
import { PYTHON } from "../../support/needs.ts";
import type { TestPod } from "../../support/running-pod.ts";

/** Environments and tests. */
const FILES = join(import.meta.dirname, "../labgrid");

/** An environment file of labgrid/. */
export function environmentFile(name: string): string {
	return readFileSync(join(FILES, name), "utf8");
}

/**
 * Runs `tests`, a file of labgrid/, at `pod`: its addresses take the place of those in `environment`. All must pass.
 *
 * @returns how many did
 */
export async function labgrid(pod: TestPod, environment: string, tests: string): Promise<number> {
	const folder = mkdtempSync(join(tmpdir(), "rackpod-test-"));
	try {
		const ports: Record<string, number> = { 8080: pod.httpPort, 9000: pod.bridgePort, 9001: pod.rfc2217Port };
		// every port is looked at once: a new one may be another's old one
		const here = environment.replaceAll("pod-7.local", "127.0.0.1").replace(/(?<=127\.0\.0\.1:|port: )\d+/g, port => String(ports[port] ?? port));
		writeFileSync(join(folder, "environment.yaml"), here);
		copyFileSync(join(FILES, tests), join(folder, tests));
		const { code, stdout } = await run("env", ["-C", folder, PYTHON, "-m", "pytest", "-p", "no:cacheprovider", "--lg-env", "environment.yaml", tests]);
		assert.equal(code, 0, stdout);
		return Number(/ (\d+) passed\b/.exec(stdout)?.[1]);
	}
	finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

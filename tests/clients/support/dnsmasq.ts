/** dnsmasq as a TFTP server beside the pod. Its port is always 69, so that it needs root and an address of its own. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

export const PROGRAM = "dnsmasq";
export const PORT = 69;

export interface Server {
	stop(): Promise<void>;
}

/** Why it can't serve here; undefined when it can. */
export function dnsmasqObstacle(): string | undefined {
	return process.getuid?.() === 0 ? undefined : "not root";
}

/**
 * Serves the files of `folder`, which must be everybody's to read, at `address`.
 *
 * @param command put in front: where it runs in a network namespace
 */
export async function startDnsmasq(address: string, folder: string, command: readonly string[] = []): Promise<Server> {
	const [program, ...args] = [...command, PROGRAM, "--keep-in-foreground", "--conf-file=/dev/null", "--port=0", "--log-facility=-", "--pid-file=",
		`--listen-address=${address}`, "--bind-interfaces", "--enable-tftp", `--tftp-root=${folder}`];
	const child = spawn(program!, args, { stdio: ["ignore", "ignore", "pipe"] });
	const exit = once(child, "exit");
	const said: string[] = [];
	const lines = createInterface({ input: child.stderr });
	lines.on("line", line => said.push(line));
	const ready = (async () => {
		// its last line before it serves
		while (!said.some(line => line.includes("TFTP root is")))
			await once(lines, "line");
	})();
	await Promise.race([ready, exit.then(() => {
		throw new Error(`dnsmasq ended: ${said.join("\n")}`);
	})]);
	return {
		async stop() {
			child.kill();
			await exit;
		}
	};
}

/** A shell in the camera's Linux, over the pod's bridge: logs in, runs commands, knows where an answer ends. */
import { strict as assert } from "node:assert";
import { HOSTNAME, PASSWORD } from "../../../simulator/qemu/initramfs.ts";
import type { Peer } from "../../support/running-pod.ts";

const PROMPT = `root@${HOSTNAME}:~# `;

export class LinuxConsole {
	#peer: Peer;

	private constructor(peer: Peer) {
		this.#peer = peer;
	}

	/** Logs in at the login prompt that has come or will come; 20 s of silence are too long. */
	static async login(peer: Peer): Promise<LinuxConsole> {
		await peer.until(text => text.includes(`${HOSTNAME} login: `), "the login prompt");
		peer.send("root\r");
		await peer.until(text => text.includes("Password: "), "the password's prompt");
		peer.send(`${PASSWORD}\r`);
		await peer.until(text => text.includes(PROMPT), "the shell's prompt");
		const console = new LinuxConsole(peer);
		await console.run("stty columns 1000"); // or long lines are echoed in pieces
		return console;
	}

	/** Sends a command that doesn't come back to the prompt (`reboot`). */
	leave(command: string): void {
		this.#peer.received = Buffer.alloc(0);
		this.#peer.send(`${command}\r`);
	}

	/** What `command` printed. Its status must be 0. */
	async run(command: string): Promise<string> {
		const { status, said } = await this.attempt(command);
		assert.equal(status, 0, said);
		return said;
	}

	/** What `command` printed, and its exit status. */
	async attempt(command: string): Promise<{ status: number; said: string }> {
		this.#peer.received = Buffer.alloc(0);
		// written so that the echo of the command is not taken for its end
		this.#peer.send(`${command}; echo "=""$?="\r`);
		const end = /=(\d+)=\r\n[^\n]*# /; // and perhaps a question where the cursor is
		await this.#peer.until(text => end.test(text), command);
		const { text } = this.#peer;
		const match = end.exec(text)!;
		return { status: Number(match[1]), said: text.slice(text.indexOf("\n") + 1, match.index) };
	}
}

/**
 * Locks between processes: the kernel's, on a file that says who holds it.
 *
 * `flock`, of util-linux as every Linux has it, locks a file that this process has open, and leaves; the lock then lives as long as that
 * opening does, here and in processes that inherit it. So it goes with its holder, however that ends. The file stays: to remove it would
 * let two in.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";

/** How long a lock is waited for in silence, and how long for one whose holder has died but not all that it had started. Milliseconds. */
const SILENCE = 1000;
const MOURNING = 10_000;

export interface Lock {
	/** For `stdio` of a process that shall hold the lock, too. */
	fd: number;
	/** Harmless twice. */
	release(): void;
}

/** Waits for ever. `onWait` is called once, with the holder's number, when it takes a while. */
export async function lock(path: string, onWait: (holder: number) => void): Promise<Lock> {
	const fd = openSync(path, "a+");
	const timer = setTimeout(() => onWait(holder(path)), SILENCE);
	try {
		await flock(fd);
	}
	catch (error) {
		closeSync(fd);
		throw error;
	}
	finally {
		clearTimeout(timer);
	}
	return held(fd);
}

/** The lock, or the number of the process that holds it. */
export async function lockIfFree(path: string): Promise<Lock | number> {
	const fd = openSync(path, "a+");
	try {
		if (await flock(fd, "-n") || (!isAlive(holder(path)) && await flock(fd, "-w", String(MOURNING / 1000))))
			return held(fd);
	}
	catch (error) {
		closeSync(fd);
		throw error;
	}
	closeSync(fd);
	return holder(path);
}

function held(fd: number): Lock {
	ftruncateSync(fd);
	writeSync(fd, String(process.pid));
	let open = true;
	const release = (): void => {
		if (open)
			closeSync(fd);
		open = false;
	};
	return { fd, release };
}

/** Whether the lock could be had. */
async function flock(fd: number, ...options: string[]): Promise<boolean> {
	const child = spawn("flock", ["-x", ...options, "3"], { stdio: ["ignore", "ignore", "inherit", fd] });
	const [code] = await once(child, "exit") as [number | null];
	if (code !== 0 && code !== 1)
		throw new Error(`flock ended with ${code}`);
	return code === 0;
}

/** 0 when the file doesn't say: the holder has only just come. */
function holder(path: string): number {
	return Number(readFileSync(path, "latin1"));
}

/** Whether there is such a process; 0 is one that is only just beginning. */
export function isAlive(pid: number): boolean {
	if (pid === 0)
		return true;
	try {
		process.kill(pid, 0);
		return true;
	}
	catch (error) {
		return (error as NodeJS.ErrnoException).code === "EPERM";
	}
}

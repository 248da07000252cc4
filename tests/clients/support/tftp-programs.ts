/** TFTP clients that nobody here wrote: their command lines, and how each says that it failed. */
import { execFile, spawn, type ChildProcess } from "node:child_process";

export interface TransferOptions {
	/** RFC 2348; the program's default when absent. */
	blockSize?: number;
	/** RFC 7440. */
	window?: number;
	/** No options in the request at all. */
	plain?: boolean;
	/** The client's own UDP port. */
	from?: number;
	/** Seconds after which it repeats itself, where it can be told. */
	patience?: number;
}

export interface Program {
	name: string;
	/** Its executable. */
	program: string;
	/** Which of the options it has. */
	offers: readonly (keyof TransferOptions)[];
	/** The smallest blockSize it takes. */
	leastBlock?: number;
	/** An upload is over when a block of it is lost, because the next one is sent in its place: atftp 0.8.0 does that. */
	losesUploads?: boolean;
	/** Arguments for a transfer between `name` at 127.0.0.1:`port` and `file`. */
	get(port: number, name: string, file: string, options: TransferOptions): string[];
	put(port: number, name: string, file: string, options: TransferOptions): string[];
}

const curl = ({ blockSize, plain }: TransferOptions): string[] => ["-sS", "-m", "60", ...blockSize ? ["--tftp-blksize", String(blockSize)] : [], ...plain ? ["--tftp-no-options"] : []];
const hpa = ({ from }: TransferOptions): string[] => ["-m", "binary", ...from ? ["-R", `${from}:${from}`] : []];
const atftp = ({ blockSize, window, patience }: TransferOptions): string[] => [...patience ? ["--tftp-timeout", String(patience)] : [], ...blockSize ? ["--option", `blksize ${blockSize}`] : [], ...window ? ["--option", `windowsize ${window}`] : []];
const busybox = ({ blockSize }: TransferOptions): string[] => ["tftp", ...blockSize ? ["-b", String(blockSize)] : []];

export const PROGRAMS: readonly Program[] = [
	{
		name: "curl",
		program: "curl",
		offers: ["blockSize", "plain"],
		get: (port, name, file, options) => [...curl(options), `tftp://127.0.0.1:${port}/${name}`, "-o", file],
		put: (port, name, file, options) => [...curl(options), "-T", file, `tftp://127.0.0.1:${port}/${name}`]
	},
	{
		name: "tftp-hpa",
		program: "tftp",
		offers: ["from"],
		get: (port, name, file, options) => [...hpa(options), "127.0.0.1", String(port), "-c", "get", name, file],
		put: (port, name, file, options) => [...hpa(options), "127.0.0.1", String(port), "-c", "put", file, name]
	},
	{
		name: "atftp",
		program: "atftp",
		offers: ["blockSize", "window"],
		losesUploads: true,
		get: (port, name, file, options) => [...atftp(options), "--get", "-r", name, "-l", file, "127.0.0.1", String(port)],
		put: (port, name, file, options) => [...atftp(options), "--put", "-r", name, "-l", file, "127.0.0.1", String(port)]
	},
	{
		name: "busybox",
		program: "busybox",
		offers: ["blockSize"],
		leastBlock: 24,
		get: (port, name, file, options) => [...busybox(options), "-g", "-r", name, "-l", file, "127.0.0.1", String(port)],
		put: (port, name, file, options) => [...busybox(options), "-p", "-r", name, "-l", file, "127.0.0.1", String(port)]
	}
];

export interface Outcome {
	ok: boolean;
	code: number;
	/** stdout and stderr. */
	said: string;
}

/**
 * Milliseconds that no transfer of these tests needs, whatever the network does. When nothing comes any more, busybox gives up after 13 s,
 * tftp-hpa after 25 s, atftp after 6 times its patience; curl ends after 60 s in any case, as it is told above. But for curl, each block
 * that gets through begins the wait anew.
 */
export const PATIENCE = 180_000;

/** Runs a transfer to its end. Rejects when the client neither ends nor gives up: that is a hang, not a failed transfer. */
export function transfer({ name, program }: Pick<Program, "name" | "program">, args: string[], patience = PATIENCE): Promise<Outcome> {
	return new Promise((resolve, reject) => {
		execFile(program, args, { timeout: patience, killSignal: "SIGKILL" }, (error, stdout, stderr) => {
			const said = stdout + stderr;
			if (error?.killed) {
				reject(new Error(`${name} neither ended nor gave up within ${patience / 1000} s: ${said}`));
				return;
			}
			const code = error ? Number(error.code ?? -1) : 0;
			// tftp-hpa ends with 0 when it is refused
			resolve({ ok: code === 0 && !/error|timed out|not found|aborting/i.test(said), code, said });
		});
	});
}

/** Starts a transfer, to be killed in the middle of it. */
export function begin({ program }: Program, args: string[]): ChildProcess {
	return spawn(program, args, { stdio: "ignore" });
}

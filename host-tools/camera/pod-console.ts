/**
 * A pod's console: on which port it is, the line, and the proof that this line is this pod's.
 *
 * Several pods can share one address, behind a port forwarding or in a simulator. A console that belongs to another pod would send the
 * flash commands for one camera to another one, and everything would look right. So nobody gets a line whose connecting the pod has not
 * noticed: either it counts it and names our own address and port, or, where addresses are translated on the way, its count of connections
 * has followed ours several times, by numbers and at moments that we drew. What another pod's console does, or somebody else who connects
 * to this one, can't be taken for that. Where several others connect again and again the count is of no use: then we stay until we are
 * named, twice.
 *
 * A pod lets a newcomer only read along for about a second while somebody holds the line: a proof is over sooner and disturbs nobody.
 */
import { connectConsole, type ConsoleLine } from "./console-line.ts";
import { sleep, type Clock } from "../base/clock.ts";
import { CONSOLE_PORT, HTTP_PORT } from "../../modules/protocol/ports.ts";
import { Failure } from "../base/failure.ts";
import type { LineSource } from "./persistent-line.ts";
import { hostOf } from "../pod/address.ts";
import type { RackPod, UartLog } from "../pod/rack-pod.ts";
import type { UartState } from "../../modules/protocol/answers.ts";

/** Milliseconds: between two looks at the pod's count; within which a connection must be counted; the longest pause in a proof. */
const LOOK = 60;
const COUNTED = 3000;
const PAUSE = 200;
/**
 * A proof by counting: rounds, and the most connections in each of them; milliseconds within which they are counted. Somebody else who
 * comes and goes once a second would have to hit all these numbers and pauses.
 */
const ROUNDS = 6;
const MOST = 4;
const SOON = 600;
/** A proof that somebody else has disturbed is begun again. */
const PROOFS = 4;
/**
 * Connections that stay until they are named, milliseconds for each (a newcomer has the line after a second), and how many of them must
 * be: among many connections of this computer's to two pods, one may have the port number of another.
 */
const STAYS = 10;
const NAMED = 2500;
const OFTEN = 2;

export class PodConsole implements LineSource {
	#pod: RackPod;
	#clock: Clock;
	#port: number | undefined;
	/** The port is this pod's. */
	#proven = false;

	constructor(pod: RackPod, clock: Clock) {
		this.#pod = pod;
		this.#clock = clock;
	}

	/** Connects. Throws Failure `refused` when the line is not, or can't be shown to be, this pod's; `unreachable` when there is none. */
	async connect(signal?: AbortSignal): Promise<ConsoleLine> {
		const before = await this.#pod.uart({ signal });
		this.#port ??= consolePortOf(this.#pod, before);
		if (this.#port === undefined)
			throw new Failure("refused", `the pod at ${this.#pod.address.url.host} does not say which port its console is on`,
				"give it with --console-port");
		const line = await this.#open(signal);
		line.since = before.log_end;
		try {
			if (await this.#arrived(line, before, signal))
				this.#proven = true;
			if (this.#proven)
				return line;
		}
		catch (error) {
			line.close();
			throw error;
		}
		line.close();
		await this.#prove(signal);
		return this.connect(signal);
	}

	/** Who has the console now: HOST:PORT, or undefined. */
	async holder(signal?: AbortSignal): Promise<string | undefined> {
		return holderOf(await this.#pod.uart({ signal }));
	}

	async log(since: number, signal?: AbortSignal): Promise<UartLog> {
		return this.#pod.uartLog(since, { signal });
	}

	#open(signal: AbortSignal | undefined): Promise<ConsoleLine> {
		return connectConsole({ host: hostOf(this.#pod.address.url), port: this.#port! }, this.#clock, signal, this.#pod.network);
	}

	/** Waits until the pod has noticed `line`. True when it names it. Throws Failure `refused` when it has noticed nothing. */
	async #arrived(line: ConsoleLine, before: UartState, signal: AbortSignal | undefined): Promise<boolean> {
		for (const end = this.#clock.now() + COUNTED; ;) {
			const now = await this.#pod.uart({ signal });
			// Older pods don't count. Theirs is the usual place or none.
			if (countOf(now) === undefined && this.#pod.consolePort === undefined)
				return true;
			if (names(now, line, before) && (countOf(now) === undefined || countOf(now) === countOf(before)! + 1))
				return true;
			if (countOf(now) !== undefined && countOf(now) !== countOf(before))
				return false;
			if (this.#clock.now() > end)
				throw this.#refusal(countOf(now) === undefined ? "the pod does not say who is connected"
					: "the pod noticed no connection when one was made there");
			await sleep(this.#clock, LOOK, signal);
		}
	}

	async #prove(signal: AbortSignal | undefined): Promise<void> {
		for (let proof = 0; proof < PROOFS && !this.#proven; proof++)
			this.#proven = await this.#counts(signal);
		for (let stay = 0, named = 0; stay < STAYS && !this.#proven; stay++) {
			if (await this.#isNamed(signal))
				this.#proven = ++named === OFTEN;
		}
		if (!this.#proven)
			throw this.#refusal("its count of connections does not follow ours, or others connect all the time",
				"end what connects again and again (conserver, a loop of nc); or it is another pod's port: ");
	}

	/** Whether the pod names a connection that stays, before somebody else takes the line from it. */
	async #isNamed(signal: AbortSignal | undefined): Promise<boolean> {
		const before = await this.#pod.uart({ signal });
		const line = await this.#open(signal);
		let open = true;
		line.onClosed = () => open = false;
		try {
			for (const end = this.#clock.now() + NAMED; open && this.#clock.now() < end;) {
				if (names(await this.#pod.uart({ signal }), line, before))
					return true;
				await sleep(this.#clock, LOOK, signal);
			}
			return false;
		}
		finally {
			line.close();
		}
	}

	/** Whether the pod counts exactly the connections that are made now, and none between them. */
	async #counts(signal: AbortSignal | undefined): Promise<boolean> {
		const { random } = this.#pod.network;
		const count = async (): Promise<number | undefined> => countOf(await this.#pod.uart({ signal }));
		const steady = async (at: number | undefined): Promise<boolean> => {
			await sleep(this.#clock, random(PAUSE / 4, PAUSE), signal);
			return await count() === at;
		};
		let expected = await count();
		for (let round = 0; round < ROUNDS; round++) {
			if (expected === undefined || !await steady(expected))
				return false;
			const lines = await Promise.all(Array.from({ length: random(1, MOST + 1) }, () => this.#open(signal)));
			expected += lines.length;
			try {
				for (const end = this.#clock.now() + SOON; (await count() ?? 0) < expected && this.#clock.now() < end;)
					await sleep(this.#clock, LOOK, signal);
				if (!await steady(expected))
					return false;
			}
			finally {
				lines.forEach(line => line.close());
			}
		}
		return true;
	}

	#refusal(reason: string, first = ""): Failure {
		const { url } = this.#pod.address;
		return new Failure("refused",
			`the console at ${hostOf(url)}:${this.#port} is not shown to be that of the pod at ${url.host}: ${reason}. Nothing was sent to it`,
			`${first}give the port that belongs to this pod's console with --console-port; \`curl POD/uart\` tells it as raw_port where no ports ` +
				`are forwarded`);
	}
}

/** Who holds the console by what the pod says: HOST:PORT; undefined when nobody does. */
export function holderOf({ bridge }: UartState): string | undefined {
	const client = bridge?.client;
	return typeof client === "object" && client !== null ? `${client.address}:${client.port}` : client ?? undefined;
}

/** Whether the pod, which said `before` before `line` was connected, has noticed it and names it now. */
function names(now: UartState, line: ConsoleLine, before: UartState): boolean {
	return holderOf(now) === line.local && (countOf(now) === undefined || countOf(now) !== countOf(before));
}

function countOf({ bridge }: UartState): number | undefined {
	return bridge?.connections;
}

/** Given, told by the pod, or the usual one where HTTP has its usual port, too: older pods don't tell it. */
export function consolePortOf(pod: RackPod, state?: UartState): number | undefined {
	return pod.consolePort ?? state?.raw_port ?? (Number(pod.address.url.port) === HTTP_PORT ? CONSOLE_PORT : undefined);
}

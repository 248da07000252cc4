/**
 * What `rackpod log` does: shows the camera's output, harmless for terminals, and says where bytes are missing.
 *
 * On a terminal text is shown as it comes; anywhere else, and as JSON, in whole lines, so that `grep` and programs get what they can use.
 */
import { Failure } from "../../base/failure.ts";
import { jsonLine } from "../../base/printable.ts";
import { followLog, type LogEvent } from "../../pod/follow-log.ts";
import type { RackPod } from "../../pod/rack-pod.ts";
import { LineSplitter, TextJoiner } from "../screen/camera-text.ts";
import { stampOf, type CommandContext } from "../context.ts";

export interface LogFlags {
	follow?: boolean;
	since?: number;
	seconds?: number;
	raw?: boolean;
	json?: boolean;
}

/** Runs to the log's end or, with `follow`, until the user or `seconds` end it. Throws Failure. */
export async function runLog(pod: RackPod, options: LogFlags, context: CommandContext): Promise<void> {
	if (options.seconds !== undefined && !options.follow)
		throw new Failure("usage", "--seconds is for --follow", "the log has an end by itself");
	if (options.raw && options.json)
		throw new Failure("usage", "--raw and --json exclude each other", "JSON has text in lines");
	const view = viewOf(options, context);
	const stop = new AbortController();
	const release = context.onInterrupt(() => stop.abort());
	context.stdout.onLost?.(() => stop.abort());
	const alarm = options.seconds && context.clock.after(options.seconds * 1000, () => stop.abort());
	try {
		for await (const event of options.follow ? followLog(pod, { since: options.since, signal: stop.signal })
			: kept(pod, options.since, stop.signal))
			view.show(event);
	}
	catch (error) {
		// to be ended is how it ends
		if (!stop.signal.aborted)
			throw error;
	}
	finally {
		release();
		context.clock.cancel(alarm || undefined);
		view.end();
	}
}

/** What the pod has now. */
async function* kept(pod: RackPod, since: number | undefined, signal: AbortSignal): AsyncGenerator<LogEvent> {
	const { bytes, start } = await pod.uartLog(since, { signal });
	if (since !== undefined && start > since)
		yield { event: "missed", offset: start, bytes: start - since };
	yield { event: "output", offset: start, bytes };
}

interface View {
	show(event: LogEvent): void;
	end(): void;
}

function viewOf({ raw, json }: LogFlags, context: CommandContext): View {
	if (json)
		return new JsonView(context);
	if (raw)
		return new TextView(context, bytes => bytes, () => new Uint8Array(0));
	if (context.stdout.isTTY) {
		const joiner = new TextJoiner();
		return new TextView(context, bytes => joiner.text(bytes), () => joiner.end());
	}
	return new LineView(context);
}

/** What happened besides, for people. */
function noteOf(event: LogEvent): string | undefined {
	switch (event.event) {
		case "missed":
			return `${event.bytes.toLocaleString("en")} bytes are missing here: the pod has them no longer`;
		case "lost":
			return `the connection is lost: ${event.reason}; trying again`;
		case "resumed":
			return "connected again";
		case "restarted":
			return "the pod has restarted, and its log begins anew; what the camera said before that is lost";
		default:
			return undefined;
	}
}

/** Text, or bytes, as it comes. */
class TextView implements View {
	#context: CommandContext;
	#made: (bytes: Uint8Array) => string | Uint8Array;
	#rest: () => string | Uint8Array;
	/** The last line has no end yet. */
	#open = false;

	constructor(context: CommandContext, made: (bytes: Uint8Array) => string | Uint8Array, rest: () => string | Uint8Array) {
		this.#context = context;
		this.#made = made;
		this.#rest = rest;
	}

	show(event: LogEvent): void {
		const { stdout, stderr } = this.#context;
		if (event.event === "output")
			this.#write(this.#made(event.bytes));
		else {
			stderr.write(`${this.#open && stdout.isTTY ? "\n" : ""}[rackpod: ${noteOf(event)}]\n`);
			this.#open = false;
		}
	}

	end(): void {
		this.#write(this.#rest());
		if (this.#open && this.#context.stdout.isTTY)
			this.#context.stdout.write("\n");
	}

	#write(text: string | Uint8Array): void {
		if (text.length === 0)
			return;
		this.#context.stdout.write(text);
		this.#open = text.at(-1) !== "\n" && text.at(-1) !== 10;
	}
}

/** Whole lines. */
class LineView implements View {
	#context: CommandContext;
	#lines = new LineSplitter();

	constructor(context: CommandContext) {
		this.#context = context;
	}

	show(event: LogEvent): void {
		if (event.event === "output") {
			for (const { text } of this.#lines.lines(event.offset, event.bytes))
				this.#context.stdout.write(`${text}\n`);
			return;
		}
		if (event.event === "missed" || event.event === "restarted")
			this.end();
		this.#context.stderr.write(`[rackpod: ${noteOf(event)}]\n`);
	}

	end(): void {
		for (const { text } of this.#lines.end())
			this.#context.stdout.write(`${text}\n`);
	}
}

/** An object a line; docs/events.md. */
class JsonView implements View {
	#context: CommandContext;
	#lines = new LineSplitter();
	#next = 0;

	constructor(context: CommandContext) {
		this.#context = context;
	}

	show(event: LogEvent): void {
		if (event.event === "output") {
			this.#next = event.offset + event.bytes.length;
			for (const line of this.#lines.lines(event.offset, event.bytes))
				this.#say({ event: "output", ...line });
			return;
		}
		if (event.event === "missed" || event.event === "restarted")
			this.#rest();
		this.#say(event);
	}

	end(): void {
		this.#rest();
		this.#say({ event: "done", next: this.#next });
	}

	#rest(): void {
		for (const line of this.#lines.end())
			this.#say({ event: "output", ...line });
	}

	#say(event: Readonly<Record<string, unknown>>): void {
		this.#context.stdout.write(jsonLine({ event: event.event, ...stampOf(this.#context.run), ...event }));
	}
}

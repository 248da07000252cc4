/** `/uart`: the camera's serial line: who has it, its rate, and what the camera said. */
import { Refusal } from "base/refusal";
import type { Content } from "store/content";
import type { StoredFile } from "store/file";
import type { FileStore } from "store/files";
import type { BaudRate, LineBreak, UartState } from "protocol/answers";
import { BAUD, LINE_BREAK } from "protocol/limits";
import type { Exchange } from "http/exchange";
import type { Excerpt, Log } from "uart/log";
import type { Pod, Route } from "../pod";
import { numberField } from "../json";
import { LogStream } from "../log-stream";
import { reply } from "../reply";
import type { PodCode } from "../errors";

function show(exchange: Exchange, pod: Pod): void {
	const { uart, bridge } = pod;
	const { rx, tx, overruns, dropped } = uart.counters;
	const client = bridge.client;
	reply(exchange, 200, {
		owner: uart.owner ?? null,
		baud: uart.baud,
		rx_bytes: rx,
		tx_bytes: tx,
		overruns,
		dropped,
		log_start: uart.log.start,
		log_end: uart.log.end,
		raw_port: pod.rawPort,
		rfc2217_port: pod.rfc2217Port,
		bridge: {
			client: client?.address ?? null,
			client_port: client?.port ?? null,
			client_id: client?.id ?? null,
			seconds: client ? Math.floor((pod.time.now() - client.connectedAt) / 1000) : 0,
			sent: client?.sent ?? 0,
			received: client?.received ?? 0,
			newcomers: bridge.newcomers,
			connections: bridge.connections,
			takeovers: bridge.takeovers,
			refusals: bridge.refusals,
			idle_closes: bridge.idleCloses
		}
	} satisfies UartState);
}

function setBaud(exchange: Exchange, pod: Pod): void {
	exchange.collect(256, body => {
		const rate = numberField(body, "rate", BAUD.minimum, BAUD.maximum);
		pod.uart.setBaud(rate, pod.answering(exchange, () => reply(exchange, 200, { rate: pod.uart.baud } satisfies BaudRate)));
	});
}

/** Answered when the break is over. */
function sendBreak(exchange: Exchange, pod: Pod): void {
	exchange.collect(256, body => {
		const milliseconds = numberField(body, "milliseconds", LINE_BREAK.minimum, LINE_BREAK.maximum, LINE_BREAK.otherwise);
		const answer = pod.answering(exchange, () => reply(exchange, 200, { milliseconds } satisfies LineBreak));
		pod.uart.sendBreak(milliseconds, () => answer(undefined));
	});
}

/**
 * Camera output from the absolute offset `since` on (default: the oldest byte kept). X-Log-Start says where the body begins,
 * X-Log-Next is the next `since`, X-Log-Lost counts what was asked for and is gone.
 */
function showLog(exchange: Exchange, pod: Pod): void {
	const { uart: { log }, store } = pod;
	let excerpt = wanted(exchange, log);
	let body: Content = excerpt;
	let lost = excerpt.lost;
	if (excerpt.size <= store.unusedBytes) {
		const file = copied(excerpt, store);
		exchange.finished = () => file.release();
		body = file;
	}
	else {
		// no staged file goes for a look at the log: it comes out of the ring
		const from = Math.max(excerpt.from, safeStart(log));
		lost += from - excerpt.from;
		body = excerpt = log.read(from);
	}
	exchange.respond(200, body, {
		"Content-Type": "application/octet-stream",
		"X-Log-Start": excerpt.from,
		"X-Log-Next": excerpt.end,
		"X-Log-Lost": lost
	});
}

/** The same, and then what the camera says as it says it, until the client goes. One that falls behind by a ring is cut off. */
function streamLog(exchange: Exchange, pod: Pod): void {
	const { uart } = pod;
	const excerpt = wanted(exchange, uart.log);
	const from = Math.max(excerpt.from, safeStart(uart.log));
	pod.room.check("http");
	exchange.respond(200, new LogStream(uart, from), {
		"Content-Type": "application/octet-stream",
		"Cache-Control": "no-store",
		// or nginx keeps it until there are some KB
		"X-Accel-Buffering": "no",
		"X-Log-Start": from,
		"X-Log-Lost": excerpt.lost + from - excerpt.from
	});
}

/** What is left of what the query asks for. */
function wanted(exchange: Exchange, log: Log): Excerpt {
	const query = exchange.query("since");
	if (query !== undefined && !/^\d{1,15}$/.test(query))
		throw new Refusal<PodCode>("bad_number", `since must be an offset from 0 to ${log.end}, not "${query}"`, { field: "since", minimum: 0, maximum: log.end });
	return log.read(query === undefined ? undefined : Number(query));
}

/** From here on the ring can be read with a distance to what the camera overwrites next. */
function safeStart(log: Log): number {
	return log.end - Math.floor(log.size * 3 / 4);
}

/** In pages of its own: while a slow client reads, the camera goes on talking. */
function copied(excerpt: Content, store: FileStore): StoredFile {
	const copy = store.scratch(excerpt.size);
	for (let at = 0; at < excerpt.size; at = copy.received)
		copy.write(excerpt.span(at, excerpt.size));
	return copy.commit();
}

export const uartRoutes: readonly Route[] = Object.freeze([
	{ method: "GET", path: "/uart", does: "who has the serial line, its rate and counters", curl: "POD/uart", handle: show },
	{ method: "POST", path: "/uart/baud", action: "line", body: true, does: "change the rate; 115200 comes back by itself", curl: "-d '{\"rate\":921600}' POD/uart/baud", handle: setBaud },
	{ method: "POST", path: "/uart/break", action: "line", body: true, does: "hold the line low, 1 to 1,000 ms", curl: "-d '{\"milliseconds\":250}' POD/uart/break", handle: sendBreak },
	{ method: "GET", path: "/uart/log", console: true, query: ["since"], does: "what the camera said; ?since=N goes on at X-Log-Next", curl: "POD/uart/log", handle: showLog },
	{ method: "GET", path: "/uart/stream", console: true, query: ["since"], does: "the same, and what it says from now on as it says it; takes nobody's line", curl: "-N POD/uart/stream", handle: streamLog }
] as Route[], true);

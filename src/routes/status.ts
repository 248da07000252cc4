/** `/status`: everything one wants to know before asking somebody to walk to the rack. */
import { Refusal } from "base/refusal";
import type { MemoryState, PodStatus } from "protocol/answers";
import { replyDocument, type MemberOf } from "../document";
import type { Pod, Route } from "../pod";

const MEMBERS = Object.freeze([
	{ name: "name", value: pod => pod.name },
	{ name: "version", value: pod => pod.config.version },
	{ name: "uptime_seconds", value: pod => Math.floor(pod.time.now() / 1000) },
	{ name: "memory", value: memory },
	{
		name: "power",
		value: pod => ({ ...supply(pod), switching: pod.power.switching, seconds: Math.floor((pod.time.now() - pod.power.switchedAt) / 1000) })
	},
	{ name: "uart", value: ({ uart }) => ({ owner: uart.owner ?? null, baud: uart.baud, ...uart.counters }) },
	{ name: "tftp", value: ({ tftp }) => ({ ...tftp.counters, under_way: tftp.transfers() }) },
	{ name: "fastboot", value: pod => pod.fastboot.state },
	{ name: "networks", value: pod => pod.board.networks() },
	{ name: "refused", value: pod => pod.sides.refused },
	{ name: "settings", value: ({ settings: { origin, kept, problems } }) => ({ origin, kept, problems }) },
	{ name: "firmware", value: pod => pod.updates.state },
	{ name: "clients", value: ({ http, bridge }) => ({ http: http.connections, streams: http.streams, bridge: bridge.client?.address ?? null }) },
	{ name: "faults", value: ({ defects }) => ({ count: defects.count, last: defects.last ?? null }) },
	{ name: "defects", list: ({ defects }) => defects.kept, entry: (_, defect) => defect }
] satisfies MemberOf<Pod, PodStatus>[], true);

function memory({ store, board, room }: Pod): MemoryState {
	return {
		psram_total_bytes: store.totalBytes,
		psram_free_bytes: store.freeBytes,
		files: store.list().length,
		max_files: store.slots,
		uploads: store.uploads.length,
		evictions: store.evictions,
		...board.memory(),
		...room.state
	};
}

/** A switch that can't be read is no reason to hide everything else, and is never shown as off. */
function supply(pod: Pod): Pick<NonNullable<PodStatus["power"]>, "camera_on" | "error"> {
	try {
		return { camera_on: pod.power.state };
	}
	catch (error) {
		return { camera_on: null, error: error instanceof Refusal ? error.code : "internal" };
	}
}

export const statusRoutes: readonly Route[] = Object.freeze([
	{ method: "GET", path: "/status", does: "name, version, memory, power, UART, transfers, last fastboot, clients, faults", curl: "POD/status", handle: (exchange, pod) => replyDocument(exchange, pod, MEMBERS) }
] as Route[], true);

/** `/status`: everything one wants to know before asking somebody to walk to the rack. */
import { Fault } from "base/fault";
import type { Exchange } from "http/exchange";
import type { Pod } from "../pod";
import { reply } from "../reply";
import type { Route } from "../router";

function status(exchange: Exchange, pod: Pod): void {
	const { config, store, uart, tftp, bridge, http, power, time } = pod;
	reply(exchange, 200, {
		name: pod.name,
		version: config.version,
		uptime_seconds: Math.floor(time.now() / 1000),
		memory: {
			psram_total_bytes: store.totalBytes,
			psram_free_bytes: store.freeBytes,
			files: store.list().length,
			max_files: store.slots,
			uploads: store.uploads.length,
			evictions: store.evictions,
			...pod.board.memory()
		},
		power: { ...supply(pod), switching: power.switching, seconds: Math.floor((time.now() - power.since) / 1000) },
		uart: { owner: uart.owner ?? null, baud: uart.baud, ...uart.counters },
		tftp: { ...tftp.counters, under_way: tftp.transfers() },
		fastboot: pod.fastboot.state,
		networks: pod.board.networks(),
		refused: pod.sides.refused,
		settings: { origin: pod.settings.origin, kept: pod.settings.kept, problems: pod.settings.problems },
		firmware: pod.updates.state,
		clients: { http: http.connections, bridge: bridge.client?.address ?? null },
		faults: { count: pod.faults.count, last: pod.faults.last ?? null }
	});
}

/** A switch that can't be read is no reason to hide everything else, and is never shown as off. */
function supply(pod: Pod): Record<string, unknown> {
	try {
		return { camera_on: pod.power.state };
	}
	catch (error) {
		return { camera_on: null, error: error instanceof Fault ? error.code : "internal" };
	}
}

export const statusRoutes: readonly Route[] = Object.freeze([
	{ method: "GET", path: "/status", does: "name, version, memory, power, UART, transfers, last fastboot, clients, faults", curl: "POD/status", handle: status }
] as Route[], true);

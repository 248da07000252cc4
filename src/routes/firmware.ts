/** `/firmware`: what runs, and putting something else in its place; `/restart`. The camera's supply stays as it is through both. */
import { Fault } from "base/fault";
import type { Installed, Update } from "update/update";
import type { BodySink } from "http/body";
import type { Exchange } from "http/exchange";
import type { Pod } from "../pod";
import { reply } from "../reply";
import type { Route } from "../router";

function show(exchange: Exchange, pod: Pod): void {
	reply(exchange, 200, { version: pod.config.version, ...pod.updates.state });
}

/** The image goes straight into the idle slot. Flash that is written stalls the serial line, so not during a fastboot. */
function update(exchange: Exchange, pod: Pod): void {
	pod.fastboot.checkIdle();
	if (exchange.length === undefined)
		throw new Fault("length_required", "an image needs a Content-Length: its last 32 bytes are its hash", { field: "Content-Length" });
	exchange.receive(new Image(exchange, pod, pod.updates.begin(exchange.length)));
}

class Image implements BodySink {
	#exchange: Exchange;
	#pod: Pod;
	#update: Update;

	constructor(exchange: Exchange, pod: Pod, update: Update) {
		this.#exchange = exchange;
		this.#pod = pod;
		this.#update = update;
	}

	space(): Uint8Array {
		return this.#update.space();
	}

	advance(count: number): void {
		this.#update.advance(count);
	}

	done(): void {
		const installed = this.#complete();
		reply(this.#exchange, 200, { ...installed, restarting: true });
		this.#pod.restartAfter(this.#exchange);
	}

	#complete(): Installed {
		const { updates } = this.#pod;
		try {
			const installed = updates.complete();
			updates.end(null);
			return installed;
		}
		catch (error) {
			updates.end(error instanceof Fault ? error.code : String(error));
			throw error;
		}
	}

	aborted(reason: string): void {
		this.#pod.updates.end(reason);
	}
}

function restart(exchange: Exchange, pod: Pod): void {
	pod.fastboot.checkIdle();
	pod.updates.checkIdle();
	reply(exchange, 200, { restarting: true });
	pod.restartAfter(exchange);
}

export const firmwareRoutes: readonly Route[] = Object.freeze([
	{ method: "GET", path: "/firmware", does: "version, running slot, whether it has yet to prove itself, an update under way", curl: "POD/firmware", handle: show },
	{ method: "POST", path: "/firmware", does: "update: the image is checked before it boots; then restarts", curl: "--data-binary @xs_esp32.bin POD/firmware", handle: update },
	{ method: "POST", path: "/restart", does: "restart the pod; the camera keeps its supply, staged files are lost", curl: "-X POST POD/restart", handle: restart }
] as Route[], true);

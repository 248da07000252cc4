/** `/firmware`: what runs, and putting something else in its place; `/restart`. The camera's supply stays as it is through both. */
import { Refusal } from "base/refusal";
import type { Cancelled, FirmwareInstalled, FirmwareState, Restarting } from "protocol/answers";
import type { Update } from "update/update";
import type { BodySink } from "http/body";
import type { Exchange } from "http/exchange";
import type { Pod, Route } from "../pod";
import { answerRefusal } from "../errors";
import { reply } from "../reply";
import type { UpdateClient } from "../updates";
import type { PodCode } from "../errors";

function show(exchange: Exchange, pod: Pod): void {
	reply(exchange, 200, { version: pod.config.version, ...pod.updates.state } satisfies FirmwareState);
}

/** The image goes straight into the idle slot. */
function update(exchange: Exchange, pod: Pod): void {
	if (exchange.length === undefined)
		throw new Refusal<PodCode>("length_required", "an image needs a Content-Length: its last 32 bytes are its hash", { field: "Content-Length" });
	pod.room.check("update");
	exchange.receive(new Image(exchange, pod, exchange.length));
}

class Image implements BodySink, UpdateClient {
	private readonly exchange: Exchange;
	private readonly pod: Pod;
	private readonly update: Update;

	constructor(exchange: Exchange, pod: Pod, size: number) {
		this.exchange = exchange;
		this.pod = pod;
		this.update = pod.updates.begin(size, this);
		exchange.essential = true;
	}

	space(): Uint8Array {
		return this.update.space();
	}

	advance(count: number): void {
		this.update.advance(count);
	}

	done(): void {
		const installed = this.pod.updates.complete(this.update);
		reply(this.exchange, 200, { ...installed, restarting: true } satisfies FirmwareInstalled);
		this.pod.restartAfter(this.exchange);
	}

	aborted(reason: string): void {
		this.pod.updates.broke(this.update, reason);
	}

	/** Its client may be silent for long: it is told now. */
	cancelled(refusal: Refusal): void {
		answerRefusal(this.exchange, refusal);
	}
}

function cancel(exchange: Exchange, pod: Pod): void {
	reply(exchange, 200, { ok: true, cancelled: pod.occupancy.begin("cancel_update", "DELETE /firmware") } satisfies Cancelled);
}

function restart(exchange: Exchange, pod: Pod): void {
	reply(exchange, 200, { restarting: true } satisfies Restarting);
	pod.restartAfter(exchange);
}

export const firmwareRoutes: readonly Route[] = Object.freeze([
	{ method: "GET", path: "/firmware", does: "version, running slot, whether it has yet to prove itself, an update under way", curl: "POD/firmware", handle: show },
	{ method: "PUT", path: "/firmware", action: "update", body: true, does: "update: the image is checked before it boots; then restarts", curl: "-T xs_esp32.bin POD/firmware", handle: update },
	{ method: "POST", path: "/firmware", action: "update", body: true, does: "likewise", curl: "--data-binary @xs_esp32.bin POD/firmware", handle: update },
	{ method: "DELETE", path: "/firmware", action: "cancel_update", does: "end an update that hangs; the running image stays", curl: "-X DELETE POD/firmware", handle: cancel },
	{ method: "POST", path: "/restart", action: "restart", does: "restart the pod; the camera keeps its supply, staged files are lost", curl: "-X POST POD/restart", handle: restart }
] as Route[], true);

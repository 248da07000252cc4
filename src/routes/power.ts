/** `/power`: the camera's supply. Every answer comes when the supply is as asked, up to the minimum off time later. */
import { Refusal } from "base/refusal";
import type { Exchange } from "http/exchange";
import type { PowerState } from "protocol/answers";
import type { Pod, Route } from "../pod";
import { reply, text } from "../reply";
import type { PodCode } from "../errors";

/** Which of the supplies a pod may have feeds the camera. This board has the 5 V switch only; clients know of others. */
const SUPPLY = "5V";

function show(exchange: Exchange, pod: Pod): void {
	reply(exchange, 200, {
		camera_on: pod.power.state,
		camera_path: SUPPLY,
		seconds: Math.floor((pod.time.now() - pod.power.switchedAt) / 1000)
	} satisfies PowerState);
}

function act(exchange: Exchange, pod: Pod, action: "on" | "off" | "cycle"): void {
	switchCamera(exchange, pod, action, show);
}

/** The answer comes by `answer`, when the supply is as asked. */
function switchCamera(exchange: Exchange, pod: Pod, action: "on" | "off" | "cycle", answer: (exchange: Exchange, pod: Pod) => void): void {
	// nothing is kept for a client that has gone; what it asked for is done
	exchange.finished = () => pod.power.forget(exchange);
	pod.switchCamera(action, pod.answering(exchange, () => answer(exchange, pod)), exchange);
}

/** labgrid compares the whole body with "1": no newline, no JSON. */
function showState(exchange: Exchange, pod: Pod): void {
	exchange.respond(200, pod.power.state ? "1" : "0", { "Content-Type": "text/plain" });
}

function setState(exchange: Exchange, pod: Pod): void {
	exchange.collect(16, body => {
		const state = text(body).trim();
		if (state !== "1" && state !== "0")
			throw new Refusal<PodCode>("bad_power_state", `the body must be 1 or 0, not "${state}"`, { value: state });
		switchCamera(exchange, pod, state === "1" ? "on" : "off", showState);
	});
}

export const powerRoutes: readonly Route[] = Object.freeze([
	{ method: "GET", path: "/power", does: "whether the camera is supplied, and for how long", curl: "POD/power", handle: show },
	{ method: "POST", path: "/power/on", action: "power_on", does: "supply the camera", curl: "-X POST POD/power/on", handle: (exchange, pod) => act(exchange, pod, "on") },
	{ method: "POST", path: "/power/off", action: "power_off", does: "cut the supply; ends a fastboot", curl: "-X POST POD/power/off", handle: (exchange, pod) => act(exchange, pod, "off") },
	{ method: "POST", path: "/power/cycle", action: "power_on", does: "off, at least 2 s, on", curl: "-X POST POD/power/cycle", handle: (exchange, pod) => act(exchange, pod, "cycle") },
	{ method: "GET", path: "/power/state", does: "the supply as the single character 1 or 0 (labgrid)", curl: "POD/power/state", handle: showState },
	{ method: "PUT", path: "/power/state", action: "power_off", body: true, does: "set the supply with the single character 1 or 0", curl: "-X PUT -d 1 POD/power/state", handle: setState }
] as Route[], true);

/** `/`: what this pod is and everything it does, each with a curl line that works as written. */
import type { Exchange } from "http/exchange";
import type { Pod } from "../pod";
import { reply } from "../reply";
import type { Route } from "../router";

function front(exchange: Exchange, pod: Pod): void {
	const { name, config: { version }, routes } = pod;
	if (exchange.header("accept")?.includes("application/json")) {
		reply(exchange, 200, { name, version, endpoints: routes.map(({ method, path, does }) => ({ method, path, does })) });
		return;
	}
	const url = `http://${exchange.header("host") ?? "POD"}`;
	const lines = [
		`${name}, a rack pod (firmware ${version}). It powers, boots and flashes one camera.`,
		"",
		...routes.map(({ method, path, does, curl }) => `${`${method} ${path}`.padEnd(22)}${does}\n    curl ${curl.replace("POD", url)}`),
		"",
		`raw serial console: TCP port ${pod.bridge.port}    with RFC 2217: TCP port ${pod.bridge.rfc2217Port}    TFTP for the camera: UDP port ${pod.tftpPort}`,
		""
	];
	exchange.respond(200, lines.join("\n"), { "Content-Type": "text/plain" });
}

export const frontRoutes: readonly Route[] = Object.freeze([
	{ method: "GET", path: "/", does: "this page; JSON with Accept: application/json", curl: "POD/", handle: front }
] as Route[], true);

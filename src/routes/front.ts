/** `/`: what this pod is and everything it does, each with a curl line that works as written. */
import type { Exchange } from "http/exchange";
import { Pieces } from "http/pieces";
import type { Directory } from "protocol/answers";
import { replyDocument, type MemberOf } from "../document";
import type { Pod, Route } from "../pod";
import { addressed } from "../router";

const MEMBERS = Object.freeze([
	{ name: "name", value: pod => pod.name },
	{ name: "version", value: pod => pod.config.version },
	{ name: "endpoints", list: pod => pod.routes, entry: (_pod, { method, path, does }: Route) => ({ method, path, does }) }
] satisfies MemberOf<Pod, Directory>[], true);

/** The page, resource by resource. */
class Front extends Pieces {
	private pod: Pod;
	private url: string;
	private at = -1;

	constructor(pod: Pod, url: string) {
		super();
		this.pod = pod;
		this.url = url;
	}

	override next(): string | undefined {
		const { pod } = this;
		const at = this.at++;
		if (at < 0)
			return `${pod.name}, a rack pod (firmware ${pod.config.version}). It powers, boots and flashes one camera.\n\n`;
		if (at === pod.routes.length)
			return `\nraw serial console: TCP port ${pod.rawPort}    with RFC 2217: TCP port ${pod.rfc2217Port}    TFTP for the camera: UDP port ${pod.tftpPort}\n`;
		const route = pod.routes[at];
		return route && `${`${route.method} ${route.path}`.padEnd(22)}${route.does}\n    curl ${route.curl.replace("POD", this.url)}\n`;
	}
}

function front(exchange: Exchange, pod: Pod): void {
	if (exchange.header("accept")?.includes("application/json"))
		replyDocument(exchange, pod, MEMBERS);
	else
		exchange.respond(200, new Front(pod, addressed(exchange)), { "Content-Type": "text/plain" });
}

export const frontRoutes: readonly Route[] = Object.freeze([
	{ method: "GET", path: "/", does: "this page; JSON with Accept: application/json", curl: "POD/", handle: front }
] as Route[], true);

/** The client library has a call for every route of the pod, but for those that others alone need, and no call without a route. */
import { strict as assert } from "node:assert";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { RackPod } from "../../host-tools/index.ts";
import { routes } from "routes/index";

type CallName = { [Name in keyof RackPod]: RackPod[Name] extends (...given: never[]) => Promise<unknown> ? Name : never }[keyof RackPod];

const BYTES = new Uint8Array([1, 2, 3]);

/** Each call as somebody would make it; without one of them this doesn't compile. */
const CALLS: Record<CallName, (pod: RackPod) => Promise<unknown>> = {
	directory: pod => pod.directory(),
	status: pod => pod.status(),
	power: pod => pod.power(),
	powerOn: pod => pod.powerOn(),
	powerOff: pod => pod.powerOff(),
	powerCycle: pod => pod.powerCycle(),
	files: pod => pod.files(),
	stage: pod => pod.stage("kernel", BYTES),
	arm: pod => pod.arm("dump", 4096),
	fetch: pod => pod.fetch("kernel"),
	describe: pod => pod.describe("kernel"),
	remove: pod => pod.remove("kernel"),
	clear: pod => pod.clear(),
	fastboot: pod => pod.fastboot(BYTES),
	fastbootState: pod => pod.fastbootState(),
	cancelFastboot: pod => pod.cancelFastboot(),
	uart: pod => pod.uart(),
	setBaud: pod => pod.setBaud(921600),
	sendBreak: pod => pod.sendBreak(),
	uartLog: pod => pod.uartLog(5),
	uartStream: pod => pod.uartStream(5),
	settings: pod => pod.settings(),
	changeSettings: pod => pod.changeSettings({ file_idle: 7200 }),
	firmware: pod => pod.firmware(),
	updateFirmware: pod => pod.updateFirmware(BYTES),
	cancelUpdate: pod => pod.cancelUpdate(),
	restart: pod => pod.restart()
};

/** Routes that are another spelling of one that has a call, and for whom. */
const SPELLINGS: Readonly<Record<string, string>> = {
	"POST /tftp/<name>": "curl --data-binary; as PUT",
	"POST /firmware": "curl --data-binary; as PUT",
	"GET /power/state": "labgrid; as GET /power",
	"PUT /power/state": "labgrid; as POST /power/on and /power/off"
};

/** Routes that no program on this library needs, and who asks for them instead: pages for browsers, files that machines fetch. */
const OTHERS: Readonly<Record<string, string>> = {};

/** What the calls ask for, by call. */
async function asked(): Promise<Record<string, string[]>> {
	const requests: string[] = [];
	const server = createServer((request, response) => {
		requests.push(`${request.method} ${request.url}`);
		request.resume().on("end", () => response.end("{}"));
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	const pod = new RackPod(`127.0.0.1:${(server.address() as AddressInfo).port}`);
	const asked: Record<string, string[]> = {};
	for (const [name, call] of Object.entries(CALLS)) {
		// most of them want more than {} for an answer
		await call(pod).catch(() => undefined);
		asked[name] = requests.splice(0);
	}
	server.closeAllConnections();
	server.close();
	await once(server, "close");
	return asked;
}

/** The route that a request is for, with HEAD answered by GET's, and the query parameters it takes. */
function routeOf(request: string): { route: string; query: readonly string[] } | undefined {
	const [, method, path] = /^(\w+) ([^?]*)/.exec(request)!;
	const found = routes.find(route => route.method === method!.replace("HEAD", "GET") && new RegExp(`^${route.path.replace("<name>", ".+")}$`).test(path!));
	return found && { route: `${found.method} ${found.path}`, query: found.query ?? [] };
}

/** The routes without a call that no reason is given for, and those with a reason that don't need it. */
function uncalled(routes: readonly string[], called: readonly string[], reasons: Readonly<Record<string, string>>): string[] {
	const without = routes.filter(route => !called.includes(route));
	return [...without.filter(route => !reasons[route]), ...Object.keys(reasons).filter(route => !without.includes(route))].sort();
}

describe("the client library and the pod's routes", () => {
	let requests: Record<string, string[]>;

	before(async () => {
		requests = await asked();
	});

	it("when a call is made then it asks one thing, for which there is a route that takes its query", () => {
		for (const [name, all] of Object.entries(requests)) {
			assert.equal(all.length, 1, `${name}: ${all.join(", ")}`);
			const route = routeOf(all[0]!);
			assert.ok(route, `${name}: there is no route for ${all[0]}`);
			for (const parameter of new URL(all[0]!.split(" ")[1]!, "http://pod").searchParams.keys())
				assert.ok(route.query.includes(parameter), `${name}: ${route.route} takes no ?${parameter}=`);
		}
	});

	it("when a route is listed then there is a call for it, unless it is another spelling of one that has, or for others alone", () => {
		const called = Object.values(requests).flat().map(request => routeOf(request)!.route);
		const listed = routes.map(({ method, path }) => `${method} ${path}`);
		assert.deepEqual(uncalled(listed, called, { ...SPELLINGS, ...OTHERS }), []);
	});

	it("when a route has no call and no reason, or a reason for nothing, then it is named", () => {
		const reasons = { "GET /page": "browsers", "GET /called": "nobody", "GET /gone": "nobody" };
		assert.deepEqual(uncalled(["GET /page", "GET /called", "GET /new"], ["GET /called"], reasons), ["GET /called", "GET /gone", "GET /new"]);
	});
});

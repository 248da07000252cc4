/** What is for whom: the lab's side and the camera's, over HTTP, with routes of this test's own. */
import { strict as assert } from "node:assert";
import type { Refusal } from "base/refusal";
import type { Board } from "board/board";
import { answerRefusal } from "errors";
import type { Exchange } from "http/exchange";
import { TABLE, type Action } from "occupancy";
import type { Pod, Route } from "pod";
import { reply } from "reply";
import { dispatch } from "router";
import { routes } from "routes/index";
import type { PodSettings } from "settings";
import { Sides, isFor, type Audience } from "sides";
import { answers, lab, request, type Lab } from "../modules/http/support.ts";

/** The pod's own addresses. */
const AT_LAB = "192.168.7.20";
const AT_CAMERA = "192.168.1.1";

const answer = (name: string) => (exchange: Exchange): void => reply(exchange, 200, { answered: name });

const ROUTES: readonly Route[] = [
	{ method: "GET", path: "/lab", does: "", curl: "POD/lab", handle: answer("lab") },
	{ method: "GET", path: "/both", side: "both", does: "", curl: "POD/both", handle: answer("both") },
	{ method: "DELETE", path: "/both", action: "stage", does: "", curl: "POD/both", handle: answer("delete both") },
	{ method: "POST", path: "/both", action: "stage", side: "both", does: "", curl: "POD/both", handle: answer("post both") },
	{ method: "GET", path: "/camera", side: "camera", does: "", curl: "POD/camera", handle: answer("camera") },
	{ method: "POST", path: "/camera", action: "stage", side: "camera", does: "", curl: "POD/camera", handle: answer("post camera") },
	{ method: "POST", path: "/power/on", action: "power_on", side: "both", does: "", curl: "POD/power/on", handle: answer("power") },
	{ method: "PUT", path: "/files/<name>", action: "stage", does: "", curl: "POD/files/x", handle: answer("put") }
];

interface World extends Lab {
	/** What the route said, or the refusal's code; undefined when the pod closed without a word. */
	askAt(at: string, head: string, header?: string): string | undefined;
	sides: Sides;
	everywhere: boolean;
	token: string;
	/** The pod's address in the lab's network. */
	address: string | null;
}

function world(table: readonly Route[] = ROUTES): World {
	const board = { cameraNetwork: { address: AT_CAMERA, mask: "255.255.255.0" }, networks: () => ({ overlap: false, lab: self.address === null ? null : { address: self.address, mask: "255.255.255.0" } }) } as unknown as Board;
	const values: Record<string, () => unknown> = { http_everywhere: () => self.everywhere, tftp_everywhere: () => false, token: () => self.token, console_read: () => "open" };
	const settings = { get: (name: string) => values[name]!() } as unknown as PodSettings;
	const sides = new Sides(board, settings, "0.0.0.0", table);
	const http = lab({ door: { admits: at => sides.admits("http", at), hasRoom: () => true }, onRefusal: (exchange, refusal) => answerRefusal(exchange, refusal as Refusal) });
	http.handler = exchange => dispatch(table, exchange, { sides, settings, occupancy: { check() {} } } as unknown as Pod);
	const self: World = Object.assign(http, {
		sides, everywhere: false, token: "", address: AT_LAB as string | null,
		askAt(at: string, head: string, header = ""): string | undefined {
			const peer = http.network.connect(80, "10.0.0.2", at);
			peer.send(request(`${head} HTTP/1.1${header && `\r\n${header}`}`));
			http.time.advance(10);
			if (peer.text === "")
				return undefined;
			const { answered, error } = JSON.parse(answers(peer.text)[0]!.body);
			peer.end();
			return answered ?? error;
		}
	});
	return self;
}

const REQUESTS = ROUTES.map(({ method, path }) => `${method} ${path.replace("<name>", "x")}`);

describe("sides: what is for whom", () => {
	it("when somebody in the lab asks then the lab's routes and those for both answer, and the camera's are not there", () => {
		const { askAt } = world();
		assert.deepEqual(REQUESTS.map(head => askAt(AT_LAB, head)), ["lab", "both", "delete both", "post both", "not_found", "not_found", "power", "put"]);
	});

	it("when the camera asks then its routes and those for both answer, and nothing else is there, the supply never", () => {
		const { askAt, sides } = world();
		assert.deepEqual(REQUESTS.map(head => askAt(AT_CAMERA, head)), ["not_found", "both", "method_not_allowed", "post both", "camera", "post camera", "not_found", "not_found"]);
		assert.equal(sides.refused.http, 0);
	});

	it("when the camera asks for what isn't for it then the answer names no route of the lab's", () => {
		const { network, time, askAt } = world();
		const peer = network.connect(80, "10.0.0.2", AT_CAMERA);
		peer.send(request("DELETE /both HTTP/1.1"));
		time.advance(10);
		assert.equal(answers(peer.text)[0]!.headers.Allow, "GET, HEAD, POST");
		assert.equal(askAt(AT_CAMERA, "PUT /files"), "not_found");
		assert.equal(askAt(AT_LAB, "PUT /files"), "bad_name");
	});

	it("when HTTP is for everybody then all routes answer on both sides, and when it no longer is then also those connected already are on their side", () => {
		const it = world();
		it.everywhere = true;
		const all = ["lab", "both", "delete both", "post both", "camera", "post camera", "power", "put"];
		assert.deepEqual(REQUESTS.map(head => it.askAt(AT_CAMERA, head)), all);
		assert.deepEqual(REQUESTS.map(head => it.askAt(AT_LAB, head)), all);
		const peer = it.network.connect(80, "10.0.0.2", AT_CAMERA);
		peer.send(request("POST /power/on HTTP/1.1"));
		it.time.advance(10);
		it.everywhere = false;
		peer.send(request("POST /power/on HTTP/1.1"));
		it.time.advance(10);
		assert.deepEqual(answers(peer.text).map(({ status }) => status), [200, 404]);
	});

	it("when no route is for the camera then it is disconnected without a word, and counted", () => {
		const { askAt, sides } = world(ROUTES.filter(({ side }) => side === undefined));
		assert.equal(askAt(AT_CAMERA, "GET /lab"), undefined);
		assert.equal(askAt(AT_CAMERA, "GET /nothing"), undefined);
		assert.equal(askAt(AT_LAB, "GET /lab"), "lab");
		assert.equal(sides.refused.http, 2);
	});

	it("when the only route that says it is for the camera switches its supply then nothing is for it", () => {
		const { askAt } = world(ROUTES.filter(({ action }) => action === "power_on"));
		assert.equal(askAt(AT_CAMERA, "POST /power/on"), undefined);
		assert.equal(askAt(AT_LAB, "POST /power/on"), "power");
	});

	it("when the pod has a token then changes need it in the lab, and the camera's own don't", () => {
		const it = world();
		it.token = "sesame";
		assert.equal(it.askAt(AT_LAB, "POST /both"), "unauthorized");
		assert.equal(it.askAt(AT_LAB, "POST /both", "Authorization: Bearer sesame"), "post both");
		assert.equal(it.askAt(AT_CAMERA, "POST /both"), "post both");
		assert.equal(it.askAt(AT_CAMERA, "POST /camera"), "post camera");
		it.everywhere = true;
		assert.equal(it.askAt(AT_CAMERA, "POST /both"), "unauthorized");
	});

	it("when both interfaces have one address then nobody is shut out, and a token is needed: nothing tells them apart", () => {
		const it = world();
		it.address = AT_CAMERA;
		assert.deepEqual(REQUESTS.map(head => it.askAt(AT_CAMERA, head)), ["lab", "both", "delete both", "post both", "camera", "post camera", "power", "put"]);
		it.token = "sesame";
		assert.equal(it.askAt(AT_CAMERA, "POST /both"), "unauthorized");
	});

	it("when the console is asked for then the camera's side never has it, whatever routes there are", () => {
		const { sides } = world();
		assert.deepEqual([sides.admits("console", AT_LAB), sides.admits("console", AT_CAMERA), sides.admits("console", undefined)], [true, false, false]);
		assert.equal(sides.refused.console, 2);
	});

	it("when a connection is over before its interface is known then it is taken for the camera's", () => {
		const { sides } = world();
		assert.equal(sides.audienceAt(undefined), "camera");
	});

	it("when TFTP is for everybody then who came in by the camera's wire may be the camera, whatever address it has, and nobody else", () => {
		const maybe = (served: string, everybody: boolean, at: string): boolean => {
			const settings = { get: (name: string) => name === "tftp_everywhere" && everybody } as unknown as PodSettings;
			return new Sides({ cameraNetwork: { address: AT_CAMERA, mask: "255.255.255.0" } } as Board, settings, served, []).maybeCamera(at);
		};
		assert.deepEqual([AT_CAMERA, AT_LAB].map(at => maybe("0.0.0.0", true, at)), [true, false]);
		assert.deepEqual([AT_CAMERA, AT_LAB].map(at => maybe(AT_CAMERA, true, at)), [true, false]);
		assert.deepEqual([AT_CAMERA, AT_LAB].map(at => maybe("0.0.0.0", false, at)), [true, true]);
		// one address of this computer, where the simulated camera is, too
		assert.equal(maybe("127.0.0.1", true, "127.0.0.1"), true);
	});

	it("when a route says for whom it is then each audience finds it or doesn't, and a camera only what reads or stages", () => {
		const found = (side: Audience | undefined, action: Action | undefined): string =>
			(["lab", "camera", "both"] as const).filter(audience => isFor({ ...(side && { side }), ...(action && { action }) }, audience)).join(" ");
		assert.deepEqual([undefined, "lab", "camera", "both"].map(side => found(side as Audience, undefined)), ["lab both", "lab both", "camera both", "lab camera both"]);
		for (const action of Object.keys(TABLE) as Action[])
			assert.equal(found("both", action), action === "read" || action === "stage" ? "lab camera both" : "lab both", action);
	});

	it("when the pod's own routes are listed then all of them are the lab's", () => {
		assert.deepEqual(routes.filter(route => isFor(route, "camera") || !isFor(route, "lab")), []);
	});
});

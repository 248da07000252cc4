/** What `npm start` says to type next. */
import { strict as assert } from "node:assert";
import { nextSteps, type Situation } from "../../simulator/next-steps.ts";

const POD = { http: "http://127.0.0.1:8080", bridge: "127.0.0.1:9000", rfc2217: "127.0.0.1:9001", tftp: "127.0.0.1:6969", state: "/tmp/s" };
const said = (situation: Partial<Situation> = {}, pod = POD): string => nextSteps(pod, { camera: "sim", flash: "system", ...situation });

describe("next steps", () => {
	it("when the ports are the usual ones then the lines are those of README.md, and all ports are named", () => {
		const text = said();
		for (const part of ["http://localhost:8080", "port 9000 (raw) and 9001 (RFC 2217), TFTP at 6969", "power/on", "npx rackpod console --pod localhost ", "a login (root, 12345)", "npm run examples"])
			assert.ok(text.includes(part), `${part}: ${text}`);
		assert.match(text, /--pod localhost$/m);
	});

	it("when it listens elsewhere then the lines go there", () => {
		assert.match(said({}, { ...POD, http: "http://10.200.0.2:8081" }), /curl http:\/\/10\.200\.0\.2:8081\/ [^]*--pod 10\.200\.0\.2:8081$/m);
		assert.match(said({}, { ...POD, http: "http://0.0.0.0:8081" }), /--pod localhost:8081$/m);
	});

	it("when the camera is another, or its flash was there before, then nothing is promised of it", () => {
		assert.match(said({ flash: "kept" }), /holds what it held before/);
		assert.match(said({ camera: "qemu" }), /QEMU/);
		assert.match(said({ camera: "none" }), /\/tmp\/s\/uart and \/tmp\/s\/power/);
		for (const situation of [{ flash: "kept" }, { flash: "blank" }, { camera: "qemu" }, { camera: "none" }] as const)
			assert.doesNotMatch(said(situation), /login/);
		assert.doesNotMatch(said({ camera: "none" }), /restore|power\/on|console --pod/);
	});
});

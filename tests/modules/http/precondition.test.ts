import { strict as assert } from "node:assert";
import type { Refusal } from "base/refusal";
import type { Exchange } from "http/exchange";
import { preconditionsHold, sameRange } from "http/precondition";

/** 200: go on; 304; 412. */
function outcome(method: string, tag: string | undefined, headers: Record<string, string>): number {
	try {
		return preconditionsHold({ method, header: (name: string) => headers[name] } as Exchange, tag) ? 200 : 304;
	}
	catch (error) {
		assert.equal((error as Refusal).code, "precondition_failed");
		return 412;
	}
}

describe("preconditions", () => {
	it("when there are none then all goes on", () => {
		for (const method of ["GET", "PUT", "DELETE"])
			assert.deepEqual([outcome(method, "\"a\"", {}), outcome(method, undefined, {})], [200, 200]);
	});

	it("when If-Match comes then a strong tag of the list must be there", () => {
		for (const [list, there, nothing] of [["\"a\"", 200, 412], ["*", 200, 412], ["\"b\"", 412, 412], ["\"b\", \"a\"", 200, 412], ["\"b\",\"a\"", 200, 412], ["W/\"a\"", 412, 412], ["a", 412, 412], ["", 412, 412]] as const)
			for (const method of ["GET", "PUT", "DELETE"])
				assert.deepEqual([outcome(method, "\"a\"", { "if-match": list }), outcome(method, undefined, { "if-match": list })], [there, nothing], method + " " + list);
	});

	it("when If-None-Match comes then no tag of the list may be there, weak or strong", () => {
		for (const [list, matches] of [["\"a\"", true], ["*", true], ["W/\"a\"", true], ["\"b\" , W/\"a\"", true], ["\"b\"", false], ["w/\"a\"", false], ["a", false], ["", false]] as const) {
			assert.equal(outcome("GET", "\"a\"", { "if-none-match": list }), matches ? 304 : 200, list);
			assert.equal(outcome("HEAD", "\"a\"", { "if-none-match": list }), matches ? 304 : 200, list);
			assert.equal(outcome("PUT", "\"a\"", { "if-none-match": list }), matches ? 412 : 200, list);
			assert.equal(outcome("PUT", undefined, { "if-none-match": list }), 200, list);
		}
	});

	it("when both come then If-Match is looked at first", () => {
		assert.equal(outcome("GET", "\"a\"", { "if-match": "\"b\"", "if-none-match": "\"a\"" }), 412);
		assert.equal(outcome("GET", "\"a\"", { "if-match": "\"a\"", "if-none-match": "\"a\"" }), 304);
	});

	it("when If-Range comes then a part goes only with the same strong tag", () => {
		for (const [header, same] of [[undefined, true], ["\"a\"", true], ["\"b\"", false], ["W/\"a\"", false], ["Sat, 28 Nov 2026 20:00:00 GMT", false]] as const)
			assert.equal(sameRange({ header: () => header } as unknown as Exchange, "\"a\""), same, header);
	});
});

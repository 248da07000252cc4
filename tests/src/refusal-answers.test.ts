/** What existing clients show of a refusal is all of it: 300 bytes, 200 where the supply or the baud rate is asked for. */
import { strict as assert } from "node:assert";
import "../support/strings.ts";
import { Refusal } from "base/refusal";
import { answerRefusal } from "errors";
import type { Exchange } from "http/exchange";
import { ERRORS } from "protocol/errors";
import { routes } from "routes/index";

const PATHS = [...new Set(routes.map(({ path }) => path.replace("<name>", "n".repeat(127)))), "/no/such/thing"];

/** The answer to a request for `path`. */
function answer(path: string, code: string, message: string, detail: Record<string, unknown>): { line: string; body: Record<string, unknown>; most: number } {
	let line = "";
	answerRefusal({ path, respond: (_: number, body: string) => line = body } as unknown as Exchange, new Refusal<any>(code as never, message, detail));
	return { line, body: JSON.parse(line) as Record<string, unknown>, most: /^\/(power|uart\/baud)/.test(path) ? 200 : 300 };
}

describe("the answer that refuses", () => {
	for (const [what, text] of [["letters", "n".repeat(500)], ["quotes", "\"".repeat(500)], ["letters of three bytes", "€".repeat(500)], ["pairs", "\u{1f600}".repeat(500)], ["halves of pairs", "x\ud83d".repeat(250)]] as const)
		it(`when details are as long as may be, of ${what}, then each code's answer is JSON that is shown whole, on each path, and its message stays`, () => {
			for (const [code, { meaning }] of Object.entries(ERRORS))
				for (const path of PATHS) {
					const { line, body, most } = answer(path, code, meaning, { field: text, value: text, size: 8_388_608 });
					assert.ok(Buffer.byteLength(line) <= most, `${code} on ${path}: ${Buffer.byteLength(line)} bytes`);
					assert.deepEqual([body.error, body.message, body.size], [code, meaning, 8_388_608]);
				}
		});

	it("when it has no more bytes than are shown then nothing is cut off, and one more costs the last detail a character", () => {
		const rest = Buffer.byteLength(answer("/tftp/x", "bad_name", "why", { field: "", value: "" }).line);
		const value = "v".repeat(300 - rest);
		assert.equal(answer("/tftp/x", "bad_name", "why", { field: "", value }).body.value, value);
		const { line, body } = answer("/tftp/x", "bad_name", "why", { field: "f", value });
		assert.deepEqual([Buffer.byteLength(line), body.field, body.value], [300, "f", value.slice(1)]);
	});
});

/** Every error that the firmware can refuse with has a documented answer (the compiler sees to that) and none is there in vain. */
import { strict as assert } from "node:assert";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Refusal } from "base/refusal";
import type { Unanswered } from "errors";
import { ERRORS } from "protocol/errors";
import type { StoreCode } from "store/codes";

const ROOT = join(import.meta.dirname, "../..");

/** Why each of them is no answer stands where the type is. */
const UNANSWERED = { bad_rate: true, log_overwritten: true, not_armed: true, slot_taken: true, uart_stalled: true } satisfies Record<Unanswered, true>;

/** Each `new Refusal<Union>(...)` of the firmware with the codes that can stand first in it. */
function thrown(): { folder: string; place: string; union: string | undefined; codes: string[] }[] {
	const found: ReturnType<typeof thrown> = [];
	for (const folder of ["modules", "src"]) {
		for (const file of readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })) {
			if (!file.endsWith(".ts") || file === "base/refusal.ts")
				continue;
			const text = readFileSync(join(ROOT, folder, file), "utf8");
			for (const { index, 1: union, 2: code } of text.matchAll(/new Refusal(?:<([^>]*)>)?\(([^,)]*)/g)) {
				const line = text.slice(0, index).split("\n").length;
				found.push({ folder: folder === "src" ? folder : dirname(file), place: `${folder}/${file}:${line}`, union, codes: Array.from(code!.matchAll(/"([^"]*)"/g), match => match[1]!) });
			}
		}
	}
	return found;
}

/** The unions of codes that a folder of modules/ exports. */
function unionsOf(folder: string): string[] {
	return readdirSync(join(ROOT, "modules", folder), { encoding: "utf8" }).filter(file => file.endsWith(".ts"))
		.flatMap(file => Array.from(readFileSync(join(ROOT, "modules", folder, file), "utf8").matchAll(/^export type (\w+Code) =/gm), match => match[1]!));
}

describe("the table of errors", () => {
	it("when a refusal is made then its code is written there, so that it can be found", () => {
		assert.ok(thrown().length > 80, "the firmware was found");
		assert.deepEqual(thrown().filter(({ codes }) => codes.length === 0 || codes.some(code => !/^[a-z]+(_[a-z]+)*$/.test(code))), []);
	});

	it("when a module refuses then the code is one of its own union, and has a meaning", () => {
		assert.deepEqual(thrown().filter(({ folder, union }) => union === undefined || (folder !== "src" && !unionsOf(folder).includes(union))), []);
		// what follows is the compiler's: these lines are errors
		// @ts-expect-error a code of nobody
		assert.ok(new Refusal<StoreCode>("no_such_code", ""));
		// @ts-expect-error a code of another module
		assert.ok(new Refusal<StoreCode>("uart_busy", ""));
		// @ts-expect-error a code that nothing checks
		assert.ok(new Refusal("no_slots", ""));
	});

	it("when a code is listed then it is thrown somewhere, and in one list only", () => {
		const codes = new Set(thrown().flatMap(({ codes }) => codes));
		assert.deepEqual([...Object.keys(ERRORS), ...Object.keys(UNANSWERED)].filter(code => !codes.has(code)), []);
		assert.deepEqual(Object.keys(UNANSWERED).filter(code => Object.hasOwn(ERRORS, code)), []);
	});

	it("when the table is read then it goes by status, and each status is that of an error", () => {
		const statuses = Object.values(ERRORS).map(({ status }) => status);
		assert.deepEqual(statuses, [...statuses].sort((one, other) => one - other));
		assert.ok(statuses.every(status => status >= 400 && status <= 505));
	});
});

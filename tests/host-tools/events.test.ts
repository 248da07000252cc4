/** docs/events.md names every event there is, and no other. */
import { strict as assert } from "node:assert";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../support/command.ts";

describe("the events' documentation", () => {
	it("when the sources are searched for events then each is in it, and each in it is there", () => {
		const folder = join(ROOT, "host-tools");
		const sources = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(path => path.endsWith(".ts")).map(path => readFileSync(join(folder, path), "utf8"));
		const made = new Set(sources.flatMap(text => [...text.matchAll(/\bevent: "([a-z-]+)"(?! \|)/g)].map(([, name]) => name!)));
		const told = [...readFileSync(join(ROOT, "docs/events.md"), "utf8").matchAll(/^\| `([a-z-]+)` (?:\* )?\| [a-z, ]+ \| ./gm)].map(([, name]) => name!);
		assert.deepEqual([...new Set(told)].sort(), [...made].sort()); // two commands may have one of the same name
	});
});

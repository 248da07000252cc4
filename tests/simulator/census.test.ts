/** The list of who has the heap, which budgets are measured by. */
import { strict as assert } from "node:assert";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { build, type BuildFlavour } from "../../simulator/build.ts";

const PROGRAM = `
import { print } from "host/process";
class Thing { constructor(text) { this.text = text; } }
const kept = [];
export default function main() {
	for (let i = 0; i < 10; i++)
		kept.push(new Thing("x".repeat(1000) + i));
	kept.push({ first: 1, second: 2 }, function named() {}, new Map([[1, 2], [3, 4]]), new Uint8Array(2000));
	for (let i = 0; i < 5; i++) { let captured = i; kept.push(() => captured); }
	kept.push({ ["name " + kept.length]: 1 });
	print("ready");
}
`;

describe("xs-host: SIGUSR2", function () {
	for (const flavour of (process.env.POD_FLAVOUR === "stress" ? ["stress"] : ["debug", "release"]) as BuildFlavour[]) {
		it(`when it comes to the ${flavour} build then live slots and chunks are listed by their maker, twice the same`, async function () {
			const folder = mkdtempSync(join(tmpdir(), "rackpod-census-"));
			const built = await build({ flavour, quiet: true });
			writeFileSync(join(folder, "program.js"), PROGRAM);
			writeFileSync(join(folder, "map"), `${readFileSync(built.map, "utf8")}program\t${join(folder, "program.js")}\n`);
			const program = spawn(built.host, ["--until-eof", join(folder, "map"), "program"], { stdio: ["pipe", "pipe", "pipe"] });
			try {
				const lines = createInterface({ input: program.stderr })[Symbol.asyncIterator]();
				await once(createInterface({ input: program.stdout }), "line");
				const first = await census(program.pid!, lines);
				assert.match(first[0]!, /^heap: \d+ of \d+ slots, \d+ of \d+ bytes of chunks, \d+ names$/);
				const row = (maker: string): number[] => {
					const line = first.find(each => /^heap: +\d+ slots +\d+ bytes +\d+ (.*)/.exec(each)?.[1] === maker);
					return /(\d+) slots +(\d+) bytes +(\d+)/.exec(line ?? "")?.slice(1).map(Number) ?? [];
				};
				assert.deepEqual([row("Thing")[0], row("Thing")[2]], [20, 10]);
				assert(row("Thing")[1]! > 10_000 && row("Thing")[1]! < 11_000, String(row("Thing")));
				assert.equal(row("{first, second}")[0], 3);
				assert.equal(row("function named")[2], 1);
				assert.equal(row("environment {captured}")[2] ?? row("environment {captured, new.target, this}")[2], 5, first.join("\n"));
				assert(row("ArrayBuffer")[1]! >= 2000, String(row("ArrayBuffer")));
				const [slots, chunks] = /(\d+) of \d+ slots, (\d+)/.exec(first[0]!)!.slice(1).map(Number) as [number, number];
				const rows = first.slice(1, -1).map(line => /(\d+) slots +(-?\d+) bytes/.exec(line)!.slice(1).map(Number) as [number, number]);
				assert.equal(rows.reduce((sum, [count]) => sum + count, 0), slots);
				assert.equal(rows.reduce((sum, [, bytes]) => sum + bytes, 0), chunks);
				assert.deepEqual(await census(program.pid!, lines), first);
			}
			finally {
				program.kill("SIGKILL");
				rmSync(folder, { recursive: true, force: true });
			}
		});
	}
});

async function census(pid: number, lines: AsyncIterator<string>): Promise<string[]> {
	process.kill(pid, "SIGUSR2");
	const found: string[] = [];
	for (let line = await lines.next(); !line.done; line = await lines.next()) {
		found.push(line.value);
		if (line.value === "heap: end")
			break;
	}
	return found;
}

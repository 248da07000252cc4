/**
 * TFTP through a bad network, in numbers: the table (table.ts) is as it was recorded. The gate makes some of its networks again, PROVE=1 all.
 * A change of the firmware that moves numbers is recorded by `npm run tftp-table`, and looked at.
 */
import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sizes } from "../support/thorough.ts";
import { NETWORKS } from "./networks.ts";
import { cell, cellsOf, cellText, headLine, ROWS, rowName, RUNS } from "./table.ts";

const [head, ...lines] = readFileSync(join(import.meta.dirname, "table.txt"), "utf8").trimEnd().split("\n");

describe("TFTP through a bad network", function () {
	this.timeout(600_000);
	const networks = sizes(NETWORKS.filter(({ name }) => ["lost 0%", "lost 5%", "twice 10%", "all of it"].includes(name)), NETWORKS);

	it("when clients, block sizes, windows, directions and networks are counted then the table has them all", () => {
		assert.equal(head, headLine());
		assert.equal(lines.length, ROWS.length);
	});

	for (const [index, row] of ROWS.entries()) {
		it(`when ${rowName(row)} then bytes are right, and success, packets and seconds are as recorded`, () => {
			const recorded = cellsOf(lines[index]!);
			const now = networks.map(network => `${network.name}: ${cellText(cell(row, network))}`);
			assert.deepEqual(now, networks.map(network => `${network.name}: ${recorded[NETWORKS.indexOf(network)]}`));
		});

		it(`when ${rowName(row)} is looked up then nothing that loses nothing fails, and no loss makes a transfer easier`, () => {
			const recorded = cellsOf(lines[index]!).map(text => {
				const [succeeded, sent, seconds] = text.split(" ");
				return { succeeded: Number(/^\d+/.exec(succeeded!)![0]), sent: Number(sent), seconds: Number(seconds) };
			});
			for (const [column, { name, whole }] of NETWORKS.entries())
				assert.ok(!whole || recorded[column]!.succeeded === RUNS, `${name}: ${recorded[column]!.succeeded} of ${RUNS}`);
			assert.equal(recorded[0]!.sent, 1, "each block once");
			// by chance one more or less
			const lossy = NETWORKS.flatMap(({ name }, column) => name.startsWith("lost") ? [recorded[column]!] : []);
			for (let at = 1; at < lossy.length; at++)
				assert.ok(lossy[at]!.succeeded <= lossy[at - 1]!.succeeded + 1, `${lossy[at]!.succeeded} of ${RUNS} after ${lossy[at - 1]!.succeeded}`);
		});
	}

	it("when little is lost then every client gets most of its files either way", () => {
		for (const [index, row] of ROWS.entries())
			for (const percent of [1, 2]) {
				const succeeded = parseInt(cellsOf(lines[index]!)[NETWORKS.findIndex(({ name }) => name === `lost ${percent}%`)]!, 10);
				assert.ok(succeeded >= RUNS * 0.9, `${rowName(row)}, ${percent} %: ${succeeded} of ${RUNS}`);
			}
	});
});

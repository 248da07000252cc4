/** What a run says: a line for each suite as it ends, a failed one's output whole, and at the end the counts and who took longest. */
import { existsSync } from "node:fs";
import type { Cost, Suite } from "./plan.ts";
import type { Ended } from "./process.ts";

const SLOWEST = 10;

export class Summary {
	readonly failures: string[] = [];
	private passed = 0;
	private failed = 0;
	private skipped = 0;
	private readonly costs = new Map<string, Cost>();
	private readonly absent = new Set<string>();
	private readonly begin = performance.now();

	/** What to say about it now. */
	add({ title, files, environment }: Suite, { failure, results, output, seconds }: Ended): string {
		const counts = { passed: 0, failed: 0, skipped: 0 };
		const note = environment["STRESS"] ? " (stress)" : "";
		for (const [file, result] of Object.entries(results)) {
			counts.passed += result.passed;
			counts.failed += result.failed;
			counts.skipped += result.skipped;
			this.costs.set(file + note, files.length === 1 ? { seconds, cpu: result.cpu } : { seconds: result.seconds, cpu: result.cpu });
		}
		this.passed += counts.passed;
		this.failed += counts.failed;
		this.skipped += counts.skipped;
		for (const line of output.match(/^skipped: .*/gm) ?? [])
			this.absent.add(line);
		const words = [`${counts.passed} passed`, ...counts.failed ? [`${counts.failed} failed`] : [], ...counts.skipped ? [`${counts.skipped} skipped`] : []];
		const line = `${failure ? "✖" : "✔"} ${title}: ${words.join(", ")}, ${seconds.toFixed(1)} s\n`;
		if (!failure)
			return line;
		this.failures.push(`${title}: ${failure}`);
		return `${line}${output}\n✖ ${title}: ${failure}\n\n`;
	}

	text(): string {
		const slowest = [...this.costs].sort(([, a], [, b]) => b.seconds - a.seconds).slice(0, SLOWEST);
		const seconds = (performance.now() - this.begin) / 1000;
		return [
			"",
			...this.absent,
			`the ${slowest.length} slowest:`,
			...slowest.map(([file, cost]) => `${cost.seconds.toFixed(1).padStart(8)} s  ${file} (${cost.cpu.toFixed(1)} s of a processor)`),
			...this.failures.length ? ["", `${this.failures.length} suites failed:`, ...this.failures.map(failure => `    ${failure}`)] : [],
			"",
			`${this.passed} tests passed, ${this.failed} failed, ${this.skipped} skipped, in ${this.costs.size} files and ${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`,
			""
		].join("\n");
	}

	/** The table of durations with what this run saw, without files that are gone. */
	recorded(before: Readonly<Record<string, Cost>>): string {
		const all = new Map([...Object.entries(before), ...this.costs].filter(([file]) => existsSync(file.replace(/ \(.*/, ""))));
		const lines = [...all].sort(([a], [b]) => a < b ? -1 : 1).map(([file, { seconds, cpu }]) => `\t${JSON.stringify(file)}: { "seconds": ${seconds.toFixed(1)}, "cpu": ${cpu.toFixed(1)} }`);
		return `{\n${lines.join(",\n")}\n}\n`;
	}
}

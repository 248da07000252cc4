/**
 * The system's own Debian source, turned to another suite: which server this machine may use is known to its /etc/apt and nowhere else.
 * Only the suite itself is taken, not its updates and security siblings: those are the ones found in the middle of a mirror's sync, and
 * what we pin is in the release.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A source list for apt: its text, and a file name whose ending says which of the two formats it is. */
export interface Source {
	name: string;
	text: string;
}

/** undefined when the system has no Debian source for its own release with component main. */
export function privateSource(suite: string, etc = "/etc"): Source | undefined {
	const own = /^VERSION_CODENAME="?([^"\n]+)/m.exec(readText(join(etc, "os-release")))?.[1];
	if (!own)
		return undefined;
	const folder = join(etc, "apt/sources.list.d");
	const files = [join(etc, "apt/sources.list"), ...list(folder).map(name => join(folder, name))];
	for (const file of files) {
		const text = file.endsWith(".sources") ? fromParagraphs(readText(file), own, suite)
			: file.endsWith(".list") ? fromLines(readText(file), own, suite)
			: undefined;
		if (text)
			return { name: file.endsWith(".sources") ? "suite.sources" : "suite.list", text };
	}
	return undefined;
}

/** What apt takes for a no (apt-pkg's StringToBool). */
const DISABLED = /^(no|false|without|off|disable|0)$/i;

/** deb822: paragraphs of fields. */
function fromParagraphs(text: string, own: string, suite: string): string | undefined {
	for (const paragraph of text.split(/\n\s*\n/)) {
		const lines = paragraph.trim().split("\n").filter(line => !line.startsWith("#"));
		const words = (field: string): string[] =>
			lines.find(line => line.toLowerCase().startsWith(field))?.slice(field.length).trim().split(/\s+/) ?? [];
		if (DISABLED.test(words("enabled:")[0] ?? ""))
			continue;
		if (!words("types:").includes("deb") || !words("suites:").includes(own) || !words("components:").includes("main"))
			continue;
		const kept = lines.filter(line => !/^(types|suites|components|architectures|enabled):/i.test(line));
		return ["Types: deb", `Suites: ${suite}`, "Components: main", ...kept, ""].join("\n");
	}
	return undefined;
}

/** One line a source: deb [options] URI suite component... */
function fromLines(text: string, own: string, suite: string): string | undefined {
	for (const line of text.split("\n")) {
		const match = /^\s*deb\s+(\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+(.*)$/.exec(line);
		if (!match || match[3] !== own || !match[4]!.split(/\s+/).includes("main"))
			continue;
		const options = (match[1] ?? "").replace(/\barch=\S+?(?=[\s\]])/, "");
		return `deb ${options}${match[2]} ${suite} main\n`;
	}
	return undefined;
}

function readText(file: string): string {
	try {
		return readFileSync(file, "utf8");
	}
	catch {
		return "";
	}
}

function list(folder: string): string[] {
	try {
		return readdirSync(folder).sort();
	}
	catch {
		return [];
	}
}

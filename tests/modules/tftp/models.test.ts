/** The U-Boot models against the traces of the real ones: the tests that use them are worth what they are worth. */
import { strict as assert } from "node:assert";
import { VirtualTime } from "../../support/clock.ts";
import { Network } from "../../support/network.ts";
import { ackOf, dataOf, errorOf, Probe, requestOf } from "../../support/tftp-clients.ts";
import { UBoot, type Version } from "../../support/tftp-uboot.ts";
import { CAMERA, SERVER } from "../../support/tftp-lab.ts";

interface Scenario {
	title: string;
	/** As in the traces; "other ->" comes from another port, "timer" is the client's. `RQ` is its request. */
	lines: string;
	upload?: number;
	/** State, restarts, size. */
	ends: [UBoot["state"], number, number?];
	versions?: Version[];
}

const both: Version[] = ["2010.06", "2016.11"];
const OACK = "server -> OACK blksize|1468\n";
const START = `RRQ\n${OACK}client -> ACK 0\nserver -> DATA 1 (1468 B)\nclient -> ACK 1\n`;
const PUT = `WRQ\n${OACK}client -> DATA 1 (1468 B)\nserver -> ACK 1\nclient -> DATA 2 (1468 B)\n`;

const scenarios: Scenario[] = [
	{ title: "1 a normal OACK and a short file", lines: "RRQ\nserver -> OACK blksize|1468|timeout|5|tsize|2000\nclient -> ACK 0\nserver -> DATA 1 (1468 B)\nclient -> ACK 1\nserver -> DATA 2 (532 B)\nclient -> ACK 2", ends: ["success", 0, 2000] },
	{ title: "2 the server ignores the options", lines: "RRQ\nserver -> DATA 1 (512 B)\nclient -> ACK 1\nserver -> DATA 2 (100 B)\nclient -> ACK 2", ends: ["success", 0, 612] },
	{ title: "3 an OACK in upper case", lines: "RRQ\nserver -> OACK BLKSIZE|1468\nclient -> ACK 0\nserver -> DATA 1 (1468 B)\nclient -> ACK 1", ends: ["running", 0, 1468] },
	{ title: "4 another timeout", lines: "RRQ\nserver -> OACK blksize|1468|timeout|2\nclient -> ACK 0", ends: ["running", 0] },
	{ title: "4 another timeout (upstream)", versions: ["upstream"], lines: "RRQ\nserver -> OACK blksize|1468|timeout|2\nclient -> ERROR 8 Option negotiation failed", ends: ["fail", 0] },
	{ title: "5 a larger blksize", lines: "RRQ\nserver -> OACK blksize|4096\nclient -> ACK 0", ends: ["running", 0] },
	...[0, 3, 4, 5, 6, 7, 8].map((code): Scenario => ({ title: `6 error ${code}`, lines: `RRQ\nserver -> ERROR ${code} busy`, ends: ["fail", 1] })),
	...[1, 2].map((code): Scenario => ({ title: `6 error ${code}`, lines: `RRQ\nserver -> ERROR ${code} busy`, ends: ["fail", 0] })),
	{ title: "7 a lost DATA", lines: `${START}timer\nclient -> ACK 1\nserver -> DATA 2 (100 B)\nclient -> ACK 2`, ends: ["success", 0, 1568] },
	{ title: "8 a DATA twice", lines: `${START}server -> DATA 1 (1468 B)\ntimer\nclient -> ACK 1`, ends: ["running", 0, 1468] },
	{ title: "8 a DATA twice (upstream)", versions: ["upstream"], lines: `${START}server -> DATA 1 (1468 B)\nclient -> ACK 1\nserver -> DATA 1 (1468 B)`, ends: ["running", 0, 1468] },
	{ title: "9 an OACK after DATA 1", lines: `${START}${OACK}client -> ACK 1\nserver -> DATA 2 (10 B)`, ends: ["fail", 1] },
	{ title: "10 an old DATA 1 after DATA 2", lines: `${START}server -> DATA 2 (1468 B)\nclient -> ACK 2\nserver -> DATA 1 (1468 B)\nclient -> ACK 1\nserver -> DATA 3 (10 B)\nclient -> ACK 3`, ends: ["success", 0, 2946] },
	{ title: "11 a skipped block", lines: `${START}server -> DATA 3 (10 B)\nclient -> ACK 3`, ends: ["success", 0, 2946] },
	{ title: "12 another port", lines: `${START}other -> DATA 2 (10 B)`, ends: ["running", 0, 1468] },
	{ title: "16 an empty file", lines: `RRQ\n${OACK}client -> ACK 0\nserver -> DATA 1 (0 B)\nclient -> ACK 1`, ends: ["success", 0, 0] },
	{ title: "17 exactly two blocks", lines: `${START}server -> DATA 2 (1468 B)\nclient -> ACK 2\nserver -> DATA 3 (0 B)\nclient -> ACK 3`, ends: ["success", 0, 2936] },
	{ title: "20 an upload and ACK 0", versions: ["2010.06"], upload: 3000, lines: "WRQ\nserver -> ACK 0", ends: ["success", 0, 0] },
	{ title: "20 an upload and ACK 0", versions: ["2016.11"], upload: 3000, lines: "WRQ\nserver -> ACK 0\nWRQ", ends: ["running", 0] },
	{ title: "21 an upload and an OACK", versions: ["2016.11"], upload: 3000, lines: `${PUT}server -> ACK 2\nclient -> DATA 3 (64 B)\nserver -> ACK 3`, ends: ["success", 0, 3000] },
	{ title: "21 an upload and an OACK, of whose size this one says nothing", versions: ["2010.06"], upload: 3000, lines: `${PUT}server -> ACK 2\nclient -> DATA 3 (64 B)\nserver -> ACK 3`, ends: ["success", 0, 0] },
	{ title: "22 an upload and ACK 1 twice", versions: ["2010.06"], upload: 3000, lines: `${PUT}server -> ACK 1\nclient -> DATA 2 (1468 B)\nserver -> ACK 2\nclient -> DATA 3 (64 B)\nserver -> ACK 2\nclient -> DATA 3 (64 B)\nserver -> ACK 3`, ends: ["success", 0] },
	{ title: "23 an upload of two blocks", versions: ["2016.11"], upload: 2936, lines: `${PUT}server -> ACK 2\nclient -> DATA 3 (0 B)\nserver -> ACK 3`, ends: ["success", 0, 2936] },
	{ title: "23 an upload of two blocks, of whose size this one says nothing", versions: ["2010.06"], upload: 2936, lines: `${PUT}server -> ACK 2\nclient -> DATA 3 (0 B)\nserver -> ACK 3`, ends: ["success", 0, 0] },
	{ title: "24 an upload refused", upload: 3000, lines: "WRQ\nserver -> ERROR 2 read only", ends: ["fail", 0] },
	{ title: "25 an upload and a late ACK 0", versions: ["2010.06"], upload: 3000, lines: `${PUT}server -> ACK 0`, ends: ["success", 0] },
	{ title: "25 an upload and a late ACK 0", versions: ["2016.11"], upload: 3000, lines: `${PUT}server -> ACK 0`, ends: ["running", 0] }
];

function packetOf(words: string): Uint8Array {
	const [kind, first, ...rest] = words.split(" ");
	switch (kind) {
		case "OACK": return requestOf(6, ...first!.split("|"));
		case "DATA": return dataOf(Number(first), new Uint8Array(Number(rest[0]!.slice(1))));
		case "ACK": return ackOf(Number(first));
		default: return errorOf(Number(first), rest.join(" "));
	}
}

function play(version: Version, scenario: Scenario): void {
	const time = new VirtualTime();
	const network = new Network(time);
	const main = new Probe(network.at(SERVER), 69);
	const server = new Probe(network.at(SERVER), 3000);
	const other = new Probe(network.at(SERVER), 3001);
	const ram = new Uint8Array(4096).fill(0xee);
	const client = new UBoot({ version, io: network.at(CAMERA), time, server: SERVER, ram, ...(scenario.upload !== undefined && { upload: scenario.upload }) });
	const timeout = version === "2010.06" ? "1|tsize|0" : "5";
	const request = `Q kernel.bin|octet|timeout|${timeout}|blksize|1468`;
	const expected: string[] = [];
	time.advance(0);
	const { address, port } = main.received[0]!;
	for (const line of scenario.lines.split("\n")) {
		const [who, words] = line.split(" -> ");
		if (who === "timer")
			time.advance(version === "2010.06" ? 1000 : 5000);
		else if (who === "RRQ" || who === "WRQ")
			expected.push(`client -> ${who.slice(0, 2)}${request}`);
		else {
			if (who !== "other")
				expected.push(line);
			if (who !== "client") {
				const packet = packetOf(words!);
				(who === "other" ? other : server).udp.write(packet, address, port);
				time.advance(0);
			}
		}
	}
	assert.deepEqual(client.transcript, expected);
	const [state, restarts, size] = scenario.ends;
	assert.equal(client.state, state);
	assert.equal(client.restarts, restarts);
	if (size !== undefined)
		assert.equal(client.size, size);
	client.close();
}

describe("the U-Boot models, as traced", () => {
	for (const scenario of scenarios) {
		for (const version of scenario.versions ?? both) {
			it(`when ${scenario.title} then ${version} does what the real one did`, () => play(version, scenario));
		}
	}
});

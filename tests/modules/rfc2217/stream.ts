/** A telnet stream with everything in it, and what a reader makes of one. */
import { strict as assert } from "node:assert";
import { SUBNEGOTIATION_LIMIT, TelnetReader } from "rfc2217/telnet";

export const IAC = 255;

/** What a reader made of `chunks`, with at most `limit` bytes of data at a time: data joined, commands between it. `binary`: as after WILL BINARY. */
export function events(chunks: readonly Uint8Array[], limit = 1_000_000, binary = true): string[] {
	const list: string[] = [];
	let data: number[] = [];
	const flush = (): void => {
		if (data.length > 0)
			list.push(`data ${data.join(" ")}`);
		data = [];
	};
	const note = (event: string): void => {
		flush();
		list.push(event);
	};
	const reader = new TelnetReader({
		negotiate: (verb, option) => note(`negotiate ${verb} ${option}`),
		subnegotiation: bytes => note(`subnegotiation ${bytes.join(" ")}`),
		command: code => note(`command ${code}`)
	}, new Uint8Array(SUBNEGOTIATION_LIMIT));
	reader.binary = binary;
	for (const chunk of chunks) {
		let at = 0;
		while (at < chunk.length) {
			const count = reader.read(chunk.subarray(at), limit);
			assert.ok(count > 0, "stuck");
			at += count;
			if (reader.data) {
				assert.ok(reader.data.length > 0 && reader.data.length <= limit);
				data.push(...reader.data);
			}
		}
	}
	flush();
	return list;
}

export const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

/** Everything there is: data with 0xFFs, all kinds of commands, a subnegotiation with 0xFFs in it. */
export const STREAM = bytes(
	1, IAC, IAC, 13, 0, 13, 10, IAC, IAC, IAC, IAC, IAC, 253, 44, 2,
	IAC, 250, 44, 1, IAC, IAC, IAC, IAC, 0, 240, IAC, 240, IAC, 241, IAC, 243, 3,
	IAC, 251, 255, IAC, IAC, IAC, IAC, IAC, 250, IAC, 240, 4, IAC, 254, 0, IAC, 252, 1, 240, 250
);
/** What is in it. */
export const EVENTS = [
	"data 1 255 13 0 13 10 255 255", "negotiate 253 44", "data 2", "subnegotiation 44 1 255 255 0 240", "command 241", "command 243", "data 3",
	"negotiate 251 255", "data 255 255 4", "negotiate 254 0", "negotiate 252 1", "data 240 250"
];

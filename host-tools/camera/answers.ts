/**
 * Reads what U-Boot answers to commands, whatever they are about. Pure: text in, facts out. The texts are those of OpenIPC's 2016.11
 * and 2010.06 trees, of the vendors' and of upstream U-Boot.
 */
import { FAILED, type FlashCommand } from "./dialect.ts";

/** `unclear`: nothing says that it failed, and nothing says that it worked. */
export type Verdict = "ok" | "failed" | "unclear";

/** `line` is the command line as it was sent. */
export function verdict(answer: string, command: FlashCommand, line = ""): Verdict {
	const said = withoutEcho(answer, line);
	if ((command.failed ?? FAILED).test(said))
		return "failed";
	return !command.ok || command.ok.test(said) ? "ok" : "unclear";
}

/** What U-Boot says itself: it repeats names in quotes, and a file may be called `error` or `mtd1.protected.bin`. */
export function withoutEcho(answer: string, line: string): string {
	return line.split(" ").slice(1).reduce((text, word) => text.replaceAll(`'${word}'`, "''").replaceAll(`"${word}"`, "\"\""), answer);
}

/** Whether the answer means that this U-Boot doesn't have the command. */
export function isUnknownCommand(answer: string): boolean {
	return /unknown command/i.test(answer);
}

/** The CRC-32 as 8 lower-case digits from `crc32 for 42000000 ... 4200ffff ==> 1234abcd`. */
export function crcOfAnswer(answer: string): string | undefined {
	return /==>\s*([0-9a-f]{8})\b/i.exec(answer)?.[1]!.toLowerCase();
}

/** The count from `Bytes transferred = 65536 (10000 hex)`. */
export function bytesTransferred(answer: string): number | undefined {
	const count = /bytes transferred = (\d+)/i.exec(answer)?.[1];
	return count === undefined ? undefined : Number(count);
}

/** What to do after a load that failed with this answer; "" when it doesn't tell. */
export function loadAdvice(answer: string): string {
	return LOAD_ADVICE.find(([said]) => said.test(answer))?.[1] ?? "";
}

const LOAD_ADVICE: readonly (readonly [RegExp, string])[] = [
	[/ARP retry count exceeded/i, "nothing on the camera's network has the address that the camera asks for (the pod's is 192.168.1.1): " +
		"look at address, mask and gateway in the network lines of the board description (--board), and whether the camera's cable ends at " +
		"this pod"],
	[/PHY.*not link|no link|link (is )?down|could not (establish|get).*link|not link!/i,
		"the camera's network has no link: check the cable between pod and camera"],
	[/no ethernet found|no ethernet device/i, "this U-Boot finds no network card on this board: use a U-Boot that is built for this board"],
	[/`?(ipaddr|serverip)'? not set/i, "the network lines of the board description (--board) have to set it"],
	[/`?ethaddr'? not set|illegal.*ethaddr|address not valid|error: .*MAC/i,
		"this camera has no MAC address: add a line like \"setenv ethaddr 02:00:00:00:00:01\" to the network lines of the board description " +
		"(--board)"],
	[/file not found/i, "the file is not there for the camera: somebody has removed it from the pod, or another TFTP server has the pod's " +
		"address on the camera's wire"],
	[/access violation/i, "the TFTP server refused it: is another server at the pod's address on the camera's wire?"],
	[/retry count exceeded|timed? ?out/i,
		"the pod was asked and packets get lost on the way: check the cable between pod and camera; `rackpod ls` shows how far transfers came"]
];

/** The last percentage in a progress text such as `Erasing at 0x50000 -- 37% complete.` */
export function lastPercent(text: string): number | undefined {
	let percent: string | undefined;
	for (const match of text.matchAll(/(\d{1,3})\s*%/g))
		percent = match[1];
	return percent === undefined ? undefined : Math.min(100, Number(percent));
}

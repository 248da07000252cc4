/**
 * The device's sockets (modules/esp32/sockets) in a Linux program, on Debian's lwIP: xs-host with their C and link/wire.c in it, under a sanitizer,
 * and a map in which `embedded:io/socket/...` are theirs.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT, locked } from "../../simulator/build.ts";
import type { XSTests } from "../node/xs.ts";
import { buildTests } from "../node/xs.ts";

const BUILD = join(ROOT, "build");
const LWIP = "/usr/include/lwip";
const SOURCES = [...["segments", "sockets", "tcp", "listener", "udp"].map(name => `modules/esp32/sockets/${name}.c`), "tests/sockets/link/wire.c"];
const COMMON = `-O1 -DmxDebug=1 -DmxBoundsCheck=1 -isystem ${LWIP} -I${join(ROOT, "tests/sockets/link")}`;

/** address: errors of memory, with a collection of garbage moving every chunk; thread: two tasks at one thing. */
export type Sanitizer = "address" | "thread";

const FLAGS: Readonly<Record<Sanitizer, string>> = {
	address: "-DmxStress=1 -DmxNoChunks=1 -DmxASANStackMargin=131072 -fsanitize=address -fno-omit-frame-pointer",
	thread: "-fsanitize=thread"
};

/** What the tests can't do without; undefined when it is there. */
export function missing(): string | undefined {
	return existsSync(join(LWIP, "lwip/tcp.h")) ? undefined : "liblwip-dev not installed";
}

export async function buildSockets(sanitizer: Sanitizer): Promise<XSTests> {
	const { map } = await buildTests("debug");
	const flavour = `sockets-${sanitizer}`;
	const out = join(BUILD, "host", flavour);
	mkdirSync(out, { recursive: true });
	await locked(() => {
		const { status } = spawnSync("make", ["--silent", "--no-print-directory", "--jobs=2", "-C", join(ROOT, "simulator/host"), `FLAVOUR=${flavour}`, `BUILD=${BUILD}`,
			`NATIVES=${SOURCES.map(path => join(ROOT, path)).join(" ")}`, `CFLAGS_${flavour}=${COMMON} ${FLAGS[sanitizer]}`,
			`LDFLAGS_${flavour}=-fsanitize=${sanitizer} -Wl,--no-as-needed -llwip -Wl,--as-needed`], { stdio: ["ignore", "ignore", "inherit"] });
		if (status !== 0)
			throw new Error("the sockets don't compile");
	});
	const own = join(out, "map");
	const lines = readFileSync(map, "utf8").split("\n").filter(line => !line.startsWith("embedded:io/socket/"));
	for (const name of ["listener", "tcp", "udp"])
		lines.push(`embedded:io/socket/${name}\t${join(BUILD, `firmware/modules/esp32/sockets/${name}.js`)}`);
	writeFileSync(own, `${lines.filter(Boolean).join("\n")}\n`);
	return { host: join(out, "xs-host"), map: own };
}

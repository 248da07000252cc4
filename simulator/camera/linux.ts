/**
 * What can be seen of Linux on the serial line: boot messages, a root file system that is there or a panic, login, a small shell.
 * The only thing it looks at in the flash is the root file system's magic, where the kernel's command line says it is.
 */
import { Reset, type Machine } from "./machine.ts";
import { parsePartitions } from "./mtd-partitions.ts";
import { readLine } from "./line-editor.ts";
import { LinuxShell } from "./linux-shell.ts";
import type { Program } from "./processor.ts";

/** squashfs, little-endian. */
const SQUASHFS = Buffer.from("hsqs");

/** When the kernel has no `panic=`, it hangs for ever. */
const PANIC = /\bpanic=(\d+)/;

export function* linux(machine: Machine, commandLine: string): Program<never> {
	const { uart, nor, emit, settings, processor } = machine;
	const start = processor.time.now();
	const print = function* (text: string): Program {
		const seconds = ((processor.time.now() - start) / 1000).toFixed(6).padStart(12);
		yield* uart.print(`[${seconds}] ${text}\n`);
	};
	emit("linux", { commandLine });
	uart.clear();
	uart.attentive = true;
	const partitions = parsePartitions(commandLine, nor.size);
	yield* processor.sleep(settings.linuxTime * 0.2);
	for (const line of [
		"Booting Linux on physical CPU 0x0",
		"Linux version 4.9.37 (root@openipc) (gcc version 12.2.0) #1 Tue Mar 21 12:00:00 UTC 2023",
		"CPU: ARMv7 Processor [410fc075] revision 5 (ARMv7), cr=10c5387d",
		"OF: fdt:Machine model: Hisilicon HI3516EV300 DEMO Board",
		`Kernel command line: ${commandLine}`,
		`spi-nor: W25Q128JV (${nor.size >> 10} Kbytes)`,
		`${partitions.length} cmdlinepart partitions found on MTD device hi_sfc`,
		"Creating MTD partitions on \"hi_sfc\":",
		...partitions.map(({ name, offset, size }) => `0x${offset.toString(16).padStart(12, "0")}-0x${(offset + size).toString(16).padStart(12, "0")} : "${name}"`)
	]) {
		yield* print(line);
		yield* processor.sleep(settings.linuxTime * 0.02);
	}

	const root = /\broot=\/dev\/(mtdblock(\d+))/.exec(commandLine);
	const partition = root ? partitions[Number(root[2])] : undefined;
	const magic = partition && partition.offset + 4 <= nor.size ? nor.read(partition.offset, 4) : undefined;
	if (!magic || Buffer.compare(magic, SQUASHFS) !== 0)
		yield* panic(machine, commandLine, root?.[1] ?? "(null)", print);
	yield* print(`VFS: Mounted root (squashfs filesystem) readonly on device 31:${root![2]}.`);
	yield* processor.sleep(settings.linuxTime * 0.3);
	yield* uart.print("Starting syslogd: OK\nStarting klogd: OK\nStarting network: OK\nStarting dropbear sshd: OK\n\nWelcome to OpenIPC\n");
	yield* processor.sleep(settings.linuxTime * 0.3);
	for (;;)
		yield* session(machine, new LinuxShell(machine, commandLine, partitions, start));
}

function* panic(machine: Machine, commandLine: string, device: string, print: (text: string) => Program): Program<never> {
	const { uart, emit, processor } = machine;
	emit("panic", { device });
	yield* print(`VFS: Cannot open root device "${device}" or unknown-block(31,3): error -22`);
	yield* print("Please append a correct \"root=\" boot option; here are the available partitions:");
	yield* print("Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(31,3)");
	const seconds = Number(PANIC.exec(commandLine)?.[1] ?? 0);
	uart.attentive = false;
	if (!seconds)
		yield* machine.hang("kernel panic");
	yield* print(`Rebooting in ${seconds} seconds..`);
	yield* processor.sleep(seconds * 1000);
	throw new Reset();
}

/** From the login prompt to the end of the shell. */
function* session({ uart, emit, settings, processor }: Machine, shell: LinuxShell): Program {
	yield* uart.print(`\n${settings.hostname} login: `);
	emit("login", {});
	const name = yield* readLine(uart);
	if (typeof name === "string" || !name.text)
		return;
	yield* uart.print("Password: ");
	const password = yield* readLine(uart, { secret: true, timeout: 60000 });
	if (typeof password === "string" || name.text !== "root" || password.text !== settings.password) {
		yield* processor.sleep(1000);
		yield* uart.print("Login incorrect\n");
		return;
	}
	yield* shell.run();
}

/** The command line of a camera in QEMU. */
import { Command, Option } from "commander";
import { timeScale } from "../arguments.ts";

export interface QemuOptions {
	board: string;
	tftp: string;
	machine: "sifive" | "virt";
	linux?: boolean;
	disk?: string;
	nor?: string;
	tap?: string;
	faults?: string;
	timeScale: number;
	untilEof?: boolean;
}

/** The command line with its options; docs/simulator.md lists them. */
export function qemuCommand(): Command {
	return new Command("npm start -- --camera qemu --")
		.description("A camera that is a real U-Boot, or Linux, in QEMU.")
		.requiredOption("--board <dir>", "the board's folder, with uart, power and line")
		.requiredOption("--tftp <host:port>", "where the pod's TFTP server listens; not used with --tap")
		.addOption(new Option("--machine <name>", "sifive: NOR flash, comes up through /fastboot; virt: netboots Linux").choices(["sifive", "virt"]).default("sifive"))
		.option("--linux", "virt: come up in Linux by itself, without U-Boot")
		.option("--disk <file>", "virt: image of the disk, 64 MiB (default: disk.img in the board's folder)")
		.option("--nor <file>", "sifive: image of the NOR, 32 MiB (default: nor.img in the board's folder)")
		.option("--tap <interface>", "a tap device in this network namespace, instead of the wire that needs no root")
		.option("--faults <json>", '{"seed":1,"loss":0.001,"duplicate":0,"reorder":0,"delay":0}, without --tap')
		.option("--time-scale <factor>", "as the pod's", timeScale, 1)
		.option("--until-eof", "end when stdin ends");
}

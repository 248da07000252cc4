/**
 * The simulated camera as a program:
 *
 *     tsx simulator/camera/main.ts --board DIR --tftp 127.0.0.1:6969 [options; --help lists them]
 *
 * It speaks only through a board's outside interface: the serial line DIR/uart (a PTY), the supply DIR/power (`on`, `off`), the
 * line's rate and breaks DIR/line (`baud N`, `break MS`), and UDP to the pod's TFTP server, which stands for 192.168.1.1:69.
 * It may be started before the board is there, and outlives it: without a board it has no supply.
 *
 * stdout carries events, one JSON object a line: {"event":"ready"} first, then power, markers, download, upload (address, size,
 * crc32), uboot, prompt, tftp, saveenv, linux, login, panic, nokernel, reset, restart, break, hang. `time` is in camera milliseconds.
 * DIR/camera answers questions and takes injected faults (control.ts). The flash is kept in DIR/nor.bin or --nor FILE.
 * It ends by SIGINT or SIGTERM, or with --until-eof when its stdin is closed.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { systemFlash } from "../demo-images.ts";
import { Bench } from "./bench.ts";
import { Camera, type CameraEvent } from "./camera.ts";
import { Control } from "./control.ts";
import { DatagramNetwork } from "./datagram-network.ts";
import { NorFile } from "./nor-file.ts";
import { parseOptions } from "./options.ts";
import { ScaledTime } from "./scaled-time.ts";

const options = parseOptions(process.argv.slice(2));

const publish = (event: CameraEvent): void => {
	control.event(event);
	process.stdout.write(JSON.stringify(event) + "\n");
};

const time = new ScaledTime(options.timeScale);
const camera = new Camera({
	...options.camera,
	time,
	network: new DatagramNetwork(options.tftp.host, options.tftp.port),
	transmit: bytes => bench.transmit(bytes),
	store: (offset, length) => file.store(offset, length),
	emit: publish
});
const file = openNor(options.nor ?? join(options.board, "nor.bin"));
const control = new Control(join(options.board, "camera"), camera);
const bench = new Bench({
	directory: options.board,
	onConnected: () => publish({ event: "ready", time: 0 }),
	onPower: on => camera.power(on),
	onBaud: rate => {
		camera.wire.podBaud = rate;
	},
	onBreak: () => camera.lineBreak(),
	onBytes: bytes => camera.receive(bytes)
});

function openNor(path: string): NorFile {
	try {
		if (options.system && !existsSync(path))
			camera.nor.cells.set(systemFlash(camera.nor.size));
		return new NorFile(path, camera.nor.cells);
	}
	catch (error) {
		process.stderr.write(`${(error as Error).message}\n`);
		process.exit(1);
	}
}

const end = (): void => {
	camera.power(false);
	bench.close();
	control.close();
	file.close();
	process.exit(0);
};
process.on("SIGINT", end);
process.on("SIGTERM", end);
process.stdout.on("error", () => {});
if (options.untilEof)
	process.stdin.on("end", end).resume();

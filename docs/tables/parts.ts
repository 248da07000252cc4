/** Every part of the pages that is made from the code. The device's memory plan is another: it takes a compiler (tests/device/plan.ts). */
import { errorTable } from "./errors.ts";
import { budgetTable } from "./memory.ts";
import { cameraOptions, exitCodes, qemuOptions, rackpodOptions, startOptions } from "./options.ts";
import type { Part, Picture } from "./part.ts";
import { wiringPicture } from "./picture.ts";
import { occupancyTable, routeTable } from "./routes.ts";
import { configTable, settingTable } from "./settings.ts";
import { partitionTable, pinTable } from "./wiring.ts";

export const PARTS: readonly Part[] = [
	{ file: "docs/http.md", name: "routes", text: routeTable },
	{ file: "docs/http.md", name: "actions", text: occupancyTable },
	{ file: "docs/http.md", name: "settings", text: settingTable },
	{ file: "docs/http.md", name: "errors", text: errorTable },
	{ file: "docs/clients.md", name: "rackpod options", text: rackpodOptions },
	{ file: "docs/clients.md", name: "exit codes", text: exitCodes },
	{ file: "docs/simulator.md", name: "options", text: startOptions },
	{ file: "docs/simulator.md", name: "camera options", text: cameraOptions },
	{ file: "docs/simulator.md", name: "QEMU options", text: qemuOptions },
	{ file: "docs/device.md", name: "config", text: configTable },
	{ file: "docs/device.md", name: "pins", text: pinTable },
	{ file: "docs/device.md", name: "partitions", text: partitionTable },
	{ file: "docs/memory.md", name: "budget", text: budgetTable }
];

export const PICTURES: readonly Picture[] = [{ file: "docs/wiring.svg", text: wiringPicture }];

/**
 * How a U-Boot console fails beyond what any line does.
 */
import { Failure } from "../base/failure.ts";

/** The camera's answer did not end in time. The console is usable again if `recovered`. */
export class ConsoleTimeout extends Failure {
	override name = "ConsoleTimeout";
	readonly recovered: boolean;

	constructor(message: string, recovered: boolean) {
		super("camera", message, "look at the camera with `rackpod console`");
		this.recovered = recovered;
	}
}

/** Somebody else has had the console, so the command was not run. */
export class ConsoleTaken extends Failure {
	override name = "ConsoleTaken";

	constructor() {
		super("camera", "somebody else has had the console");
	}
}

/** The camera runs something else than the U-Boot whose prompt was taken over. */
export class CameraRestarted extends Failure {
	override name = "CameraRestarted";

	constructor(line: string) {
		super("camera", `the camera has restarted by itself ("${line}")`,
			"a watchdog that this U-Boot doesn't feed, or a supply that breaks down under load: use a U-Boot that stops the watchdog, look at the " +
			"supply");
	}
}

/** Settings, networks up, then one Pod: what main.ts does with the chip's board and clock, and tests do with their own. */
import type { Board } from "board/board";
import { printable } from "base/text";
import type { Time } from "base/time";
import { configured } from "settings/schema";
import { CONFIG } from "./config";
import { Defects } from "./defects";
import { Pod } from "./pod";
import { routes } from "./routes/index";
import { openSettings } from "./settings";
import { attachConsole } from "./setup";

/** `given`: values of settings.ts and config.ts from the build or the start. `log` gets what is wrong with them, and each defect, as a line. */
export function start(board: Board, given: Readonly<Record<string, unknown>>, time: Time, log: (line: string) => void): void {
	const problems: string[] = [];
	const config = configured(CONFIG, given, problems);
	let pod: Pod | undefined;
	const defects = new Defects(time, log);
	const settings = openSettings(board, given, problems, names => pod?.settingsChanged(names));
	for (const problem of settings.problems)
		log(`settings: ${printable(problem, 240)}\n`);
	attachConsole(board, settings, action => pod?.occupancy.check(action), () => defects.kept);
	board.start({
		name: settings.get("name") || board.name,
		ssid: settings.get("wifi_ssid"),
		password: settings.get("wifi_password"),
		httpPort: config.http_port,
		onDefect: (where, error) => defects.report(where, error)
	}, () => {
		pod = new Pod({ board, config, settings, time, defects, routes });
		board.serving({
			http: `${config.bind}:${pod.http.port}`,
			bridge: `${config.bind}:${pod.rawPort}`,
			rfc2217: `${config.bind}:${pod.rfc2217Port}`,
			tftp: `${pod.sides.tftpAddress}:${pod.tftpPort}`
		});
	});
}

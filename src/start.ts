/** Settings, networks up, then one Pod: what main.ts does with the chip's board and clock, and tests do with their own. */
import type { Board } from "board/board";
import type { Time } from "base/time";
import { configure } from "./config";
import { Defects } from "./defects";
import { Pod } from "./pod";
import { openSettings } from "./preferences";
import { routes } from "./routes/index";
import { attachConsole } from "./setup";

/** `overrides` as in config.ts. `log` gets each defect as a line. Throws Refusal `bad_setting`. */
export function start(board: Board, overrides: Readonly<Record<string, unknown>>, time: Time, log: (line: string) => void): void {
	const config = configure(overrides);
	let pod: Pod | undefined;
	const defects = new Defects(time, log);
	const settings = openSettings(board, config, overrides, () => pod?.settingsChanged());
	attachConsole(board, settings, action => pod?.occupancy.check(action), () => defects.kept);
	board.start({
		name: settings.get<string>("name") || board.name,
		ssid: settings.get("wifi_ssid"),
		password: settings.get("wifi_password"),
		httpPort: config.httpPort,
		report: (where, error) => defects.report(where, error)
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

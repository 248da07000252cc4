/** Settings, networks up, then one Pod. */
import board from "board";
import overrides from "mc/config";
import { Clock } from "./clock";
import { configure } from "./config";
import { Defects } from "./defects";
import { Pod } from "./pod";
import { openSettings } from "./preferences";
import { routes } from "./routes/index";
import { attachConsole } from "./setup";

export default function main(): void {
	const config = configure(overrides);
	let pod: Pod | undefined;
	const time = new Clock();
	const defects = new Defects(time, trace);
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

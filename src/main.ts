/** Networks up, then one Pod. */
import board from "board";
import overrides from "mc/config";
import { Clock } from "./clock";
import { configure } from "./config";
import { Pod } from "./pod";
import { routes } from "./routes/index";

export default function main(): void {
	const config = configure(overrides);
	board.start(() => {
		const pod = new Pod({ board, config, time: new Clock(), routes });
		board.serving({
			http: `${config.bind}:${pod.http.port}`,
			bridge: `${config.bind}:${pod.bridge.port}`,
			tftp: `${config.tftpBind}:${pod.tftpPort}`
		});
	});
}

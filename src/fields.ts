/**
 * The pod's settings: the one table behind `GET` and `PATCH /settings`, the stored record and the set-up console.
 */
import type { Schema } from "../modules/settings/schema";

const HOST_NAME = "abcdefghijklmnopqrstuvwxyz0123456789-";
const PRINTABLE = " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";

export const FIELDS: Schema = Object.freeze<Schema>({
	name: { type: "string", default: "", maximum: 32, characters: HOST_NAME, restart: true, about: "Name, and host name without .local; empty: rack- and the end of the MAC address." },
	wifi_ssid: { type: "string", default: "", maximum: 32, restart: true, about: "Name of the lab's Wi-Fi; empty: no Wi-Fi." },
	wifi_password: { type: "string", default: "", minimum: 8, maximum: 63, characters: PRINTABLE, secret: true, restart: true, about: "WPA passphrase of the lab's Wi-Fi; empty: open network." },
	token: { type: "string", default: "", minimum: 8, maximum: 64, characters: PRINTABLE, secret: true, about: "What an HTTP request must carry to change anything; empty: everybody may." },
	slots: { type: "number", default: 32, minimum: 1, maximum: 64, restart: true, about: "Files that can be staged at the same time." },
	file_idle: { type: "number", default: 3600, minimum: 60, maximum: 604800, about: "Seconds a staged file may lie idle before its room may be given to another." },
	bridge_idle: { type: "number", default: 600, minimum: 0, maximum: 86400, about: "Seconds without activity after which the UART bridge closes; 0: never." },
	power_off: { type: "number", default: 2000, minimum: 0, maximum: 60000, restart: true, about: "Milliseconds the camera's supply stays off at least." },
	console_timeout: { type: "number", default: 10, minimum: 0, maximum: 120, about: "Seconds of camera silence after an upload that count as failure; 0: never." },
	stop_autoboot: { type: "boolean", default: false, about: "After a fastboot, stop U-Boot's autoboot so that a clean prompt waits." },
	tftp_everywhere: { type: "boolean", default: false, about: "Answer TFTP on every network, not only on the camera's." },
	http_everywhere: { type: "boolean", default: false, about: "Serve HTTP and the UART bridge on every network, not only on the lab's." }
}, true);

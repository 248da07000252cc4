/** Every resource of the pod, in the order `GET /` lists them. */
import type { Route } from "../pod";
import { fastbootRoutes } from "./fastboot";
import { firmwareRoutes } from "./firmware";
import { frontRoutes } from "./front";
import { powerRoutes } from "./power";
import { settingsRoutes } from "./settings";
import { statusRoutes } from "./status";
import { tftpRoutes } from "./tftp";
import { uartRoutes } from "./uart";

export const routes: readonly Route[] = Object.freeze([
	...frontRoutes,
	...statusRoutes,
	...powerRoutes,
	...tftpRoutes,
	...fastbootRoutes,
	...uartRoutes,
	...settingsRoutes,
	...firmwareRoutes
], true);

/** All commands by their names. */
import type { Commands } from "../u-boot.ts";
import { BOOT } from "./boot.ts";
import { ENVIRONMENT } from "./environment.ts";
import { FLASH } from "./flash.ts";
import { HELP } from "./help.ts";
import { MEMORY } from "./memory.ts";
import { NETWORK } from "./network.ts";

export const COMMANDS: Commands = Object.freeze({
	...BOOT, ...ENVIRONMENT, ...FLASH, ...HELP, ...MEMORY, ...NETWORK
});

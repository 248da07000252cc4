/** All commands by their names. */
import { BOOT } from "./boot.ts";
import type { Command } from "./command.ts";
import { ENVIRONMENT } from "./environment.ts";
import { FLASH } from "./flash.ts";
import { HELP } from "./help.ts";
import { MEMORY } from "./memory.ts";
import { NETWORK } from "./network.ts";

export const COMMANDS: Readonly<Record<string, Command>> = Object.freeze({
	...BOOT, ...ENVIRONMENT, ...FLASH, ...HELP, ...MEMORY, ...NETWORK
});

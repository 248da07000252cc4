/**
 * The package commander, by `require`: it is CommonJS, and at an import Node reads it for its names first, which is a tenth of the command's
 * start.
 */
import { createRequire } from "node:module";
import type * as commander from "commander";

export type Command = commander.Command;
export const { Argument, Command, CommanderError, InvalidArgumentError, Option } = createRequire(import.meta.url)("commander") as
	typeof commander;

/**
 * Outputs for text that holds what others have sent: strings are made harmless (printable.ts), bytes pass as they are. Bytes are for what
 * the console shows, and for control sequences of our own.
 */
import { printableLines } from "../../base/printable.ts";
import type { CommandContext, Context } from "../context.ts";
import type { Output } from "./output.ts";

function harmlessOutput(output: Output): Output {
	return {
		get isTTY() {
			return output.isTTY;
		},
		get columns() {
			return output.columns;
		},
		write: text => output.write(typeof text === "string" ? printableLines(text) : text),
		onLost: callback => output.onLost?.(callback)
	};
}

/** `context`, with such outputs, for a run of the program. */
export function harmlessContext(context: Context): CommandContext {
	const { stdin, env, clock, network } = context;
	return {
		run: { job: "rackpod", pod: null },
		stdout: harmlessOutput(context.stdout),
		stderr: harmlessOutput(context.stderr),
		stdin, env, clock, network,
		onInterrupt: callback => context.onInterrupt(callback),
		exit: code => context.exit(code)
	};
}

/**
 * The `rackpod` command: reads the command line, runs one command, turns what went wrong into a text and an exit code.
 */
import { Command, CommanderError } from "commander";
import { Failure, textOf } from "../failure.ts";
import { PodError } from "../pod-error.ts";
import { jsonLine, printable } from "../printable.ts";
import { addConsole } from "./console.ts";
import type { Context } from "./context.ts";
import { EXIT_CODES, EXIT_MEANINGS, EXIT_OK, exitCodeOf } from "./exit-codes.ts";
import { addFastboot } from "./fastboot.ts";
import { harmlessContext } from "./harmless-output.ts";
import { addLs } from "./ls.ts";
import { addPower } from "./power.ts";
import { addRestore } from "./restore.ts";
import { addRm } from "./rm.ts";
import { addStage } from "./stage.ts";
import { addStatus } from "./status.ts";

/** Runs the command in `args` (without node and script). Resolves with the exit code; never throws. */
export async function main(args: readonly string[], world: Context): Promise<number> {
	const context = harmlessContext(world);
	const program = new Command("rackpod");
	program.description("bring up, flash and watch an IP camera through its rack pod")
		.addHelpText("after", ["\nExit codes:", ...Object.entries(EXIT_MEANINGS).map(([code, meaning]) => `  ${code.padStart(3)}  ${meaning}`)].join("\n"))
		.exitOverride()
		.configureOutput({ writeOut: text => context.stdout.write(text), writeErr: text => context.stderr.write(text) });
	for (const add of [addStatus, addPower, addStage, addLs, addRm, addFastboot, addConsole, addRestore])
		add(program, context);
	for (const command of program.commands)
		command.copyInheritedSettings(program);
	try {
		await program.parseAsync(args, { from: "user" });
		return EXIT_OK;
	}
	catch (error) {
		if (error instanceof CommanderError)
			return error.exitCode === 0 ? EXIT_OK : EXIT_CODES.usage;
		complain(error, args.includes("--json"), context);
		return exitCodeOf(error);
	}
}

function complain(error: unknown, json: boolean, { stdout, stderr }: Context): void {
	if (json) {
		const refusal = [error, error instanceof Error ? error.cause : undefined].find(candidate => candidate instanceof PodError);
		const facts = refusal instanceof PodError ? { ...refusal.detail, code: refusal.code, status: refusal.status } : {};
		stdout.write(jsonLine({ ...facts, event: "error", exit: exitCodeOf(error), kind: error instanceof Failure ? error.kind : "unexpected", message: textOf(error), advice: error instanceof Failure ? error.advice : "" }));
	}
	stderr.write(`rackpod: ${error instanceof Failure ? printable(error.message) : error instanceof Error && error.stack || textOf(error)}\n`);
	if (error instanceof Failure && error.advice)
		stderr.write(`         ${printable(error.advice)}\n`);
}

/**
 * The `rackpod` command: reads the command line, runs one command, turns what went wrong into a text and an exit code.
 */
import { createRequire } from "node:module";
import { Failure, textOf } from "../base/failure.ts";
import { PodError } from "../pod/pod-error.ts";
import { jsonLine, printable } from "../base/printable.ts";
import { Command, CommanderError } from "./commander.ts";
import { addConsole } from "./commands/console.ts";
import { stampOf, type CommandContext, type Context } from "./context.ts";
import { EXIT_CODES, EXIT_MEANINGS, EXIT_OK, exitCodeOf } from "./exit-codes.ts";
import { addFastboot } from "./commands/fastboot.ts";
import { harmlessContext } from "./output/harmless-output.ts";
import { addLog } from "./commands/log.ts";
import { addLs } from "./commands/ls.ts";
import { withPod } from "./options.ts";
import { addPower } from "./commands/power.ts";
import { addRestore } from "./commands/restore.ts";
import { addRm } from "./commands/rm.ts";
import { addStage } from "./commands/stage.ts";
import { addStatus } from "./commands/status.ts";

/** The command line: every command with its options, and what runs it. docs/clients.md lists them. */
export function commandLine(context: CommandContext): Command {
	const program = new Command("rackpod");
	withPod(program).description("bring up, flash and watch an IP camera through its rack pod")
		.enablePositionalOptions()
		.addHelpText("after",
			["\nExit codes:", ...Object.entries(EXIT_MEANINGS).map(([code, meaning]) => `  ${code.padStart(3)}  ${meaning}`)].join("\n"))
		.exitOverride()
		.configureOutput({ writeOut: text => context.stdout.write(text), writeErr: text => context.stderr.write(text) });
	for (const add of [addStatus, addPower, addStage, addLs, addRm, addFastboot, addConsole, addLog, addRestore])
		add(program, context);
	for (const command of program.commands)
		command.copyInheritedSettings(program);
	const own = version();
	for (const command of [program, ...program.commands])
		command.version(own, "-V, --version", "show this program's version");
	program.hook("preAction", (_, command) => {
		context.run = { ...context.run, job: `${command.name()}-${randomNumber()}` };
		// what stood before the command counts as if it stood behind it
		for (const [name, value] of Object.entries(program.opts())) {
			if (command.getOptionValue(name) === undefined)
				command.setOptionValueWithSource(name, value, "cli");
		}
	});
	return program;
}

/** Runs the command in `args` (without node and script). Resolves with the exit code; never throws. */
export async function main(args: readonly string[], world: Context): Promise<number> {
	const context = harmlessContext(world);
	const program = commandLine(context);
	try {
		await program.parseAsync(helpIsNoCommand(program, args), { from: "user" });
		return EXIT_OK;
	}
	catch (error) {
		if (error instanceof CommanderError)
			return error.exitCode === 0 ? EXIT_OK : EXIT_CODES.usage;
		complain(error, args.includes("--json"), context);
		return exitCodeOf(error);
	}
}

/** Eight digits, to tell runs apart. Nothing rests on it that would be worth loading node:crypto. */
function randomNumber(): string {
	return Math.floor(Math.random() * 2 ** 32).toString(16).padStart(8, "0");
}

function version(): string {
	// by the package's own name: its folder is another one from the sources than from dist
	return (createRequire(import.meta.url)("rackpod/package.json") as { version: string }).version;
}

/** `args`, without a wish for help about a command that doesn't exist: then that is what has to be said. */
function helpIsNoCommand(program: Command, args: readonly string[]): readonly string[] {
	const [name, about] = program.parseOptions([...args]).operands;
	const wanted = name === "help" ? about : name;
	if (wanted === undefined || program.commands.some(command => command.name() === wanted))
		return args;
	return [wanted];
}

function complain(error: unknown, json: boolean, { stdout, stderr, run }: CommandContext): void {
	if (json) {
		const refusal = [error, error instanceof Error ? error.cause : undefined].find(candidate => candidate instanceof PodError);
		const facts = refusal instanceof PodError ? { ...refusal.detail, code: refusal.code, status: refusal.status } : {};
		stdout.write(jsonLine({ ...facts, event: "error", ...stampOf(run), exit: exitCodeOf(error),
			kind: error instanceof Failure ? error.kind : "unexpected", message: textOf(error),
			advice: error instanceof Failure ? error.advice : "" }));
	}
	stderr.write(`rackpod: ${error instanceof Failure ? printable(error.message) : error instanceof Error && error.stack || textOf(error)}\n`);
	if (error instanceof Failure && error.advice)
		stderr.write(`         ${printable(error.advice)}\n`);
}

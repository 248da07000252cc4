/** Command lines: the options of `rackpod`, of `npm start` and of the cameras behind it. */
import type { Command, Option } from "commander";
import { processContext } from "../../host-tools/cli/context.ts";
import { EXIT_MEANINGS } from "../../host-tools/cli/exit-codes.ts";
import { commandLine } from "../../host-tools/cli/main.ts";
import { cameraCommand } from "../../simulator/camera/options.ts";
import { qemuCommand } from "../../simulator/qemu/options.ts";
import { startCommand } from "../../simulator/start-options.ts";
import { code, table } from "./part.ts";

/** As the help says it. */
function described({ description, argChoices, defaultValue, mandatory }: Option): string {
	const plain = defaultValue === undefined || defaultValue === false || typeof defaultValue === "object";
	const facts = [argChoices && `one of ${argChoices.join(", ")}`, plain ? "" : `default: ${String(defaultValue)}`, mandatory && "required"].filter(fact => fact);
	return facts.length ? `${description} (${facts.join("; ")})` : description;
}

function optionTable({ options }: Command): string {
	return table(["option", "is"], options.filter(({ hidden }) => !hidden).map(option => [code(option.flags), described(option)]));
}

export function rackpodOptions(): string {
	const program = commandLine({ ...processContext(), run: { job: "docs", pod: null } });
	const shared = new Set(program.options.map(({ flags }) => flags));
	const commands = program.commands.filter(command => command.name() !== "help");
	const usage = (command: Command): string => `rackpod ${command.name()} ${command.usage().replace(/\[options\] ?/, "")}`.trim();
	/** What only some commands take, with those that do. */
	const own = new Map<string, { option: Option; takers: string[] }>();
	for (const command of commands) {
		for (const option of command.options.filter(({ flags, hidden }) => !hidden && !shared.has(flags))) {
			const key = option.flags + described(option);
			own.set(key, { option, takers: [...own.get(key)?.takers ?? [], command.name()] });
		}
	}
	return [
		table(["command", "does"], commands.map(command => [code(usage(command)), command.description()])),
		`Every command takes these:\n\n${optionTable(program)}`,
		`Some take more:\n\n${table(["option", "of", "is"], [...own.values()].map(({ option, takers }) => [code(option.flags), takers.join(", "), described(option)]))}`
	].join("\n\n");
}

export function exitCodes(): string {
	return table(["exit code", "meaning"], Object.entries(EXIT_MEANINGS));
}

export function startOptions(): string {
	return optionTable(startCommand());
}

export function cameraOptions(): string {
	return optionTable(cameraCommand());
}

export function qemuOptions(): string {
	return optionTable(qemuCommand());
}

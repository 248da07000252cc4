/** Ties the board's set-up console, where it has one, to the settings. It works before there is any network. */
import type { Board } from "board/board";
import { Setup } from "setup/setup";
import type { Defect } from "./defects";
import type { PodSettings } from "./settings";

/** `defects`: those of the pod so far. `check` throws Refusal when settings can't be changed, or the pod can't be restarted, just now. */
export function attachConsole(
	board: Board, settings: PodSettings, check: (action: "settings" | "restart") => void, defects: () => readonly Defect[]
): void {
	let setup: Setup | undefined;
	const terminal = board.terminal(bytes => setup?.receive(bytes));
	if (!terminal)
		return;
	setup = new Setup({
		settings,
		write: text => terminal.write(text),
		status: () => [
			...Object.entries(settings.show()).map(([name, value]) => `${name} ${JSON.stringify(value)}`),
			...settings.problems.map(problem => `problem ${problem}`),
			...Object.entries(board.networks()).map(([name, value]) => `${name} ${JSON.stringify(value)}`),
			...defects().map(({ seconds, times, text }) => `defect at ${seconds} s${times > 1 ? ` (${times} times)` : ""}: ${text}`)
		],
		restart: () => board.restart(),
		check
	});
}

/**
 * What a run is: what it is made with, its limits, and its steps.
 */
import type { OnDefect } from "base/guard";
import type { Time } from "base/time";
import type { CameraPower } from "power/power";
import type { Content } from "store/content";
import type { UART } from "uart/uart";
import type { FastbootRequest } from "./request";
import type { Phase, BringUpResult } from "./result";

export interface BringUpLimits {
	/** Milliseconds to wait for the boot ROM's markers after power-on. */
	readonly handshake: number;
	/** Milliseconds after the SPL's TAIL in which it trains the DDR. */
	readonly ddr: number;
	/** Milliseconds in which the agent must say something; 0: its silence is no failure. */
	readonly output: number;
	/** Milliseconds to stop U-Boot's autoboot and have one clean prompt wait; 0: leave it alone. */
	readonly prompt: number;
	/** How often power cycle, handshake and DDR steps are tried. */
	readonly attempts: number;
	/** Milliseconds for everything, on top of twice the body's time on the wire. */
	readonly total: number;
}

export const BRING_UP_LIMITS: BringUpLimits = Object.freeze({
	handshake: 20_000, ddr: 300, output: 5_000, prompt: 0, attempts: 2, total: 120_000
});

export interface BringUpOptions {
	uart: Pick<UART, "claim">;
	power: Pick<CameraPower, "cycle" | "forget">;
	time: Time;
	/** The request's body. It must stay until the owner is told the result. */
	content: Content;
	limits?: Partial<BringUpLimits>;
	owner: BringUpOwner;
	onDefect: OnDefect;
}

/** Who asked for a run. */
export interface BringUpOwner {
	/** Another phase, or another frame was answered. */
	progressed(): void;
	/** It is over. */
	ended(result: BringUpResult): void;
}

/** Lines in a result's log. */
export const MAX_LOG = 32;

/** Milliseconds in which a step has run: what the ROM is sent meanwhile is lost, and a lost HEAD costs its whole timeout. */
export const STEP_TIME = 10;

/**
 * Milliseconds from the camera's first word to the end of the line with U-Boot's version: nothing is said before it that takes long, and
 * who talks to a flash agent, which has no such line, waits for no longer.
 */
export const BANNER_TIME = 1_000;

/** The steps of a run, in order, and the phase that each belongs to. */
export const STEPS = Object.freeze([
	"power", "flood",
	"start prestep0", "send prestep0", "pause after prestep0",
	"send ddrstep0",
	"pause after ddrstep0", "send prestep1",
	"resume", "send spl", "train ddr",
	"return", "send agent", "output",
	"banner", "prompt", "end"
] as const);

export type Step = typeof STEPS[number];

export const PHASES: Readonly<Record<Step, Phase>> = Object.freeze<Record<Step, Phase>>({
	"power": "power",
	"flood": "handshake",
	"start prestep0": "frame_for_start",
	"send prestep0": "prestep0",
	"pause after prestep0": "ddrstep0",
	"send ddrstep0": "ddrstep0",
	"pause after ddrstep0": "prestep1",
	"send prestep1": "prestep1",
	"resume": "spl",
	"send spl": "spl",
	"train ddr": "spl",
	"return": "agent",
	"send agent": "agent",
	"output": "agent",
	"banner": "done",
	"prompt": "done",
	"end": "done"
});

/** Whether a run with `request` and `limits` has that step. */
export function hasStep(step: Step, { prestep0, prestep1 }: FastbootRequest, { output, prompt }: BringUpLimits): boolean {
	switch (step) {
		case "start prestep0":
		case "send prestep0":
		case "pause after prestep0":
			return prestep0 !== undefined;
		case "pause after ddrstep0":
		case "send prestep1":
			return prestep1 !== undefined;
		case "output":
		case "banner":
			return output > 0;
		case "prompt":
			return prompt > 0;
		default:
			return true;
	}
}

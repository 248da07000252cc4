/**
 * Waits for a camera to start from its flash, or to say that it won't.
 */
import { giveUpAdvice, giveUpIn } from "./boot-messages.ts";
import type { UBootConsole } from "./uboot-console.ts";
import { Failure } from "../base/failure.ts";

/** Milliseconds that U-Boot's prompt stays when it has found nothing to start. */
const BACK = 1000;

/**
 * Returns when the camera has said `expect` since it was reset. Throws Failure `camera` when it gives up, or doesn't say it in `seconds`.
 */
export async function awaitStart(console: UBootConsole, expect: string, seconds: number, signal?: AbortSignal): Promise<void> {
	const heard = await console.hear(text => {
		const gaveUp = giveUpIn(text);
		if (text.includes(expect) || gaveUp && /panic/i.test(gaveUp))
			return 0;
		// one kernel's complaint may be followed by another kernel
		return gaveUp && console.atPrompt(text) ? BACK : undefined;
	}, seconds, signal);
	if (!heard)
		throw new Failure("camera", `the camera did not say "${expect}" within ${seconds} s of its reset; its last words: ` +
			`${JSON.stringify(console.lastWords)}`,
			"look with `rackpod console`; if this system says something else when it is up, use --expect TEXT or --no-expect");
	const gaveUp = console.text.includes(expect) ? undefined : giveUpIn(console.text);
	if (gaveUp)
		throw new Failure("camera", `the camera does not start: "${gaveUp}"`, giveUpAdvice(gaveUp));
}

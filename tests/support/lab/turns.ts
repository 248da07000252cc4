/** The event loop's turns, on Node and on XS. */
import Timer from "timer";

interface Platform {
	setImmediate?: (callback: () => void) => unknown;
	process?: { getActiveResourcesInfo(): string[] };
}

const { setImmediate, process } = globalThis as unknown as Platform;

/** Calls `callback` when promises, and what else waits, have had their turn. */
export const soon: (callback: () => void) => void = setImmediate ?? (callback => void Timer.set(callback));

/** Whether a file is just being read or written, or a module loaded: that ends by itself, so time has to wait for it. */
export function activeRequests(): boolean {
	return process?.getActiveResourcesInfo().some(name => name.startsWith("FSReq") || ["CloseReq", "FileHandleCloseReq", "MessagePort"].includes(name)) ?? false;
}

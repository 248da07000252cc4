/**
 * The fence between an IO callback and the event loop: an exception that left a callback would restart the chip.
 *
 * Each module guards every callback it hands to IO or to a timer, once, where it is made:
 *
 *     onReadable: guarded("http.readable", report, count => this.#receive(count))
 */

/** Is told where an unexpected exception was caught. Must not throw. */
export type Report = (where: string, error: unknown) => void;

/** `callback`, made so that no exception leaves it: what it throws goes to `report` instead. */
export function guarded<A extends unknown[]>(where: string, report: Report, callback: (...args: A) => void): (...args: A) => void {
	return (...args: A): void => {
		try {
			callback(...args);
		}
		catch (error) {
			report(where, error);
		}
	};
}

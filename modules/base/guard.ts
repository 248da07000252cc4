/**
 * What stands between an IO callback and the event loop: an exception that left a callback would restart the chip.
 *
 * Each module guards every callback it hands to IO or to a timer, once, where it is made:
 *
 *     onReadable: guarded("http.readable", onDefect, count => this.receive(count))
 */

/** Is told where an unexpected exception was caught. Must not throw. */
export type OnDefect = (where: string, error: unknown) => void;

/**
 * `callback`, made so that no exception leaves it: what it throws goes to `onDefect` instead. IO passes one argument at most, and
 * rest parameters would cost some 3,000 instructions a call on XS.
 */
export function guarded<A = void>(where: string, onDefect: OnDefect, callback: (argument: A) => void): (argument: A) => void {
	return (argument: A): void => {
		try {
			callback(argument);
		}
		catch (error) {
			onDefect(where, error);
		}
	};
}

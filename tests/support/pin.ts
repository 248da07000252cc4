/** A simulated Digital output whose level tests see, and can hold against the firmware's will. */
import type { Digital, DigitalConstructor, DigitalOptions } from "base/io";

export class PinBoard {
	/** For `new CameraPower({io})`. */
	readonly io: DigitalConstructor;
	/** Logical level: 1 is active. */
	level: 0 | 1 = 0;
	/** Every write, with the time given by `now`. */
	writes: { value: number; at: number }[] = [];
	/** The pin reads this whatever was written: a short, a broken output. */
	heldAt: 0 | 1 | undefined;
	options: DigitalOptions | undefined;
	/** Called at every change of the level. */
	onLevel: ((level: 0 | 1) => void) | undefined;

	/** The chip has no power: the pin is no output any more, and its load off. */
	drop(): void {
		if (this.level === 0)
			return;
		this.level = 0;
		this.onLevel?.(0);
	}

	constructor(now: () => number) {
		const board = this;
		this.io = class implements Digital {
			static readonly Output = 8;
			#open = true;

			constructor(options: DigitalOptions) {
				board.options = options;
				board.level = options.initialValue ?? 0;
			}

			read(): number {
				this.#check();
				return board.heldAt ?? board.level;
			}

			write(value: 0 | 1): void {
				this.#check();
				board.writes.push({ value, at: now() });
				if (board.level === value)
					return;
				board.level = value;
				board.onLevel?.(value);
			}

			close(): void {
				this.#open = false;
			}

			#check(): void {
				if (!this.#open)
					throw new SyntaxError("closed");
			}
		};
	}
}

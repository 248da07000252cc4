/**
 * The body of a response without a known end: a log that goes on, events, a file on its way from one side to the other. It is asked for
 * bytes as the client takes them, so that nothing piles up; when it has none it says later that there are more.
 * What it is not for: lists, which are short enough to be sent in one go (pieces.ts), and bytes that are all there (store/content.ts).
 * A class, not an interface: bodies are told apart by what they are, not by the names of members that others could have as well.
 */

/** Where the bytes go: a response in one of the places for live ones (live.ts). */
export interface LiveOutlet {
	/** There are bytes, or the end, to ask for. From the event loop, also from inside `span` and `advance`. */
	wake(): void;
	/** Ends the response at once. Its client sees that the body was cut off. */
	cut(reason: string): void;
}

export abstract class LiveBody {
	/** While the client gets it. */
	protected outlet: LiveOutlet | undefined;

	/**
	 * The response has a place and begins: from now on `span` is asked, and `ended` is called in the end. Never called for HEAD, nor where
	 * there is no place.
	 */
	begin(outlet: LiveOutlet): void {
		this.outlet = outlet;
	}

	/**
	 * A view of the next bytes, at most `limit`; empty when there are none now; undefined at the end. What is thrown cuts the response off, a
	 * Refusal without further ado. The view is good until the next call.
	 */
	abstract span(limit: number): Uint8Array | undefined;

	/** The first `count` bytes of the last span, which were all of it, are on their way. */
	abstract advance(count: number): void;

	/** No more is asked for: "done", "client gone", "client too slow", "closed", "failed" or the reason of `cut`. Once. */
	ended(_reason: string): void {
		this.outlet = undefined;
	}
}

/**
 * Which telnet options are on (RFC 854, with the rules of RFC 1143 against loops): one Negotiation for what we do (WILL, WONT), one for
 * what the peer does (DO, DONT). No IO.
 *
 * What is on already, or was offered by us and is agreed to, is never answered; whatever we don't know is refused.
 */
export interface NegotiationOptions {
	/** Options that may be on. */
	allowed: readonly number[];
	/** The verbs to agree and to refuse with. */
	yes: number;
	no: number;
	send: (verb: number, option: number) => void;
}

export class Negotiation {
	#options: NegotiationOptions;
	#on: number[] = [];
	/** Offered by us, not yet answered. */
	#offered: number[] = [];

	constructor(options: NegotiationOptions) {
		this.#options = options;
	}

	isOn(option: number): boolean {
		return this.#on.includes(option);
	}

	/** Proposes an option that is off. */
	offer(option: number): void {
		this.#offered.push(option);
		this.#options.send(this.#options.yes, option);
	}

	/** The peer wants `option` on, or agrees to our offer. */
	asked(option: number): void {
		const { allowed, yes, no, send } = this.#options;
		if (this.isOn(option))
			return;
		if (!allowed.includes(option))
			return send(no, option);
		this.#on.push(option);
		if (!this.#settle(option))
			send(yes, option);
	}

	/** The peer wants `option` off, or declines our offer. */
	declined(option: number): void {
		const { no, send } = this.#options;
		if (this.#settle(option) || !this.isOn(option))
			return;
		this.#on = this.#on.filter(on => on !== option);
		send(no, option);
	}

	/** Was it our offer that is answered? */
	#settle(option: number): boolean {
		const before = this.#offered.length;
		this.#offered = this.#offered.filter(offered => offered !== option);
		return this.#offered.length < before;
	}
}

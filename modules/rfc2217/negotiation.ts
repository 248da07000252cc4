/**
 * Which telnet options are on (RFC 854, with the rules of RFC 1143 against loops): one Negotiation for what we do (WILL, WONT), one for
 * what the peer does (DO, DONT). No IO.
 *
 * What is on already, or was offered by us and is agreed to, is never answered; whatever we don't know is refused.
 */

/** Who sends what is to be said. */
export interface NegotiationOwner {
	send(verb: number, option: number): void;
}

export class Negotiation {
	private readonly owner: NegotiationOwner;
	/** Options that may be on. */
	private readonly allowed: readonly number[];
	/** By the place in `allowed`: those that are on, and those that we have offered and that were not answered yet. */
	private on = 0;
	private offered = 0;
	/** The verbs to agree and to refuse with. */
	private readonly yes: number;
	private readonly no: number;

	constructor(owner: NegotiationOwner, allowed: readonly number[], yes: number, no: number) {
		this.owner = owner;
		this.allowed = allowed;
		this.yes = yes;
		this.no = no;
	}

	isOn(option: number): boolean {
		return (this.on & this.bit(option)) !== 0;
	}

	/** We have offered it, and there is no answer yet. */
	isOffered(option: number): boolean {
		return (this.offered & this.bit(option)) !== 0;
	}

	/** Proposes an option that is off. */
	offer(option: number): void {
		this.offered |= this.bit(option);
		this.owner.send(this.yes, option);
	}

	/** The peer wants `option` on, or agrees to our offer. */
	asked(option: number): void {
		if (this.isOn(option))
			return;
		const bit = this.bit(option);
		if (!bit)
			return this.owner.send(this.no, option);
		this.on |= bit;
		if (!this.settle(option))
			this.owner.send(this.yes, option);
	}

	/** The peer wants `option` off, or declines our offer. */
	declined(option: number): void {
		if (this.settle(option) || !this.isOn(option))
			return;
		this.on &= ~this.bit(option);
		this.owner.send(this.no, option);
	}

	/** Was it our offer that is answered? */
	private settle(option: number): boolean {
		const offered = this.isOffered(option);
		this.offered &= ~this.bit(option);
		return offered;
	}

	/** 0 for an option that may not be on. */
	private bit(option: number): number {
		const index = this.allowed.indexOf(option);
		return index < 0 ? 0 : 1 << index;
	}
}

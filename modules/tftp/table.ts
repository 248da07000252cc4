/**
 * The transfers under way: a place for each, and who gives way when all are taken and somebody new asks.
 *
 * 1. Those that only wait in case their last packet was lost: they are done.
 * 2. Those whose client is silent: it has not answered the first offer, though that was made a while ago, or said nothing for 10 s.
 * 3. One of a client that has at least two more than the newcomer: nobody keeps the others out by asking from many ports.
 *
 * Within these the one whose client has been silent longest. If there is none, nobody else notices the newcomer: it is refused; or, when an
 * offer is only too young to give way, hears nothing and asks again by its own timer of a second or more. For an error is the end of a
 * camera's start, and a flood of requests must not bring that about. For the same reason an offer gives way without a word.
 */
import { PATIENCE, type Transfer } from "tftp/transfer";

/**
 * Milliseconds in which a client answers an offer, unless one of the two was lost: then it asks again. It may have asked again meanwhile.
 */
const UNANSWERED = 100;

/** `soon`: who asks again in a second will be let in, or meets somebody who is worth it. */
export type Admission = "made" | "soon" | "none";

export class Table {
	/** Oldest first; of those that have ended perhaps some. */
	list: readonly Transfer[] = [];
	private readonly places: number;

	constructor(places: number) {
		this.places = places;
	}

	get isFull(): boolean {
		return this.list.length >= this.places;
	}

	add(transfer: Transfer): void {
		this.list = [...this.list, transfer];
	}

	/** Forgets what has ended. */
	sweep(): void {
		if (this.list.some(hasEnded))
			this.list = this.list.filter(transfer => !hasEnded(transfer));
	}

	/** The youngest transfer of the client at `address` and `port`. */
	latest(address: string, port: number): Transfer | undefined {
		for (let index = this.list.length - 1; index >= 0; index--) {
			const transfer = this.list[index]!;
			if (transfer.isFrom(address, port))
				return transfer;
		}
		return undefined;
	}

	/** The upload to `name` whose data are still to come. */
	uploadTo(name: string): Transfer | undefined {
		return this.list.find(transfer => transfer.name === name && transfer.direction === "upload" && transfer.state !== "dallying");
	}

	/** The lowest place that no transfer has: there is one where it isn't full. */
	freePlace(): number {
		let place = 0;
		while (this.list.some(transfer => transfer.place === place))
			place++;
		return place;
	}

	/** Makes room for one more transfer of a client at `address`, by ending the one that needs its place least. */
	makeRoom(address: string): Admission {
		if (!this.isFull)
			return "made";
		const least = this.leastNeeded(address);
		if (!least)
			return this.list.some(({ state }) => state === "offering") ? "soon" : "none";
		if (least.state === "offering")
			least.end("failed", "others wanted its place");
		else
			least.stop("others wanted its place");
		this.sweep();
		return "made";
	}

	private leastNeeded(address: string): Transfer | undefined {
		const own = this.count(address);
		let least: Transfer | undefined;
		let leastClaim = Infinity;
		for (const transfer of this.list) {
			const claim = this.claimOf(transfer, own);
			if (claim < leastClaim || (claim === leastClaim && least && transfer.quiet > least.quiet)) {
				least = transfer;
				leastClaim = claim;
			}
		}
		return least;
	}

	/** How good the claim of `transfer` to its place is: 1 to 3 as above, Infinity when it stays. `own`: transfers of the newcomer. */
	private claimOf(transfer: Transfer, own: number): number {
		if (transfer.lingering)
			return 1;
		if (transfer.state === "offering" ? transfer.age >= UNANSWERED : transfer.quiet >= PATIENCE)
			return 2;
		return this.count(transfer.address) >= own + 2 ? 3 : Infinity;
	}

	private count(address: string): number {
		let count = 0;
		for (const transfer of this.list) {
			if (transfer.address === address)
				count++;
		}
		return count;
	}
}

function hasEnded(transfer: Transfer): boolean {
	return transfer.state === "ended";
}

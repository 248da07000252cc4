/**
 * Who has a place at the server, and who gives way to whom: no machine has all places, long requests leave one for short ones, live
 * responses have places of their own, and whoever is slow, idle or done goes when somebody else needs the place, the least missed first.
 * Who is quick is never pushed out.
 */
import type { Answering } from "./answering";
import type { Connection } from "./connection";
import type { HTTPLimits } from "./limits";
import type { LiveResponse } from "./live";

/** Short requests there may be whatever the memory. */
const KEPT = 2;

export class Places {
	/** Everybody who has one. */
	connections: Connection[] = [];
	/** Who has one for a live response. */
	live: LiveResponse[] = [];
	private limits: Readonly<HTTPLimits>;

	constructor(limits: Readonly<HTTPLimits>) {
		this.limits = limits;
	}

	/**
	 * Makes room for one more from `address`. False when nobody can be spared. Without `memory` two are let in beside long requests, one of
	 * whom may be about to switch the camera off; more only in the place of others.
	 */
	admit(address: string, now: number, memory: boolean): boolean {
		const { connections, perAddress } = this.limits;
		return spare(this.connections.filter(other => other.address === address), perAddress, now)
			&& (memory || spare(this.connections.filter(other => !other.long), KEPT, now))
			&& (spare(this.connections, connections, now) || this.spareOfGreediest(address));
	}

	/**
	 * The address that has the most connections gives up its newest that has not sent a request yet, if it keeps as many as `address` will
	 * have: who connects again and again, each time before its patience is over, keeps nobody out. False when there is none.
	 */
	private spareOfGreediest(address: string): boolean {
		let found: Connection | undefined;
		let most = this.count(address) + 2;
		for (const connection of this.connections) {
			const count = connection.state === "idle" || connection.state === "head" ? this.count(connection.address) : 0;
			if (count >= most) {
				most = count;
				found = connection;
			}
		}
		found?.giveWay();
		return found !== undefined;
	}

	private count(address: string): number {
		return this.connections.filter(other => other.address === address).length;
	}

	/**
	 * Closes the newest live response, whose client can ask for the rest, or else the newest long request, or else the newest connection, for
	 * want of memory. False when nobody is left but those who stay.
	 */
	shed(): boolean {
		const live = this.live[this.live.length - 1];
		if (live) {
			live.close();
			return true;
		}
		const may = this.connections.filter(other => !other.essential);
		const going = may.filter(other => other.long).pop() ?? may[Math.max(KEPT, may.length - 1)];
		going?.close();
		return going !== undefined;
	}

	/** Makes room for a long request of `connection`, which counts as one already. False when nobody can be spared. */
	admitLong(connection: Answering, now: number): boolean {
		const { long, longPerAddress } = this.limits;
		const others = this.connections.filter(other => other.long && other !== connection);
		return spare(others.filter(other => other.address === connection.address), longPerAddress, now)
			&& spare(others.filter(other => other.state !== "closed"), long, now);
	}

	/** Makes room for one more live response to `address`. False when nobody can be spared. */
	admitLive(address: string, now: number): boolean {
		const { live, livePerAddress } = this.limits;
		return spare(this.live.filter(other => other.address === address), livePerAddress, now) && spare(this.live, live, now);
	}

	remove(connection: Answering): void {
		this.connections = this.connections.filter(other => other !== connection);
	}

	removeLive(live: LiveResponse): void {
		this.live = this.live.filter(other => other !== live);
	}
}

/** Who may have to give way. */
interface Holder {
	/** How readily it does: 0 not at all. */
	dispensable(now: number): number;
	giveWay(): void;
}

/** Sees to it that `connections` are fewer than `limit`: at most one of them gives way. */
function spare(connections: readonly Holder[], limit: number, now: number): boolean {
	if (connections.length < limit)
		return true;
	let found: Holder | undefined;
	let most = 0;
	for (const connection of connections) {
		const rank = connection.dispensable(now);
		if (rank > most) {
			most = rank;
			found = connection;
		}
	}
	found?.giveWay();
	return found !== undefined;
}

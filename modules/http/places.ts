/**
 * Who has a place at the server, and who gives way to whom: no machine has all places, long requests leave one for short ones, and
 * whoever is slow, idle or done goes when somebody else needs the place, the least missed first. Who is quick is never pushed out.
 */
import type { Connection } from "./connection";
import type { HTTPLimits } from "./limits";

/** Short requests there may be whatever the memory. */
const KEPT = 2;

export class Places {
	/** Everybody who has one. */
	connections: Connection[] = [];
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
			&& spare(this.connections, connections, now);
	}

	/** Closes the newest long request, or else the newest connection, for want of memory. False when nobody is left but those who stay. */
	shed(): boolean {
		const may = this.connections.filter(other => !other.essential);
		const going = may.filter(other => other.long).pop() ?? may[Math.max(KEPT, may.length - 1)];
		going?.close();
		return going !== undefined;
	}

	/** Makes room for a long request of `connection`, which counts as one already. False when nobody can be spared. */
	admitLong(connection: Connection, now: number): boolean {
		const { long, longPerAddress } = this.limits;
		const others = this.connections.filter(other => other.long && other !== connection);
		return spare(others.filter(other => other.address === connection.address), longPerAddress, now) && spare(others.filter(other => other.state !== "closed"), long, now);
	}

	remove(connection: Connection): void {
		this.connections = this.connections.filter(other => other !== connection);
	}
}

/** Sees to it that `connections` are fewer than `limit`: at most one of them gives way. */
function spare(connections: readonly Connection[], limit: number, now: number): boolean {
	if (connections.length < limit)
		return true;
	let found: Connection | undefined;
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

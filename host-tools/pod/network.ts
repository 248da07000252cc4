/**
 * How a pod is reached: this computer's TCP and its time. Tests that hold a whole pod in one process give their own.
 */
import { connect, type Socket } from "node:net";
import { realClock, type Clock } from "../base/clock.ts";

export interface Network {
	/** Begins to connect; the socket tells how it went. */
	connect(address: { host: string; port: number }): Socket;
	/** For what may not take too long. */
	readonly clock: Clock;
}

export const realNetwork: Network = { connect: address => connect(address), clock: realClock };

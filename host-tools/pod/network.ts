/**
 * How a pod is reached: this computer's TCP, its time and its random numbers. Tests that hold a whole pod in one process give their own.
 */
import { randomInt } from "node:crypto";
import { connect, type Socket } from "node:net";
import { realClock, type Clock } from "../base/clock.ts";

export interface Network {
	/** Begins to connect; the socket tells how it went. */
	connect(address: { host: string; port: number }): Socket;
	/** For what may not take too long. */
	readonly clock: Clock;
	/** A whole number from `from` to less than `to` that nobody else can foresee. */
	random(from: number, to: number): number;
}

export const realNetwork: Network = { connect: address => connect(address), clock: realClock, random: randomInt };

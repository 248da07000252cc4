/** What tests of a pod's restarts, settings and updates share: JSON requests, and cuts of the pod's power. */
import { request } from "node:http";
import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import type { StartOptions } from "../../simulator/pod.ts";
import { testPod, type TestPod } from "./running-pod.ts";

export interface Answer {
	status: number;
	headers: Record<string, string | string[] | undefined>;
	body: any;
}

export interface Request {
	method?: string;
	body?: string | Uint8Array;
	token?: string;
	/** Where the client is. */
	from?: string;
}

/** One request on a connection of its own, so that no restart can hit a kept one. Rejects when the pod closes without an answer. */
export async function ask(pod: { http: string }, path: string, { method = "GET", body, token, from }: Request = {}): Promise<Answer> {
	const headers: Record<string, string> = { Connection: "close" };
	if (token !== undefined)
		headers.Authorization = `Bearer ${token}`;
	const sent = request(new URL(path, pod.http), { method, headers, agent: false, localAddress: from, timeout: 20_000 });
	sent.end(body);
	const [response] = await once(sent, "response");
	const parts: Buffer[] = [];
	for await (const part of response)
		parts.push(part);
	return { status: response.statusCode, headers: response.headers, body: JSON.parse(Buffer.concat(parts).toString()) };
}

/** What DIR/power says to a new listener. */
export async function supply(pod: TestPod): Promise<string> {
	const socket = connect(join(pod.state, "power"));
	try {
		const [bytes] = await once(socket, "data") as [Buffer];
		return bytes.toString().trim();
	}
	finally {
		socket.destroy();
	}
}

/** A pod on the flash of `state`. `cut` is `START:OPERATION:PART` of simulator/chip.ts. */
export function podOn(state: string, cut?: string, options: Partial<StartOptions> = {}): Promise<TestPod> {
	return testPod({ state, ...options, settings: { ...options.settings, ...(cut === undefined ? {} : { "chip.cut": cut }) } });
}

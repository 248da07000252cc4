/** What tests of a pod's restarts, settings and updates share: JSON requests, firmware images, and cuts of the pod's power. */
import { createHash } from "node:crypto";
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

/** A firmware image for the ESP32-S3 of `size` bytes: the head that ESP-IDF's build writes, noise, and the SHA-256 of both. */
export function firmwareImage(size: number, { version = "9.9.9", chip = 9 } = {}): Buffer {
	const image = Buffer.alloc(size);
	for (let at = 0; at < size; at++)
		image[at] = (at * 31 + (at >> 8)) & 0xff;
	image.fill(0, 0, 112);
	image.set([0xe9, 5]);
	image.writeUInt16LE(chip, 12);
	image[23] = 1;
	image.writeUInt32LE(0xabcd5432, 32);
	image.write(version, 48, "latin1");
	image.write("xs_esp32", 80, "latin1");
	createHash("sha256").update(image.subarray(0, size - 32)).digest().copy(image, size - 32);
	return image;
}

/** The boot ROM's frames as the pod sends them, and their sender on a rig. */
import { crc16 } from "../../../simulator/camera/crc.ts";
import type { Rig } from "./rig.ts";

function sealed(...bytes: number[]): Uint8Array {
	const crc = crc16(Uint8Array.from(bytes));
	return Uint8Array.of(...bytes, crc >> 8, crc & 255);
}

function u32(value: number): number[] {
	return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}

export function head(length: number, address: number): Uint8Array {
	return sealed(0xfe, 0, 0xff, 1, ...u32(length), ...u32(address));
}

export function data(seq: number, payload: Uint8Array): Uint8Array {
	return sealed(0xda, seq & 255, ~seq & 255, ...payload);
}

export function tail(seq: number): Uint8Array {
	return sealed(0xed, seq & 255, ~seq & 255);
}

/** Sends a frame and returns the answer, undefined when there is none within 150 ms. */
export function exchange(rig: Rig, frame: Uint8Array): number | undefined {
	const from = rig.received.length;
	rig.send(frame);
	rig.time.advance(150);
	return rig.received[from];
}

/** Sends a whole image. Returns all answers; stops at one that is not 0xAA, except the last. */
export function upload(rig: Rig, address: number, image: Uint8Array): (number | undefined)[] {
	const frames = [head(image.length, address)];
	for (let offset = 0; offset < image.length; offset += 1024)
		frames.push(data(frames.length, image.subarray(offset, offset + 1024)));
	frames.push(tail(frames.length));
	const answers: (number | undefined)[] = [];
	for (const frame of frames) {
		answers.push(exchange(rig, frame));
		if (answers.at(-1) !== 0xaa)
			break;
	}
	return answers;
}

/** Gets into download mode. */
export function enter(rig: Rig): void {
	rig.camera.power(true);
	rig.until(() => rig.received.length >= 5);
	rig.send(new Uint8Array(64).fill(0xaa));
	rig.event("download");
	rig.time.advance(20);
	rig.received = [];
}

/** Bytes that differ from each other and never have two 0xFF in a row. */
export function pattern(length: number, seed = 1): Uint8Array {
	return Uint8Array.from({ length }, (_, index) => (index * 7 + (index >> 8) * 13 + seed) % 251);
}

/** Firmware images for tests of updates, on Node and on XS. */
import { SHA256 } from "sha256/sha256";

/** One for the ESP32-S3 of `size` bytes: the head that ESP-IDF's build writes, noise, and the SHA-256 of both. */
export function firmwareImage(size: number, { version = "9.9.9", chip = 9 } = {}): Uint8Array {
	const image = new Uint8Array(size);
	const view = new DataView(image.buffer);
	for (let at = 0; at < size; at++)
		image[at] = (at * 31 + (at >> 8)) & 0xff;
	const write = (text: string, at: number): void => {
		for (let index = 0; index < text.length; index++)
			image[at + index] = text.charCodeAt(index);
	};
	image.fill(0, 0, 112);
	image.set([0xe9, 5]);
	view.setUint16(12, chip, true);
	image[23] = 1;
	view.setUint32(32, 0xabcd5432, true);
	write(version, 48);
	write("xs_esp32", 80);
	const hash = new SHA256();
	hash.update(image.subarray(0, size - 32));
	hash.digest(image.subarray(size - 32));
	return image;
}

/** The SDK's CRC16 as it is on XS, for tests that run on Node: polynomial and initial value only. */
export class CRC16 {
	#polynomial: number;
	#initial: number;
	#crc: number;

	constructor(polynomial: number, initial = 0) {
		this.#polynomial = polynomial;
		this.#initial = this.#crc = initial;
	}

	checksum(bytes: Uint8Array | ArrayBuffer): number {
		for (const byte of new Uint8Array(bytes instanceof ArrayBuffer ? bytes : bytes.buffer, bytes instanceof ArrayBuffer ? 0 : bytes.byteOffset, bytes.byteLength)) {
			this.#crc ^= byte << 8;
			for (let bit = 0; bit < 8; bit++)
				this.#crc = ((this.#crc & 0x8000 ? (this.#crc << 1) ^ this.#polynomial : this.#crc << 1)) & 0xffff;
		}
		return this.#crc;
	}

	reset(): void {
		this.#crc = this.#initial;
	}

	close(): void {}
}

/** Downloads of more than 65,536 blocks, by all that a U-Boot may be: seconds each on XS. */
import { strict as assert } from "node:assert";
import { Bytes } from "bytes/bytes";
import { CAMERA, Lab, SERVER } from "../../support/tftp-lab.ts";
import { UBoot, type Version } from "../../support/tftp-uboot.ts";

const VERSIONS: readonly Version[] = ["2010.06", "2016.11", "upstream"];

describe("TFTP download of more blocks than there are numbers", () => {
	for (const version of VERSIONS) {
		it(`when block numbers roll over at 512 then ${version} gets 33.6 MB at their places, a lost block 0 included`, () => {
			const size = 512 * 65_536 + 12_345;
			for (const lost of ["", "DATA 0 (512 B)", "ACK 0"]) {
				const lab = new Lab();
				const file = lab.file("kernel.bin", size);
				const ram = new Uint8Array(new SharedArrayBuffer(size));
				let armed = false;
				lab.network.filter = ({ bytes, from }) => {
					const block = bytes[2]! << 8 | bytes[3]!;
					armed ||= bytes[1] === 3 && block === 65_535;
					if (armed && block === 0 && lost !== "" && bytes[1] === (lost.startsWith("ACK") ? 4 : 3) && from === (lost.startsWith("ACK") ? CAMERA : SERVER)) {
						armed = false;
						lab.network.filter = undefined;
						return false;
					}
					return true;
				};
				const client = new UBoot({ version, io: lab.network.at(CAMERA), time: lab.time, server: SERVER, ram, blockSize: 512 });
				client.transcript.push = () => 0;
				lab.settle();
				assert.equal(client.state, "success");
				assert.equal(client.size, size);
				assert.equal(Bytes.crc32(ram, 0), file.crc);
				if (version === "2016.11" && lost === "ACK 0")
					assert.equal(file.outcome.repeated, 0);
			}
		});
	}
});

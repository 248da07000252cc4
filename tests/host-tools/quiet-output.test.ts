import { strict as assert } from "node:assert";
import { EventEmitter } from "node:events";
import { QuietOutput } from "../../host-tools/cli/output/quiet-output.ts";

class FailingStream extends EventEmitter {
	readonly written: string[] = [];
	isTTY = true;
	columns = 70;

	write(text: string | Uint8Array): void {
		this.written.push(String(text));
	}
}

describe("an output that can go away", () => {
	let stream: FailingStream;
	let output: QuietOutput;

	beforeEach(() => {
		stream = new FailingStream();
		output = new QuietOutput(stream);
	});

	it("when it is there then everything is written, and it is the terminal that the stream is", () => {
		output.write("a");
		assert.deepEqual(stream.written, ["a"]);
		assert.deepEqual([output.isTTY, output.columns], [true, 70]);
	});

	it("when nobody reads it any more then it is told once and what follows is dropped", () => {
		let lost = 0;
		output.onLost(() => lost++);
		stream.emit("error", new Error("EPIPE"));
		stream.emit("error", new Error("EPIPE"));
		output.write("b");
		output.onLost(() => lost++);
		assert.deepEqual([lost, stream.written], [2, []]);
	});

	it("when writing throws then it is the same", () => {
		stream.write = () => {
			throw new Error("EIO");
		};
		output.write("c");
		stream.write = () => assert.fail("it writes again");
		output.write("d");
	});
});

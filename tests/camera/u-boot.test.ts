import { strict as assert } from "node:assert";
import { FLAVOURS } from "../../simulator/camera/flavours.ts";
import { loader } from "../support/blob.ts";
import { Rig } from "./support/rig.ts";

function atPrompt(options = {}): Rig {
	return new Rig(options).prompt();
}

describe("autoboot", () => {
	for (const [name, text, key] of [
		["2016.11", "Press Ctrl-c to stop autoboot... 1 ", "\x03"],
		["2010.06", "Hit any key to stop autoboot:  1 ", "x"],
		["xm", "Hit ctrl+c to stop autoboot:  1 ", "\x03"]
	] as const) {
		it(`when ${name} counts then it says "${text}" and stops by its key`, () => {
			const rig = new Rig({ flavour: FLAVOURS[name] });
			rig.camera.nor.cells.set(loader(4096, 4));
			rig.camera.power(true);
			rig.expect(text);
			rig.send(key);
			rig.expect(`\r\n${FLAVOURS[name]!.prompt}`, 100);
			rig.time.advance(5000);
			assert.equal(rig.names().filter(name => name === "prompt").length, 1);
		});
	}

	it("when nobody stops it then bootcmd runs after one second, and a blank kernel ends at the prompt", () => {
		const rig = new Rig();
		rig.camera.nor.cells.set(loader(4096, 4));
		rig.camera.power(true);
		const from = rig.expect("autoboot... 1 ");
		const start = rig.time.now();
		rig.send("abc");
		rig.expect("\b\b\b 0 ", 2000, from);
		assert.ok(Math.abs(rig.time.now() - start - 1000) < 30);
		rig.expect("Wrong Image Format for bootm command\r\nERROR: can't get kernel image!\r\nOpenIPC # ");
	});

	it("when bootdelay is negative then it stops by itself; when it is 0 then it does not wait", () => {
		const never = new Rig({ settings: { bootDelay: -1 } });
		never.camera.nor.cells.set(loader(4096, 4));
		never.camera.power(true);
		never.expect("OpenIPC # ");
		assert.ok(!never.text.includes("autoboot"));
		const now = new Rig({ settings: { bootDelay: 0 } });
		now.camera.nor.cells.set(loader(4096, 4));
		now.camera.power(true);
		now.expect("autoboot... 0 \r\n");
		now.expect("Wrong Image", 100);
	});

	it("when 20 Ctrl-C come unread then each but the first gives one prompt", () => {
		const rig = new Rig();
		rig.camera.nor.cells.set(loader(4096, 4));
		rig.camera.power(true);
		const from = rig.expect("autoboot");
		for (let count = 0; count < 20; count++) {
			rig.send("\x03");
			rig.time.advance(100);
		}
		rig.time.advance(100);
		assert.equal(rig.text.slice(from).split("OpenIPC # ").length - 1, 20);
		assert.equal(rig.text.slice(from).split("<INTERRUPT>\r\n").length - 1, 19);
	});
});

describe("prompt", () => {
	it("when characters are typed then each is echoed, also the boot ROM's AA, and backspace and Ctrl-U take them back", () => {
		const rig = atPrompt();
		rig.send("ab\xaa\x08\x7fc\x15echo hi\r");
		rig.expect("echo hi\r\nhi\r\n");
		assert.ok(rig.text.startsWith("ab\xaa\b \b\b \bc\b \b\b \becho hi\r\n"), JSON.stringify(rig.text));
	});

	it("when Enter is bare then the last command is repeated, but not setenv, and a comment is harmless", () => {
		const rig = atPrompt();
		assert.equal(rig.command("echo again"), "again\n");
		assert.equal(rig.command(""), "again\n");
		rig.command("setenv n 1");
		assert.equal(rig.command(""), "");
		assert.equal(rig.command("#"), "");
		assert.equal(rig.command(""), "");
	});

	it("when a NUL comes, as in a telnet's CR NUL, then the line ends before it: what follows is lost and the last command runs again", () => {
		const rig = atPrompt();
		rig.send("echo again\r\0");
		rig.expect("\r\nagain\r\n");
		rig.send("echo lost\r");
		rig.expect("\0echo lost\r\nagain\r\n");
		assert.equal(rig.command("echo a\0b"), "a\n");
	});

	it("when a line is longer than 1024 then the bell rings and the rest is dropped", () => {
		const rig = atPrompt();
		rig.send("echo " + "x".repeat(1100) + "\r");
		rig.expect("\x07");
		rig.expect("\r\n" + "x".repeat(1019) + "\r\n");
	});

	it("when a command is unknown then the text is the real one; abbreviations work while they are clear", () => {
		const rig = atPrompt();
		assert.equal(rig.command("nand info"), "Unknown command 'nand' - try 'help'\n");
		assert.equal(rig.command("loady"), "Unknown command 'loady' - try 'help'\n");
		assert.equal(rig.command("ech x"), "x\n");
		assert.equal(rig.command("s"), "Unknown command 's' - try 'help'\n");
	});

	it("when commands are joined then &&, || and ; do what hush does, failed tftp included", () => {
		const rig = atPrompt();
		assert.equal(rig.command("true && echo a || echo b; false && echo c; false || echo d; echo $?"), "a\nd\n0\n");
		rig.command("setenv serverip 192.168.1.1");
		const answer = rig.command("tftpboot 42000000 none && echo skipped; echo not skipped");
		assert.match(answer, /File|no such file/);
		assert.match(answer, /Not retrying\.\.\.\nnot skipped\n$/);
		assert.equal(rig.command("false; echo \"$?\""), "1\n");
		assert.equal(rig.command("echo 'ab''cd'; false; echo \"$?\"; echo 'ab''cd'"), "abcd\n1\nabcd\n");
	});

	it("when a command runs itself then the camera hangs", () => {
		const rig = atPrompt();
		rig.command("setenv a run a");
		rig.send("run a\r");
		rig.event("hang");
	});

	it("when XM's has no hush then && is a word", () => {
		const rig = atPrompt({ flavour: FLAVOURS.xm });
		assert.equal(rig.command("echo a && echo b"), "a && echo b\n");
		assert.equal(rig.command("tftpboot 42000000 x"), "Unknown command 'tftpboot' - try 'help'\n");
	});

	it("when something is typed while the processor is busy then 16 bytes are kept", () => {
		const rig = atPrompt();
		rig.command("sf probe 0");
		rig.send("sf erase 0x50000 0x20000\r");
		rig.time.advance(100);
		rig.send("echo 0123456789abcdef\r");
		rig.expect("Erased: OK");
		rig.time.advance(100);
		assert.ok(rig.text.endsWith("OpenIPC # echo 0123456789a"), JSON.stringify(rig.text.slice(-60)));
		assert.equal(rig.camera.overruns, 6);
	});

	it("when the baud rate is set then everything after is garbled until the pod follows", () => {
		const rig = atPrompt();
		rig.send("setenv baudrate 921600\r");
		rig.expect("press ENTER ...\r\n");
		rig.time.advance(200);
		rig.camera.wire.podBaud = 921600;
		const from = rig.received.length;
		rig.send("\r");
		rig.expect("OpenIPC # ", 1000, from);
		rig.camera.power(false);
		assert.equal(rig.camera.wire.baud, 115200);
	});
});

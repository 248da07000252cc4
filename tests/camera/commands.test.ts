import { strict as assert } from "node:assert";
import { crc32, hex32 } from "../../simulator/camera/crc.ts";
import { Environment } from "../../simulator/camera/environment.ts";
import { FLAVOURS } from "../../simulator/camera/flavours.ts";
import { pattern } from "./support/frames.ts";
import { Rig } from "./support/rig.ts";

const RAM = 0x42000000;

function atPrompt(options = {}): Rig {
	return new Rig(options).prompt();
}

/** A camera with network settings and something to fetch. */
function withFile(size: number, options = {}): { rig: Rig; file: Uint8Array } {
	const rig = atPrompt(options);
	const file = pattern(size);
	rig.pod.files.set("file", file);
	rig.command("setenv serverip 192.168.1.1");
	return { rig, file };
}

describe("environment commands", () => {
	it("when variables are set then printenv shows them and errors are the real ones", () => {
		const rig = atPrompt();
		assert.equal(rig.command("setenv a one two; printenv a"), "a=one two\n");
		assert.equal(rig.command("setenv a; printenv a"), "## Error: \"a\" not defined\n");
		assert.equal(rig.command("printenv ethaddr"), "ethaddr=00:00:23:34:45:66\n");
		assert.equal(rig.command("run nothing"), "## Error: \"nothing\" not defined\n");
		assert.match(rig.command("setenv a=b c"), /illegal character '='/);
		assert.match(rig.command("printenv"), /\nEnvironment size: \d+\/65532 bytes\n$/);
		rig.command("run mtdpartsnor8m; setenv bootcmd ${bootcmdnor}");
		assert.match(rig.command("printenv mtdparts bootcmd"), /^mtdparts=hi_sfc:.*5120k.*\nbootcmd=setenv setargs .*; bootm \$\{baseaddr\}\n$/);
	});

	it("when it is saved then it is there after a power cycle, and what was not saved is not", () => {
		const rig = atPrompt();
		rig.command("setenv kept yes");
		assert.match(rig.command("saveenv"), /^Saving Environment to SPI Flash\.\.\.\nErasing SPI flash\.\.\.Writing to SPI flash\.\.\.done\n$/);
		rig.command("setenv lost yes");
		assert.equal(Environment.decode(rig.camera.nor.read(0x40000, 0x10000))!.get("kept"), "yes");
		rig.camera.power(false);
		rig.prompt();
		assert.equal(rig.command("printenv kept lost"), "kept=yes\n## Error: \"lost\" not defined\n");
		assert.ok(!rig.text.includes("bad CRC"));
	});

	it("when the power goes at any moment of saveenv then U-Boot starts again, with the old, the new or the default variables", () => {
		const seen = new Set<string>();
		for (let cut = 0; cut < 400; cut += 7) {
			const rig = atPrompt();
			rig.command("setenv v old; saveenv");
			rig.send("setenv v new; saveenv\r");
			rig.time.advance(cut);
			rig.camera.power(false);
			rig.prompt();
			seen.add(rig.command("printenv v"));
		}
		assert.deepEqual([...seen].sort(), ["## Error: \"v\" not defined\n", "v=new\n", "v=old\n"]);
	});
});

describe("sf", () => {
	it("when sf probe was not done then a strict camera refuses in the real words and the flash stays, a lenient one obeys", () => {
		const strict = atPrompt();
		for (const command of ["sf erase 0x50000 0x10000", "sf write 0x82000000 0x50000 0x1000", "sf read 0x82000000 0 100"])
			assert.equal(strict.command(command), "No SPI flash selected. Please run `sf probe'\n");
		assert.ok(strict.camera.nor.read(0x50000, 0x1000).every(byte => byte === 0xff));
		const lenient = atPrompt({ settings: { strictFlash: false } });
		assert.match(lenient.command("sf write 0x82000000 0x50000 0x1000"), /Written: OK/);
	});

	it("when blocks are erased and written then texts, time and cells are the real ones", () => {
		const { rig, file } = withFile(0x18000);
		rig.camera.nor.cells.fill(0, 0x50000, 0x80000);
		assert.match(rig.command("sf probe 0"), /^SF: Detected \S+ with page size 256 Bytes, erase size 64 KiB, total 1 MiB\n$/);
		rig.command("tftpboot 0x82000000 file");
		const start = rig.time.now();
		assert.match(rig.command("sf erase 0x50000 0x20000"), /-- 100% complete\.\nSF: 131072 bytes @ 0x50000 Erased: OK\n$/);
		const erased = rig.time.now();
		assert.match(rig.command("sf write 0x82000000 0x50000 0x18000"), /^device 0 offset 0x50000, size 0x18000\n[^]*SF: 98304 bytes @ 0x50000 Written: OK\n$/);
		const written = rig.time.now();
		assert.ok(erased - start > 300 && erased - start < 330, String(erased - start));
		// 384 pages of 0.4 to 0.7 ms
		assert.ok(written - erased > 384 * 0.4 && written - erased < 384 * 0.7 + 30, String(written - erased));
		assert.deepEqual(rig.camera.nor.read(0x50000, 0x18000).slice(), file);
		assert.ok(rig.camera.nor.read(0x68000, 0x8000).every(byte => byte === 0xff));
		assert.equal(rig.camera.nor.read(0x70000, 1)[0], 0);
		assert.match(rig.command("sf read 0x43000000 0x50000 0x18000; crc32 0x43000000 0x18000"), new RegExp(`Read: OK\ncrc32 for 43000000 ... 43017fff ==> ${hex32(crc32(file))}\n$`));
	});

	it("when it is written without erasing then it says OK and the cells are the AND", () => {
		const rig = atPrompt();
		rig.camera.nor.cells.fill(0x0f, 0x50000, 0x50100);
		rig.command("sf probe 0; mw.b 42000000 3c 100");
		assert.match(rig.command("sf write 42000000 50000 100"), /Written: OK/);
		assert.ok(rig.camera.nor.read(0x50000, 256).every(byte => byte === 0x0c));
	});

	it("when arguments are wrong then nothing happens and the answer says so", () => {
		const rig = atPrompt();
		rig.command("sf probe 0");
		assert.match(rig.command("sf erase 0x50001 0x10000"), /not multiple of erase size\n.*Erased: ERROR/);
		assert.match(rig.command("sf erase 0xf0000 0x20000"), /past flash size \(0x100000\)/);
		assert.match(rig.command("sf write 42000000 fff00 200"), /attempting write past flash size/);
		for (const command of ["sf", "sf erase", "sf erase 0x50000", "sf write 1 2", "sf read x 0 1", "sf nonsense", "sf erase 50000 10000 1"])
			assert.match(rig.command(command), /Usage:\nsf probe/);
		assert.ok(rig.camera.nor.read(0x50000, 0x10000).every(byte => byte === 0xff));
		assert.match(rig.command("sf erase 50000 +1"), /65536 bytes @ 0x50000 Erased: OK/);
	});

	it("when sf update is used then only blocks that differ are written, and what lies around stays", () => {
		const rig = atPrompt();
		rig.camera.nor.cells.set(pattern(0x30000), 0x50000);
		const expected = rig.camera.nor.read(0x50000, 0x30000).slice();
		expected.fill(0x77, 0x18000, 0x18100);
		rig.command("sf probe 0; sf read 42000000 50000 30000; mw.b 42018000 77 100");
		assert.match(rig.command("sf update 42000100 50100 2ff00"), /65536 bytes written, 130816 bytes skipped in \d/);
		assert.deepEqual(rig.camera.nor.read(0x50000, 0x30000).slice(), expected);
	});

	it("when the power goes at any moment of an erase and write then it is half done and U-Boot, elsewhere, still starts", () => {
		for (let cut = 1; cut < 500; cut += 37) {
			const rig = atPrompt();
			rig.camera.nor.cells.fill(0, 0x50000, 0x70000);
			rig.command("sf probe 0; mw.b 42000000 5a 20000");
			rig.send("sf erase 50000 20000; sf write 42000000 50000 20000\r");
			rig.time.advance(cut);
			rig.camera.power(false);
			assert.equal(rig.camera.nor.busy, false);
			const cells = rig.camera.nor.read(0x50000, 0x20000);
			assert.ok(cells.some(byte => byte !== 0x5a), `at ${cut}`);
			assert.ok(cells.subarray(0x10000).every(byte => byte === 0) === cut < 160, `at ${cut}`);
			rig.prompt();
		}
	});

	it("when 2010.06 or XM do the same then their own texts come", () => {
		const rig = atPrompt({ flavour: FLAVOURS["2010.06"] });
		assert.equal(rig.command("sf probe 0"), "1024 KiB hi_fmc at 0:0 is now current device\n");
		assert.match(rig.command("sf erase 50000 10000"), /^\rErasing at 0x60000 -- 100% complete\.\n$/);
		assert.match(rig.command("sf write 42000000 50000 100"), /^\rWriting at 0x50100 -- 100% complete\.\n$/);
		assert.match(rig.command("crc32 42000000 4"), /^CRC32 for 42000000 \.\.\. 42000003 ==> [0-9a-f]{8}\n$/);
	});
});

describe("memory commands", () => {
	it("when memory is filled, copied and shown then widths and order are right", () => {
		const rig = atPrompt();
		rig.command("mw.l 42000000 44434241 3; mw.w 4200000c 4645; mw.b 4200000e 0 2; cp.b 42000000 42000020 10");
		assert.equal(rig.command("md.b 42000020 10"), "42000020: 41 42 43 44 41 42 43 44 41 42 43 44 45 46 00 00    ABCDABCDABCDEF..\n");
		assert.equal(rig.command("md 42000000 3"), "42000000: 44434241 44434241 44434241             ABCDABCDABCD\n");
		assert.equal(rig.command("md.w 42000000 8"), "42000000: 4241 4443 4241 4443 4241 4443 4645 0000    ABCDABCDABCDEF..\n");
		assert.match(rig.command("md"), /Usage/);
	});

	it("when the power was off then RAM holds something else; a reset keeps it", () => {
		const rig = atPrompt();
		rig.command("mw.b 42000000 5a 1000");
		rig.send("reset\r");
		rig.expect("resetting ...\r\n");
		rig.expect("autoboot");
		assert.ok(rig.camera.memory(RAM, 0x1000).every(byte => byte === 0x5a));
		rig.camera.power(false);
		rig.camera.power(true);
		assert.ok(rig.camera.memory(RAM, 0x1000).filter(byte => byte === 0x5a).length < 100);
	});
});

describe("network commands", () => {
	it("when the pod is pinged then it is alive; when another, or by a camera of another network, then not, after 10 s", () => {
		const rig = atPrompt();
		assert.match(rig.command("ping 192.168.1.1"), /host 192\.168\.1\.1 is alive\n$/);
		const start = rig.time.now();
		assert.match(rig.command("ping 192.168.1.77"), /ping failed; host 192\.168\.1\.77 is not alive\n$/);
		assert.ok(rig.time.now() - start > 10000);
		rig.command("setenv ipaddr 10.0.0.5");
		assert.match(rig.command("ping 192.168.1.1"), /is not alive/);
		rig.command("setenv ipaddr");
		assert.equal(rig.command("ping 192.168.1.1"), "*** ERROR: `ipaddr' not set\n");
	});

	it("when something is typed during a ping then it is swallowed, and Ctrl-C ends it", () => {
		const rig = atPrompt();
		rig.send("ping 192.168.1.77\r");
		rig.time.advance(1000);
		rig.send("echo swallowed\r");
		rig.time.advance(1000);
		rig.send("\x03");
		rig.expect("\r\nAbort\r\nOpenIPC # ", 1000);
		rig.time.advance(1000);
		assert.ok(!rig.text.includes("swallowed"));
	});

	for (const size of [1, 511, 512, 1467, 1468, 1469, 2936, 100000]) {
		it(`when ${size} bytes are fetched then they are in RAM, modulo its size, and the texts are right`, () => {
			const { rig, file } = withFile(size);
			assert.match(rig.command("tftpboot 0x82000000 file"), new RegExp(`Filename 'file'\\.\nLoad address: 0x82000000\nLoading: \\*.*#[^]*\ndone\nBytes transferred = ${size} \\(${size.toString(16)} hex\\)\n$`));
			assert.deepEqual(rig.camera.memory(RAM, size), file);
			assert.equal(rig.command("printenv filesize"), `filesize=${size.toString(16)}\n`);
		});
	}

	it("when 4.3 MB are fetched then it takes a second or two", () => {
		const { rig, file } = withFile(4300000);
		const start = rig.time.now();
		assert.match(rig.command("tftpboot 0x42000000 file"), /done\nBytes transferred = 4300000/);
		const seconds = (rig.time.now() - start) / 1000;
		assert.ok(seconds > 1 && seconds < 3, String(seconds));
		assert.ok(Buffer.compare(rig.camera.memory(RAM, file.length), file) === 0);
	});

	it("when nobody answers then T is printed every 5 s and after ten it fails; Ctrl-C ends it earlier", () => {
		const { rig } = withFile(10);
		rig.pod.silent = true;
		const start = rig.time.now();
		assert.match(rig.command("tftpboot 42000000 file"), /(T ){10}\nRetry count exceeded; starting again\n$/);
		assert.ok(Math.abs(rig.time.now() - start - 55000) < 500);
		assert.equal(rig.pod.sent.length, 11);
		rig.send("tftpboot 42000000 file\r");
		rig.time.advance(2000);
		rig.send("x\x03");
		rig.expect("Abort", 100, rig.received.length);
	});

	it("when 2010.06 is refused with another ERROR than 1 and 2 then it begins again until Ctrl-C", () => {
		const { rig } = withFile(10, { flavour: FLAVOURS["2010.06"] });
		rig.pod.open = (_, receive) => ({ send: () => rig.time.after(1, () => receive({ bytes: Buffer.from("\0\x05\0\x04no\0"), port: 5000 })), close: () => {} });
		rig.send("tftp 42000000 file\r");
		rig.time.advance(3000);
		assert.ok(rig.text.split("Starting again").length > 8);
		rig.send("\x03");
		rig.expect("Abort", 1000);
	});

	it("when memory is uploaded then the pod has it: tftpput, and 2010.06's tftp with three arguments", () => {
		for (const [flavour, command, text] of [["2016.11", "tftpput 42000000 2345 up", /Save size: {4}0x2345\nSaving: .*\n[^]*done\nBytes transferred = 9029 \(2345 hex\)\n$/],
			["2010.06", "tftp 42000000 up 2345", /Uploading: [^]* 0\.008 MB upload ok\.\n$/]] as const) {
			const { rig } = withFile(1, { flavour: FLAVOURS[flavour] });
			assert.match(rig.command(command), text);
			assert.ok(Buffer.compare(rig.pod.files.get("up")!, rig.camera.memory(RAM, 0x2345)) === 0);
		}
	});

	it("when the server is somebody else or the cable is out then ARP is not answered", () => {
		const { rig } = withFile(10);
		assert.match(rig.command("tftpboot 42000000 192.168.1.10:file"), /from server 192\.168\.1\.10;[^]*\nARP Retry count exceeded; starting again\n$/);
		rig.camera.network.plugged = false;
		assert.match(rig.command("tftpboot 42000000 file"), /ARP Retry count exceeded/);
		assert.equal(rig.pod.ports.length, 0);
	});

	it("when packets are lost then the client's timer mends it", () => {
		const { rig, file } = withFile(60000, { loss: 0.03, seed: 11 });
		assert.match(rig.command("tftpboot 42000000 file", 600000), /T [^]*done\n/);
		assert.deepEqual(rig.camera.memory(RAM, file.length), file);
	});

	it("when there is latency then each block takes two of it", () => {
		const { rig } = withFile(14680, { latency: 20 });
		const start = rig.time.now();
		rig.command("tftpboot 42000000 file");
		assert.ok(rig.time.now() - start > 11 * 40);
	});

	it("when transfers follow each other then their ports come from the clock, as the real ones", () => {
		const { rig } = withFile(10);
		rig.command("tftpboot 42000000 file");
		rig.command("tftpboot 42000000 file");
		assert.equal(rig.pod.ports.length, 2);
		assert.ok(rig.pod.ports.every(port => port >= 1024 && port < 4096));
	});
});

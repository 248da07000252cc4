import { strict as assert } from "node:assert";
import { crc32 } from "../../simulator/camera/crc.ts";
import { loader } from "../support/blob.ts";
import { pattern } from "./support/frames.ts";
import { Rig } from "./support/rig.ts";

const KERNEL = 0x50000, ROOTFS = 0x350000;

/** A uImage of `size` bytes after the header, as mkimage makes it. */
function uImage(size: number): Buffer {
	const data = pattern(size);
	const header = Buffer.alloc(64);
	header.writeUInt32BE(0x27051956, 0);
	header.writeUInt32BE(size, 12);
	header.writeUInt32BE(0x40008000, 16);
	header.writeUInt32BE(0x40008000, 20);
	header.writeUInt32BE(crc32(data), 24);
	header.write("Linux-4.9.37-hi3516ev300", 32);
	header.writeUInt32BE(crc32(header), 4);
	return Buffer.concat([header, data]);
}

/** A camera of 16 MB whose flash holds a boot chain; `change` spoils it before the power comes. */
function camera(change: (cells: Uint8Array) => void = () => {}, settings = {}): Rig {
	const rig = new Rig({ norSize: 16 << 20, settings });
	const { cells } = rig.camera.nor;
	cells.set(loader(0x40000, 4));
	cells.set(uImage(100000), KERNEL);
	cells.set(Buffer.from("hsqs"), ROOTFS);
	change(cells);
	rig.camera.power(true);
	return rig;
}

function loggedIn(): Rig {
	const rig = camera();
	rig.expect("login: ");
	rig.send("root\r");
	rig.expect("Password: ");
	rig.send("12345\r");
	rig.expect(":~# ");
	rig.received = [];
	return rig;
}

describe("boot chain", () => {
	it("when U-Boot, kernel and root file system are there then Linux comes to its login in some seconds", () => {
		const rig = camera();
		rig.expect("Verifying Checksum ... OK");
		rig.expect("Starting kernel ...");
		rig.expect("0x000000350000-0x000000d50000 : \"rootfs\"");
		rig.expect("\r\nopenipc-hi3516ev300 login: ");
		assert.ok(rig.time.now() < 8000, String(rig.time.now()));
		assert.ok(rig.names().includes("login"));
		assert.equal(rig.camera.stage, "linux");
		assert.match(String(rig.event("linux").commandLine), /^mem=32M console=.* mtdparts=hi_sfc:256k\(boot\),64k\(env\),3072k\(kernel\),10240k\(rootfs\),-\(rootfs_data\)$/);
	});

	for (const [title, change, text] of [
		["the kernel is blank", (cells: Uint8Array) => cells.fill(0xff, KERNEL, ROOTFS), "Wrong Image Format for bootm command\r\nERROR: can't get kernel image!\r\nOpenIPC # "],
		["a bit of the kernel is wrong", (cells: Uint8Array) => cells[KERNEL + 5000]! ^= 1, "Verifying Checksum ... Bad Data CRC\r\nERROR: can't get kernel image!\r\nOpenIPC # "],
		["the root file system is blank", (cells: Uint8Array) => cells.fill(0xff, ROOTFS), "Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(31,3)"]
	] as const) {
		it(`when ${title} then the real error text comes and no login`, () => {
			const rig = camera(change);
			rig.expect(text);
			rig.time.advance(5000);
			assert.ok(!rig.text.includes("login: "));
		});
	}

	it("when the kernel has only the magic then the rule decides; \"any\" takes what is not blank", () => {
		const fake = (cells: Uint8Array): void => {
			cells.fill(0x31, KERNEL, KERNEL + 1000);
			cells.set([0x27, 5, 0x19, 0x56], KERNEL);
		};
		const other = (cells: Uint8Array): Uint8Array => cells.fill(0x31, KERNEL, KERNEL + 1000);
		camera(fake).expect("login: ");
		camera(fake, { kernel: "crc" }).expect("Bad Header Checksum\r\nERROR: can't get kernel image!");
		camera(other).expect("Wrong Image Format");
		camera(other, { kernel: "any" }).expect("login: ");
		camera(cells => cells.fill(0xff, KERNEL, ROOTFS), { kernel: "any" }).expect("Wrong Image Format");
	});

	it("when there is a panic then it starts again after the 20 seconds of the command line", () => {
		const rig = camera(cells => cells.fill(0, ROOTFS));
		rig.expect("Rebooting in 20 seconds..");
		assert.equal(rig.names().filter(name => name === "uboot").length, 1);
		rig.time.advance(21000);
		assert.equal(rig.names().filter(name => name === "uboot").length, 2);
	});

	it("when bootargs hold OpenIPC's escaped variables then they are filled in", () => {
		const rig = camera();
		rig.expect("autoboot");
		rig.send("\x03");
		rig.expect("OpenIPC # ");
		rig.command("setenv bootargs 'console=x root=/dev/mtdblock1 mtdparts=\\${mtdparts}'; setenv mtdparts hi_sfc:3392k(a),-(b)");
		rig.send("sf probe 0; sf read 42000000 50000 300000; bootm\r");
		rig.expect("login: ");
		assert.equal(rig.event("linux").commandLine, "console=x root=/dev/mtdblock1 mtdparts=hi_sfc:3392k(a),-(b)");
	});

	it("when the power goes then nothing more comes, whatever ran", () => {
		for (let cut = 5; cut < 6000; cut += 333) {
			const rig = camera();
			rig.time.advance(cut);
			rig.camera.power(false);
			rig.received = [];
			rig.send("\r\r");
			rig.time.advance(10000);
			assert.equal(rig.received.length, 0);
			assert.equal(rig.time.pending, 0);
			assert.equal(rig.camera.stage, "off");
		}
	});
});

describe("login", () => {
	it("when the password is wrong then it is refused, and it is not shown", () => {
		const rig = camera();
		rig.expect("login: ");
		rig.send("root\r");
		rig.expect("root\r\nPassword: ");
		rig.send("secret\r");
		rig.expect("Login incorrect\r\n\r\nopenipc-hi3516ev300 login: ");
		assert.ok(!rig.text.includes("secret"));
	});

	it("when somebody is logged in then the shell answers, says what it does not know, and ends by exit", () => {
		const rig = loggedIn();
		assert.equal(rig.command("echo 'ab''cd'; uname; echo \"$?\""), "abcd\nLinux\n0\n");
		assert.equal(rig.command("foo; echo $?"), "-sh: foo: not found\n127\n");
		assert.match(rig.command("cat /proc/mtd"), /^dev: {4}size {3}erasesize {2}name\nmtd0: 00040000 00010000 "boot"\nmtd1: 00010000 00010000 "env"\n/);
		assert.match(rig.command("cat /nothing && echo no"), /^cat: can't open '\/nothing'/);
		assert.match(rig.command("cat /proc/cmdline /proc/uptime"), /root=\/dev\/mtdblock3[^]*\n\d+\.\d\d 0\.00\n$/);
		rig.send("half\x03");
		rig.expect("half^C\r\n");
		rig.send("exit\r");
		rig.expect("login: ");
	});

	it("when labgrid's ShellDriver injects its function then commands run through it give output and status", () => {
		const rig = loggedIn();
		rig.command("run() { echo -n \"$MARKER\"; sh -c \"$@\"; echo \"$MARKER $?\"; }");
		assert.equal(rig.command("type run"), "run is a function\n");
		assert.equal(rig.command("MARKER='abcd''efgh' run 'echo hello'"), "abcdefghhello\nabcdefgh 0\n");
		assert.equal(rig.command("MARKER='abcd''efgh' run 'echo a; false'"), "abcdefgha\nabcdefgh 1\n");
		assert.equal(rig.command("f() { f; }"), "");
		assert.equal(rig.command("f; echo still here"), "still here\n");
	});

	it("when it reboots then the boot ROM's markers come and everything starts again", () => {
		const rig = loggedIn();
		rig.send("reboot\r");
		const from = rig.expect("reboot: Restarting system\r\n");
		rig.expect(" ".repeat(25) + "\n", 1000, from);
		rig.expect("login: ", 20000, from);
		assert.ok(rig.names().includes("reset"));
	});
});

/** The whole firmware on the fake chip, from power on: networks in any order, the set-up console, probation, restart. */
import { strict as assert } from "node:assert";
import board from "board";
import config from "mc/config";
import { Clock } from "clock";
import { start } from "start";
import { textOf } from "../../support/strings";
import { chip } from "../chip";

const PAUSE = 10_000;

describe("the firmware on the chip", function () {
	let lines: string[];

	beforeEach(function () {
		chip.begin();
		lines = [];
	});

	/** The firmware starts. Nothing is connected yet. */
	function boot(): void {
		start(board, config, new Clock(), line => void lines.push(line));
		chip.time.advance(0);
	}

	/** Types into the USB console, and returns what it shows. */
	function type(text: string): string {
		chip.shown = "";
		chip.type(`${text}\r`);
		chip.time.advance(50 * Math.ceil((text.length + 1) / 64));
		return chip.shown.replace(`${text}\r\n`, "");
	}

	/** Another life of the chip would find these settings. */
	function prepare(...commands: string[]): void {
		boot();
		for (const command of commands)
			assert.match(type(command), /^stored/);
	}

	function linkUp(): void {
		chip.ethernet!.become(400);
		chip.ethernet!.become(500);
	}

	function get(path: string): any {
		const peer = chip.network.connect(8_080);
		peer.send(`GET ${path} HTTP/1.1\r\nHost: pod\r\n\r\n`);
		chip.time.advance(100);
		const [head = "", body = ""] = peer.text.split("\r\n\r\n", 2);
		// in chunks every second line is a length
		return JSON.parse(/chunked/.test(head) ? body.split("\r\n").filter((_, line) => line % 2 === 1).join("") : body);
	}

	function done(what: RegExp): string[] {
		return chip.log.filter(line => what.test(line));
	}

	it("when the chip starts then the wire gets its address, and nothing is served before a network is up", function () {
		boot();
		assert.deepEqual(done(/ethernet/), ["ethernet 192.168.1.1 255.255.255.0 0.0.0.0"]);
		assert.throws(() => chip.network.connect(8_080), /refused/);
		assert.deepEqual(done(/pad|UDP/), [], "the camera's supply stays as it is");
	});

	it("when the camera's wire is up then everything is served, TFTP by the wire only", function () {
		boot();
		linkUp();
		assert.deepEqual(done(/UDP/), ["UDP 69 of 192.168.1.1"]);
		for (const port of [8_080, 9_000, 9_001])
			chip.network.connect(port);
		assert.deepEqual(done(/restart|confirm/), []);
		assert.deepEqual(lines, []);
	});

	for (const level of [undefined, 0, 1] as const)
		it(`when the pad was kept ${level === undefined ? "by nobody" : level === 1 ? "high" : "low"} then the camera is ${level === 1 ? "on" : "off"} from the first moment on`, function () {
			if (level !== undefined)
				chip.kept.set(4, level);
			boot();
			linkUp();
			assert.deepEqual(done(/pad/), [`pad 4 is ${level ?? 0}`]);
			assert.equal(get("/power").camera_on, level === 1);
		});

	it("when the camera speaks then its console has it: UART1 is the one", function () {
		boot();
		linkUp();
		assert.deepEqual([chip.serialOptions!.port, chip.serialOptions!.transmit, chip.serialOptions!.receive], [1, 17, 18]);
		const console = chip.network.connect(9_000);
		chip.time.advance(100);
		chip.cable.send([...("U-Boot\n")].map(letter => letter.charCodeAt(0)));
		chip.time.advance(100);
		assert.match(console.text, /U-Boot/);
	});

	it("when there is no Wi-Fi in the settings then the radio stays off", function () {
		boot();
		assert.equal(chip.wifi, undefined);
		linkUp();
		const { networks } = get("/status");
		assert.deepEqual(networks, { hostname: "rack-d3e4f5", wifi: null, lab: null, camera: { address: "192.168.1.1", mask: "255.255.255.0", up: true }, overlap: false });
	});

	it("when something is typed then it is answered, stored in the settings' partition, and shown by status without the secret", function () {
		boot();
		assert.match(type("wifi LAB pass-phrase"), /^stored; takes effect after: restart\r\n> $/);
		assert.ok(textOf(chip.flash.get("settings")!.bytes).includes("pass-phrase"));
		const status = type("status");
		for (const line of ["wifi_ssid \"LAB\"", "hostname \"rack-d3e4f5\"", "overlap false"])
			assert.ok(status.includes(`${line}\r\n`), `${line} in ${status}`);
		assert.ok(!status.includes("pass-phrase"));
	});

	it("when a restart is typed then the chip restarts", function () {
		boot();
		type("restart");
		assert.deepEqual(done(/restart/), ["restart at 50"]);
	});

	it("when a restart is under way already then settings typed are refused", function () {
		boot();
		linkUp();
		const peer = chip.network.connect(8_080);
		peer.send("POST /restart HTTP/1.1\r\nHost: pod\r\nContent-Length: 0\r\n\r\n");
		chip.time.advance(100);
		assert.match(peer.text, / 200 /);
		assert.match(type("name rack-9"), /^refused: /);
		assert.match(type("restart"), /^refused: /);
		chip.time.advance(1_000);
		assert.equal(done(/restart/).length, 1);
	});

	it("when the debugger has the USB port then there is no console, and the firmware starts all the same", function () {
		chip.usb = false;
		boot();
		linkUp();
		assert.equal(type("status"), "");
		assert.equal(get("/power").camera_on, false);
	});

	it("when more is typed than the port's buffer holds at once then all of it is read in time", function () {
		boot();
		assert.match(type(`name ${"n".repeat(32)}${" ".repeat(100)}`), /^.*stored; takes effect/s);
	});

	describe("with Wi-Fi", function () {
		/** The same flash, but this life of the firmware knows the settings. */
		function bootWithWiFi(password = "pass-phrase"): void {
			const values: Record<string, unknown> = { ...config, wifi_ssid: "LAB", wifi_password: password, name: "rack-9" };
			start(board, values, new Clock(), line => void lines.push(line));
			chip.time.advance(0);
		}

		function join(address = "10.1.2.3"): void {
			chip.station = `${address} 255.255.255.0 10.1.2.254`;
			chip.wifi!.become(500, address);
		}

		it("when settings name a network then the pod joins it under its own name", function () {
			bootWithWiFi();
			assert.deepEqual(done(/hostname|connect/), ["hostname rack-9", "connect LAB pass-phrase"]);
		});

		it("when the lab comes first then it serves, and the wire coming later changes nothing", function () {
			bootWithWiFi();
			join();
			get("/power");
			const pads = done(/pad/).length;
			linkUp();
			chip.time.advance(1_000);
			assert.equal(done(/pad/).length, pads, "one pod");
			assert.equal(done(/UDP 69/).length, 1);
			const { networks } = get("/status");
			assert.deepEqual(networks.lab, { address: "10.1.2.3", mask: "255.255.255.0" });
			assert.deepEqual([networks.wifi.ssid, networks.wifi.address, networks.wifi.rssi, networks.camera.up, networks.overlap], ["LAB", "10.1.2.3", -61, true, false]);
			assert.ok(!JSON.stringify(networks).includes("pass-phrase"));
		});

		it("when the lab's network holds the camera's addresses then that is said", function () {
			bootWithWiFi();
			join("192.168.1.77");
			assert.equal(get("/status").networks.overlap, true);
		});

		it("when Wi-Fi has an address then the radio stays awake and the name is announced with the HTTP port, anew after each loss", function () {
			bootWithWiFi();
			assert.equal(chip.dnssd.length, 0);
			join();
			assert.deepEqual(done(/awake/), ["stay awake"]);
			const { claimed, advertised } = chip.dnssd[0]!;
			assert.equal(claimed!.host, "rack-9");
			assert.deepEqual([advertised!.serviceType, advertised!.name, advertised!.host, advertised!.port, advertised!.txt.size], ["_http._tcp", "rack-9", "rack-9", 8_080, 0]);
			chip.station = undefined;
			chip.wifi!.become(200);
			assert.equal(chip.dnssd[0]!.closed, true);
			assert.equal(get("/status").networks.lab, null);
			chip.time.advance(2_000);
			join("10.1.2.4");
			assert.deepEqual(chip.dnssd.map(({ closed }) => closed), [true, false]);
			join("10.1.2.5");	// another address, without a loss between
			assert.deepEqual(chip.dnssd.map(({ closed }) => closed), [true, true, false]);
			assert.deepEqual(lines, []);
		});

		it("when somebody else has the name, or mDNS can't be had, then that is a defect and nothing else", function () {
			bootWithWiFi();
			join();
			chip.dnssd[0]!.claimed!.onError!();
			assert.match(lines.join(""), /defect in mdns: somebody else is rack-9\.local/);
			chip.dnssdFails = true;
			chip.wifi!.become(200);
			chip.time.advance(2_000);
			join("10.1.2.4");
			assert.match(lines.join(""), /defect in mdns: no socket/);
			assert.equal(get("/status").networks.wifi.address, "10.1.2.4");
		});

		it("when an mDNS packet makes the SDK's class throw then the firmware goes on", function () {
			bootWithWiFi();
			join();
			const sender = new (chip.datagrams.at("10.1.2.9"))({ onReadable() {} });
			sender.write(new Uint8Array(9), "192.168.1.1", 5_353);
			chip.time.advance(10);
			assert.equal(get("/power").camera_on, false);
			assert.equal(chip.dnssd[0]!.socket.read(), undefined, "it was read");
		});

		it("when power save can't be switched off then that is a defect, and the pod serves", function () {
			chip.awake = false;
			bootWithWiFi();
			join();
			assert.match(lines.join(""), /defect in wifi\.awake: not started/);
			assert.equal(get("/power").camera_on, false);
		});

		it("when there is no W5500 then that is a defect, and the lab's network serves", function () {
			chip.ethernetChip = false;
			bootWithWiFi();
			join();
			assert.match(lines.join(""), /defect in ethernet: no W5500/);
			assert.equal(get("/status").networks.camera.up, false);
		});
	});

	it("when a new image serves then it is confirmed, and not before", function () {
		chip.pending = true;
		boot();
		chip.time.advance(60_000);
		assert.deepEqual(done(/confirm/), []);
		linkUp();
		assert.deepEqual(done(/confirm/), ["confirm"]);
		chip.time.advance(600_000);
		assert.deepEqual(done(/restart/), []);
	});

	it("when a new image can't serve then it is not confirmed, the reason is kept, and the chip restarts when it could be read", function () {
		chip.pending = true;
		boot();
		chip.datagrams.sockets = 0;
		linkUp();
		assert.deepEqual(done(/confirm/), []);
		assert.match(lines.join(""), /defect in start: no more sockets/);
		assert.match(type("status"), /defect at 0 s: start: no more sockets/);
		chip.time.advance(PAUSE);
		assert.deepEqual(done(/restart/), [`restart at ${PAUSE}`]);
	});

	it("when the settings' partition is missing then that is said, and the pod serves with the build's settings", function () {
		chip.flash.delete("settings");
		boot();
		linkUp();
		assert.match(lines.join(""), /no partition settings/);
		assert.match(type("status"), /problem .*no partition settings/);
		assert.match(type("name rack-9"), /^set, but there is no flash to keep it/);
		assert.equal(get("/power").camera_on, false);
	});

	it("when the chip starts again then the settings that were stored hold", function () {
		prepare("wifi LAB pass-phrase", "name rack-9");
		chip.log.length = 0;
		boot();
		assert.deepEqual(done(/hostname|connect/), ["hostname rack-9", "connect LAB pass-phrase"]);
	});
});

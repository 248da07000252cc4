import { strict as assert } from "node:assert";
import { Station } from "network/station";
import type { WiFi } from "network/station";
import { StaticEthernet } from "network/static-ethernet";
import type { Ethernet } from "network/static-ethernet";
import { VirtualTime } from "../../support/clock";

let radio: Radio;

/** The SDK's Wi-Fi class, as the test steers it. */
class Radio implements WiFi {
	connection = 200;
	address: string | undefined;
	MAC = "02:00:00:12:34:56";
	RSSI = -50;
	connects: { SSID: string; password?: string; secure?: boolean }[] = [];
	disconnects = 0;
	hostname = "";
	closed = 0;
	refuse = false;
	#onChanged: (this: WiFi, property: string) => void;

	constructor(options: { onChanged(this: WiFi, property: string): void }) {
		this.#onChanged = options.onChanged;
		radio = this;
	}

	connect(options: { SSID: string; password?: string; secure?: boolean }): void {
		this.connects.push(options);
		if (this.refuse)
			throw new Error("already connecting");
		this.connection = 300;
	}

	disconnect(): void {
		this.disconnects++;
		this.become(200);
	}

	configure(options: { hostname: string }): void {
		this.hostname = options.hostname;
	}

	close(): void {
		this.closed++;
	}

	become(connection: number, address?: string): void {
		this.connection = connection;
		this.address = address;
		this.#onChanged.call(this, "connection");
	}
}

describe("network/station", function () {
	let time: VirtualTime;
	let events: string[];
	let station: Station;

	function make(password = "correct horse"): void {
		station = new Station({
			io: Radio, time, ssid: "lab", password, hostname: "rack-1",
			onDefect: (where, error) => events.push(`${where}: ${String(error)}`),
			onUp: address => events.push(`up ${address}`),
			onDown: () => events.push("down")
		});
	}

	beforeEach(function () {
		time = new VirtualTime();
		events = [];
		make();
	});

	it("when it starts then it gives its name and connects", function () {
		assert.equal(radio.hostname, "rack-1");
		assert.deepEqual(radio.connects, [{ SSID: "lab", password: "correct horse", secure: true }]);
	});

	it("when there is no password then the network is open", function () {
		make("");
		assert.deepEqual(radio.connects, [{ SSID: "lab" }]);
	});

	it("when there is an address then it is told once, and a new one again", function () {
		radio.become(400);
		radio.become(500, "10.0.0.5");
		radio.become(500, "10.0.0.5");
		radio.become(500, "10.0.0.6");
		assert.deepEqual(events, ["up 10.0.0.5", "up 10.0.0.6"]);
		time.advance(100_000);
		assert.equal(radio.connects.length, 1);
	});

	it("when the link is lost then it is told and the station connects again", function () {
		radio.become(500, "10.0.0.5");
		radio.become(200);
		assert.deepEqual(events, ["up 10.0.0.5", "down"]);
		time.advance(1_000);
		assert.equal(radio.connects.length, 2);
		radio.become(500, "10.0.0.5");
		assert.deepEqual(events, ["up 10.0.0.5", "down", "up 10.0.0.5"]);
		assert.equal(station.status.losses, 1);
	});

	it("when connecting fails again and again then the pauses double to 60 s and never end", function () {
		const expected = [1, 2, 4, 8, 16, 32, 60, 60, 60];
		for (const pause of expected) {
			const tries = radio.connects.length;
			radio.become(200);
			time.advance(pause * 1_000 - 1);
			assert.equal(radio.connects.length, tries, `${pause} s`);
			time.advance(1);
			assert.equal(radio.connects.length, tries + 1, `${pause} s`);
		}
		for (let day = 0; day < 200; day++) {
			radio.become(200);
			time.advance(60_000);
		}
		assert.equal(radio.connects.length, 1 + expected.length + 200);
		radio.become(500, "10.0.0.5");
		radio.become(200);
		time.advance(1_000);
		assert.equal(radio.connects.length, 2 + expected.length + 200);
	});

	it("when an attempt hangs then it is given up after 30 s and repeated", function () {
		radio.become(400);
		time.advance(30_000);
		assert.equal(radio.disconnects, 1);
		time.advance(1_000);
		assert.equal(radio.connects.length, 2);
	});

	it("when connect throws then that is reported and tried again", function () {
		radio.refuse = true;
		radio.become(200);
		time.advance(1_000);
		assert.match(events.join(), /wifi\.connect: Error: already connecting/);
		radio.refuse = false;
		time.advance(60_000);
		assert.ok(radio.connects.length >= 3);
		assert.equal(radio.connection, 300);
	});

	it("when its state is shown then there is no password in it", function () {
		radio.become(500, "10.0.0.5");
		assert.deepEqual(station.status, { ssid: "lab", address: "10.0.0.5", rssi: -50, attempts: 1, losses: 0 });
	});

	it("when it was closed then nothing more happens", function () {
		station.close();
		time.advance(100_000);
		assert.equal(radio.connects.length, 1);
		assert.equal(radio.closed, 1);
	});
});

let port: Port;

/** The SDK's Ethernet class, as the test steers it. */
class Port implements Ethernet {
	connection = 200;
	configured: unknown[] = [];
	#onChanged: (this: Ethernet, property: string) => void;

	constructor(options: { onChanged(this: Ethernet, property: string): void }) {
		this.#onChanged = options.onChanged;
		port = this;
	}

	configure(options: { static: { address: string; mask: string; gateway: string } }): void {
		this.configured.push(options.static);
	}

	close(): void {}

	become(connection: number): void {
		this.connection = connection;
		this.#onChanged.call(this, "connection");
	}
}

describe("network/static-ethernet", function () {
	let events: string[];

	beforeEach(function () {
		events = [];
		new StaticEthernet({ io: Port, address: "192.168.1.1", mask: "255.255.255.0", onDefect: () => {}, onUp: () => events.push("up"), onDown: () => events.push("down") });
	});

	it("when it starts then the port has the camera network's address and no gateway", function () {
		assert.deepEqual(port.configured, [{ address: "192.168.1.1", mask: "255.255.255.0", gateway: "0.0.0.0" }]);
		assert.deepEqual(events, []);
	});

	it("when the link comes up, goes and comes back then the address is set each time and both are told", function () {
		for (let round = 0; round < 2; round++) {
			port.become(400);
			port.become(500);
			port.become(500);
			port.become(200);
		}
		assert.equal(port.configured.length, 3);
		assert.deepEqual(events, ["up", "down", "up", "down"]);
	});
});

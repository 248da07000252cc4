/**
 * The pod's two networks on the ESP32-S3: the lab's Wi-Fi and the camera's wire. They come up, fail and come back independently; the
 * servers are made when the first of them is up, and outlive every change after that. The pod's name is announced (mDNS) anew
 * whenever Wi-Fi has an address.
 */
import DNSSD from "embedded:network/dnssd";
import Ethernet from "embedded:network/interface/ethernet";
import UDP from "embedded:io/socket/udp";
import WiFi from "embedded:network/interface/wifi";
import type { NetworkState } from "board/board";
import { printable } from "base/text";
import type { OnDefect } from "base/guard";
import type { Time } from "base/time";
import { overlap } from "network/ipv4";
import { Netif } from "esp32/netif/netif";
import { Starter } from "network/starter";
import { Station } from "network/station";
import { StaticEthernet } from "network/static-ethernet";

export interface NetworksOptions {
	time: Time;
	onDefect: OnDefect;
	hostname: string;
	/** Empty: no Wi-Fi. */
	ssid: string;
	password: string;
	httpPort: number;
	/** The first network is up. Called once. Is followed by `restart` when it throws. */
	onReady: () => void;
	restart: () => void;
}

/** The camera's network. Fixed: a camera's U-Boot knows 192.168.1.1 as its gateway before it knows anything else. */
export const CAMERA_NETWORK = Object.freeze({ address: "192.168.1.1", mask: "255.255.255.0" });

/** mDNS packets come from anybody, and the SDK's class takes them apart unguarded: what it throws must not restart the chip. */
class GuardedUDP extends UDP {
	constructor(options: ConstructorParameters<typeof UDP>[0]) {
		const onReadable = options.onReadable!;
		super({
			...options,
			onReadable(count: number): void {
				try {
					onReadable.call(this, count);
				}
				catch (error) {
					trace(`mDNS: ${printable(String(error), 240)}\n`);
				}
			}
		});
	}
}

export class Networks {
	private options: NetworksOptions;
	private station: Station | undefined;
	private ethernet: StaticEthernet | undefined;
	private dnssd: InstanceType<typeof DNSSD> | undefined;
	private starter: Starter;

	constructor(options: NetworksOptions) {
		this.options = options;
		const { onDefect, time, ssid, password, hostname, onReady, restart } = options;
		this.starter = new Starter({ time, onDefect, start: onReady, restart });
		try {
			this.ethernet = new StaticEthernet({ ...CAMERA_NETWORK, io: Ethernet, onDefect, onUp: () => this.starter.up(), onDown: () => {} });
		}
		catch (error) {
			onDefect("ethernet", error);
		}
		if (ssid !== "")
			this.station = new Station({
				io: WiFi, time, ssid, password, hostname, onDefect, onUp: () => this.wifiUp(), onDown: () => this.silence()
			});
	}

	private wifiUp(): void {
		try {
			Netif.stayAwake();
		}
		catch (error) {
			this.options.onDefect("wifi.awake", error);
		}
		this.announce();
		this.starter.up();
	}

	/** The socket joins multicast on the interfaces that have an address when it is made, so it is made anew each time. */
	private announce(): void {
		const { hostname, httpPort, onDefect } = this.options;
		this.silence();
		try {
			this.dnssd = new DNSSD({ socket: { io: GuardedUDP } });
			this.dnssd.claim({ host: hostname, onError: () => onDefect("mdns", new Error(`somebody else is ${hostname}.local`)) });
			// an empty TXT record, but one there must be (RFC 6763 section 6): resolvers wait for it
			this.dnssd.advertise({ serviceType: "_http._tcp", name: hostname, host: hostname, port: httpPort, txt: new Map() });
		}
		catch (error) {
			onDefect("mdns", error);
		}
	}

	private silence(): void {
		const dnssd = this.dnssd;
		this.dnssd = undefined;
		try {
			dnssd?.close();
		}
		catch (error) {
			this.options.onDefect("mdns", error);
		}
	}

	/** For `GET /status`. `overlap`: the lab's network holds addresses of the camera's, so one of the two can't be reached. */
	get status(): NetworkState {
		const [address, mask] = (Netif.station() ?? "").split(" ");
		const lab = address && mask ? { address, mask } : undefined;
		return {
			hostname: this.options.hostname,
			wifi: this.station?.status ?? null,
			lab: lab ?? null,
			camera: { ...CAMERA_NETWORK, up: this.ethernet?.up ?? false },
			overlap: lab ? overlap(lab, CAMERA_NETWORK) : false
		};
	}
}

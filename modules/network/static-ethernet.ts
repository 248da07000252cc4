/**
 * The camera's network: a static address on the Ethernet port, set again whenever the link comes up.
 */
import { guarded } from "base/guard";
import type { OnDefect } from "base/guard";
import type { Network } from "./ipv4";

/** The SDK's network interface class (embedded:network/interface/ethernet), as far as it is used. */
export interface Ethernet {
	/** 200 no link, 400 link, 500 link and address. */
	readonly connection: number;
	configure(options: { static: { address: string; mask: string; gateway: string } }): void;
	close(): void;
}

export type EthernetConstructor = new (options: { onChanged(this: Ethernet, property: string): void }) => Ethernet;

export interface StaticEthernetOptions extends Network {
	io: EthernetConstructor;
	onDefect: OnDefect;
	onUp: () => void;
	onDown: () => void;
}

export class StaticEthernet {
	private ethernet: Ethernet;
	private options: StaticEthernetOptions;
	private linked = false;
	private isUp = false;

	/** Throws when there is no Ethernet chip. */
	constructor(options: StaticEthernetOptions) {
		this.options = options;
		const changed = guarded("ethernet.changed", options.onDefect, () => this.changed());
		this.ethernet = new options.io({ onChanged: () => changed() });
		this.configure();
	}

	get up(): boolean {
		return this.isUp;
	}

	private configure(): void {
		const { address, mask } = this.options;
		this.ethernet.configure({ static: { address, mask, gateway: "0.0.0.0" } });
	}

	/** The driver starts each link without an address; setting it again while the link is up brings 500. */
	private changed(): void {
		const connection = this.ethernet.connection;
		if (connection >= 400 && !this.linked) {
			this.linked = true;
			if (connection < 500)
				this.configure();
		}
		else if (connection <= 200)
			this.linked = false;
		this.tell(connection >= 500);
	}

	private tell(up: boolean): void {
		if (up === this.isUp)
			return;
		this.isUp = up;
		if (up)
			this.options.onUp();
		else
			this.options.onDown();
	}

	close(): void {
		this.ethernet.close();
	}
}

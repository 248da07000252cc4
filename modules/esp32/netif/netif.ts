/** What ESP-IDF knows of a network interface and the SDK's classes don't tell. */
export class Netif {
	/** "address mask gateway" of the Wi-Fi station, dotted decimal; undefined while it has no address. */
	static station(): string | undefined { return native("xs_netif_station").call(this); }

	/**
	 * Switches Wi-Fi's power save off, for good. ESP-IDF starts with the radio asleep between beacons, which delays every packet to the
	 * pod by up to 300 ms. Throws before Wi-Fi is started.
	 */
	static stayAwake(): void { return native("xs_netif_stayAwake").call(this); }

	/** The factory's MAC address as 12 lower-case hexadecimal digits. */
	static mac(): string { return native("xs_netif_mac").call(this); }
}

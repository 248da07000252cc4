/**
 * Which network may use which service: TFTP is for the camera's wire, HTTP and the serial bridge are for the lab. TFTP knows no
 * passwords, and a camera that was taken over should not find its own power switch.
 *
 * Not a firewall: it looks at the sender's address, which UDP senders on the same wire can forge.
 */
import { contains, type Network } from "network/ipv4";

export interface FenceOptions {
	camera: Network;
	/** Settings: the service is for everybody. */
	tftpEverywhere: () => boolean;
	httpEverywhere: () => boolean;
	/** The lab has addresses of the camera's network: nobody can tell who is who, so nobody is shut out. */
	overlap: () => boolean;
	/** The address TFTP is served at. */
	tftpAddress: string;
}

export class Fence {
	/** Requests and connections that were not let in, since start. */
	readonly refused = { tftp: 0, http: 0, bridge: 0 };
	#options: FenceOptions;

	constructor(options: FenceOptions) {
		this.#options = options;
	}

	tftp(address: string): boolean {
		const { camera, tftpEverywhere, overlap } = this.#options;
		return contains(camera, address) || tftpEverywhere() || overlap() || this.#refuse("tftp");
	}

	/**
	 * Whether a TFTP client may be the camera. Everybody may where the networks can't be told apart, and where TFTP isn't served on the
	 * camera's wire at all, as on Linux.
	 */
	maybeCamera(address: string): boolean {
		const { camera, overlap, tftpAddress } = this.#options;
		return contains(camera, address) || overlap() || !contains(camera, tftpAddress);
	}

	http(address: string): boolean {
		return this.#lab(address) || this.#refuse("http");
	}

	bridge(address: string): boolean {
		return this.#lab(address) || this.#refuse("bridge");
	}

	#lab(address: string): boolean {
		const { camera, httpEverywhere, overlap } = this.#options;
		return !contains(camera, address) || httpEverywhere() || overlap();
	}

	#refuse(service: "tftp" | "http" | "bridge"): boolean {
		this.refused[service]++;
		return false;
	}
}

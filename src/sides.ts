/**
 * Which side of the pod somebody is on: the lab's, or the camera's wire. HTTP and the serial line are for the lab, TFTP is for the camera:
 * it knows no passwords, and a camera that was taken over should not find its own power switch.
 *
 * The side is that of the interface by which a connection or a datagram came in, never that of the sender's address: a camera gives
 * itself any address it likes (169.254.x.x, one of the lab's). A connection tells its interface's address (`TCP.localAddress`), a UDP
 * socket hears only the interface that has the address it is bound to.
 */
import type { Board } from "board/board";
import { contains } from "network/ipv4";
import type { PodSettings } from "./settings";

export type Side = "lab" | "camera";

export class Sides {
	/** Connections that were not let in, since start. */
	readonly refused = { http: 0, console: 0 };
	private readonly board: Board;
	private readonly settings: PodSettings;
	/** Where TFTP is served when it is for everybody. */
	private readonly everywhere: string;

	constructor(board: Board, settings: PodSettings, everywhere: string) {
		this.board = board;
		this.settings = settings;
		this.everywhere = everywhere;
	}

	/** The side of a connection that came in at `localAddress`. Without one it is over already, and the camera's for the sake of safety. */
	of(localAddress: string | undefined): Side {
		if (localAddress === undefined)
			return "camera";
		if (localAddress !== this.board.cameraNetwork.address)
			return "lab";
		// two interfaces with one address: nobody can tell them apart, and a pod that shuts out its lab can't be mended from there
		return this.board.networks().lab?.address === localAddress ? "lab" : "camera";
	}

	/** Whether `service` is there for who came in at `localAddress`. */
	admits(service: "http" | "console", localAddress: string | undefined): boolean {
		if (this.settings.get("http_everywhere") || this.of(localAddress) === "lab")
			return true;
		this.refused[service]++;
		return false;
	}

	/** The address TFTP is served at: the pod's own on the camera's wire, unless it is for everybody. */
	get tftpAddress(): string {
		return this.settings.get("tftp_everywhere") ? this.everywhere : this.board.cameraNetwork.address;
	}

	/**
	 * Whether a TFTP client may be the camera, whose transfers end with its supply. All are when only its wire is served, or, as on Linux,
	 * only another address; else its address is the best guess.
	 */
	maybeCamera(address: string): boolean {
		const { board: { cameraNetwork }, everywhere } = this;
		return !this.settings.get("tftp_everywhere") || contains(cameraNetwork, address) || !(everywhere === "0.0.0.0" || contains(cameraNetwork, everywhere));
	}
}

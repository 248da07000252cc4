/**
 * Which side of the pod somebody is on: the lab's, or the camera's wire, and what is for whom. The serial line is for the lab, TFTP is for
 * the camera, and each HTTP route says whom it is for: a camera knows no passwords, and one that was taken over should not find its own
 * power switch. With the setting `http_everywhere` all of HTTP and the console are for both sides.
 *
 * The side is that of the interface by which a connection or a datagram came in, never that of the sender's address: a camera gives
 * itself any address it likes (169.254.x.x, one of the lab's). A connection tells its address, and so does a UDP socket of the datagram it
 * read last (`localAddress`); one that is bound to an address hears only the interface that has it.
 */
import type { Board } from "board/board";
import type { Action } from "./occupancy";
import type { PodSettings } from "./settings";

export type Side = "lab" | "camera";

/** Whom a route is for, or who asks: "both" asks where sides don't count. */
export type Audience = Side | "both";

/** What a route says of whom it is for. */
export interface Sided {
	/** The lab's when absent. What the camera may use takes no token: it has none. */
	readonly side?: Audience;
	/** What it begins, for the table of who may act when. Only what changes nothing leaves it out. */
	readonly action?: Action;
}

/** What a camera begins at most, whatever a route says: nothing that switches its supply, or changes the pod. */
const CAMERA_ACTIONS: readonly Action[] = Object.freeze<Action[]>(["read", "stage"]);

/** Whether `route` is there for `audience`. */
export function isFor({ side = "lab", action = "read" }: Sided, audience: Audience): boolean {
	if (audience === "camera" && !CAMERA_ACTIONS.includes(action))
		return false;
	return audience === "both" || side === "both" || side === audience;
}

export class Sides {
	/** Connections that were not let in, since start. */
	readonly refused = { http: 0, console: 0 };
	private readonly board: Board;
	private readonly settings: PodSettings;
	/** Where TFTP is served when it is for everybody. */
	private readonly everywhere: string;
	/** There is something on HTTP for the camera. */
	private readonly camera: boolean;

	constructor(board: Board, settings: PodSettings, everywhere: string, routes: readonly Sided[]) {
		this.board = board;
		this.settings = settings;
		this.everywhere = everywhere;
		this.camera = routes.some(route => isFor(route, "camera"));
	}

	/**
	 * Who asks, when a request came in at `localAddress`. Without an address its connection is over already: it is the camera's, for the
	 * sake of safety.
	 */
	audienceAt(localAddress: string | undefined): Audience {
		const { board, settings } = this;
		if (settings.get("http_everywhere"))
			return "both";
		if (localAddress === undefined)
			return "camera";
		if (localAddress !== board.cameraNetwork.address)
			return "lab";
		// two interfaces with one address: nobody can tell them apart, and a pod that shuts out its lab can't be mended from there
		return board.networks().lab?.address === localAddress ? "both" : "camera";
	}

	/** Whether there is anything of `service` for who came in at `localAddress`. */
	admits(service: "http" | "console", localAddress: string | undefined): boolean {
		if (this.audienceAt(localAddress) !== "camera" || (service === "http" && this.camera))
			return true;
		this.refused[service]++;
		return false;
	}

	/** The address TFTP is served at: the pod's own on the camera's wire, unless it is for everybody. */
	get tftpAddress(): string {
		return this.settings.get("tftp_everywhere") ? this.everywhere : this.board.cameraNetwork.address;
	}

	/**
	 * Whether a TFTP client that came in at `localAddress` may be the camera, whose transfers end with its supply. Where only one address is
	 * served, as on Linux, and that isn't the camera's, everybody may.
	 */
	maybeCamera(localAddress: string): boolean {
		const camera = this.board.cameraNetwork.address;
		return !this.settings.get("tftp_everywhere") || localAddress === camera || !(this.everywhere === "0.0.0.0" || this.everywhere === camera);
	}
}

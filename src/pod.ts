/**
 * One pod: makes the services, hands each what it needs, owns start and stop. What talks to what can be read off the constructor.
 */
import type { Board } from "board/board";
import { Refusal } from "base/refusal";
import type { OnDefect } from "base/guard";
import type { Time } from "base/time";
import type { Exchange } from "http/exchange";
import { HTTPServer } from "http/server";
import { CameraPower, type PowerDone } from "power/power";
import { BRING_UP_LIMITS, type BringUpLimits } from "bootrom/run";
import { FileStore } from "store/files";
import { PagePool } from "store/pages";
import { TFTPServer } from "tftp/server";
import { Bridge } from "console/bridge";
import { RAW } from "console/raw";
import { RFC2217 } from "rfc2217/connection";
import { UART } from "uart/uart";
import type { HTTPCode } from "http/codes";
import { Arena } from "./arena";
import { planned } from "./budget";
import { RESERVED, type Config } from "./config";
import type { Defects } from "./defects";
import { answerRefusal } from "./errors";
import { Fastboot } from "./fastboot";
import { Occupancy } from "./occupancy";
import { Room, RoomDoor } from "./room";
import { dispatch, type RouteOf } from "./router";
import type { PodSettings } from "./settings";
import { Sides } from "./sides";
import { Staging } from "./staging";
import { UPDATE_MEMORY, Updates } from "./updates";

/** An HTTP resource of a pod (routes/). */
export type Route = RouteOf<Pod>;

export interface PodOptions {
	board: Board;
	config: Config;
	settings: PodSettings;
	time: Time;
	/** Takes what nobody expected; the board reports there, too. */
	defects: Defects;
	/** The HTTP resources, in the order they are listed. */
	routes: readonly Route[];
}

/** Milliseconds in which a polite Ctrl-C has to win one clean prompt. */
const PROMPT_TIME = 10_000;

/** What the user's settings mean for a fastboot: however long it may wait for the supply and the camera, there is time for all of it. */
function bringUpLimits(settings: PodSettings): Partial<BringUpLimits> {
	const output = settings.get("console_timeout") * 1000;
	const prompt = settings.get("stop_autoboot") ? PROMPT_TIME : 0;
	const { total, attempts } = BRING_UP_LIMITS;
	return { output, prompt, total: total + output + prompt + attempts * settings.get("power_off") };
}

/** Milliseconds between the answer to whoever asked for a restart and the restart: the answer has to leave first. */
const FAREWELL = 500;

export class Pod {
	readonly board: Board;
	readonly config: Config;
	readonly settings: PodSettings;
	readonly time: Time;
	readonly routes: readonly Route[];
	readonly defects: Defects;
	readonly room: Room;
	readonly store: FileStore;
	readonly uart: UART;
	readonly power: CameraPower;
	readonly fastboot: Fastboot;
	readonly tftp: TFTPServer;
	readonly bridge: Bridge;
	readonly http: HTTPServer;
	readonly updates: Updates;
	readonly sides: Sides;
	readonly occupancy: Occupancy;

	constructor({ board, config, settings, time, defects, routes }: PodOptions) {
		const { TCP, Listener, UDP, Serial, Digital } = board;
		this.defects = defects;
		const onDefect: OnDefect = (where, error) => defects.report(where, error);
		const arena = new Arena(config.uart_log + planned(), bytes => board.allocate(bytes));
		const allocate = (bytes: number): Uint8Array => arena.take(bytes);
		this.room = new Room({ heap: board.heap, time, relieve: () => this.relieve(), onDefect });
		const onActivity = (): void => this.bridge.activity();
		this.board = board;
		this.config = config;
		this.settings = settings;
		this.time = time;
		this.routes = routes;

		this.store = new FileStore({
			pool: new PagePool({ bytes: config.psram - RESERVED, allocate: bytes => board.allocate(bytes) }),
			time,
			slots: settings.get("slots"),
			idleLimit: settings.get("file_idle") * 1000,
			stopTransfers: (file, reason) => this.tftp.stop(reason, transfer => transfer.name === file.name)
		});
		this.uart = new UART({ io: Serial, wiring: board.uart, time, log: { size: config.uart_log, allocate }, onDefect });
		this.power = new CameraPower({
			io: Digital,
			...board.cameraPower,
			on: board.powerAtStart(),
			time,
			offTime: settings.get("power_off"),
			onChange: on => {
				board.powerChanged(on);
				this.uart.resetBaud();
				if (!on)
					this.stopCamera("the camera was switched off");
			},
			onDefect
		});
		this.fastboot = new Fastboot({
			uart: this.uart,
			power: this.power,
			time,
			limits: () => bringUpLimits(settings),
			onStart: () => this.store.newSession(),
			onActivity,
			onDefect
		});
		this.updates = new Updates(board.firmware, allocate(UPDATE_MEMORY));
		this.occupancy = new Occupancy(this.fastboot, this.updates);
		const sides = this.sides = new Sides(board, settings, config.tftp_bind, routes);
		this.tftp = new TFTPServer({
			io: UDP,
			port: config.tftp_port,
			address: sides.tftpAddress,
			time,
			files: new Staging(this.store, this.occupancy),
			allocate,
			door: new RoomDoor(this.room, "tftp", sides, this.occupancy),
			onActivity,
			onDefect
		});
		this.bridge = new Bridge({
			io: Listener,
			tcp: TCP,
			ports: [{ port: config.bridge_port, protocol: RAW }, { port: config.rfc2217_port, protocol: RFC2217 }],
			address: config.bind,
			time,
			uart: this.uart,
			door: new RoomDoor(this.room, "console", sides, this.occupancy),
			limits: { idle: settings.get("bridge_idle") * 1000 },
			allocate,
			onDefect
		});
		this.http = new HTTPServer({
			io: Listener,
			tcp: TCP,
			port: config.http_port,
			address: config.bind,
			time,
			allocate,
			door: new RoomDoor(this.room, "http", sides, this.occupancy),
			onRequest: exchange => {
				this.room.look();
				dispatch(routes, exchange, this);
			},
			onRefusal: answerRefusal,
			onActivity,
			onDefect
		});
	}

	get name(): string {
		return this.settings.get("name") || this.board.name;
	}

	/** The consoles' ports: of raw bytes, and of RFC 2217. */
	get rawPort(): number {
		return this.bridge.portOf(RAW)!;
	}

	get rfc2217Port(): number {
		return this.bridge.portOf(RFC2217)!;
	}

	/** The TFTP server's port: the one asked for where UDP can't tell. */
	get tftpPort(): number {
		return this.tftp.port ?? this.config.tftp_port;
	}

	/** Switches the camera's supply for a user, `client`, who is told by `done`. Throws Refusal when it can't be now. */
	switchCamera(action: "on" | "off" | "cycle", done: PowerDone, client: unknown): void {
		this.occupancy.begin(action === "off" ? "power_off" : "power_on", "the camera was switched off");
		this.power[action](done, client);
	}

	/** Ends the camera's transfers: it won't go on with them, and the next run needs their pages. */
	stopCamera(reason: string): void {
		this.tftp.stop(reason, ({ localAddress }) => this.sides.maybeCamera(localAddress));
	}

	/** A service's callback for an exchange that is still to be answered: its refusal, or one that `answer` throws, becomes the answer. */
	answering(exchange: Exchange, answer: () => void): (refusal: Refusal | undefined) => void {
		return refusal => {
			if (exchange.closed)
				return;
			try {
				if (refusal)
					throw refusal;
				answer();
			}
			catch (error) {
				if (!(error instanceof Refusal))
					this.defects.report("pod.answer", error);
				answerRefusal(exchange, error instanceof Refusal ? error : new Refusal<HTTPCode>("internal", "the firmware failed; GET /status says where"));
			}
		};
	}

	/** The settings `names` were changed: those that can take effect at once. What reads them anew each time needs nothing here. */
	settingsChanged(names: readonly string[]): void {
		this.store.idleLimit = this.settings.get("file_idle") * 1000;
		try {
			this.tftp.listen(this.sides.tftpAddress);
		}
		catch (error) {
			this.defects.report("tftp.listen", error);
		}
		this.bridge.idleLimit = this.settings.get("bridge_idle") * 1000;
		// whoever reads along may not know the token
		if (this.settings.get("console_read") === "token" && (names.includes("token") || names.includes("console_read")))
			this.http.cutLive("the token is needed now");
	}

	/** Restarts the pod once the answer to `exchange` has left, or can't any more. The camera's supply stays as it is. */
	restartAfter(exchange: Exchange): void {
		this.occupancy.restarting = true;
		exchange.finished = () => void this.time.after(FAREWELL, () => this.board.restart());
	}

	/** Closes everything. The camera's supply stays as it is. */
	close(): void {
		this.occupancy.begin("cancel_fastboot", "the pod stops");
		this.http.close();
		this.bridge.close();
		this.tftp.close();
		this.uart.close();
	}

	/** The heap is nearly full: the newest of the least important goes. False when nobody is left who may. */
	private relieve(): boolean {
		const reason = "the pod's own memory is nearly full";
		return this.http.shed() || this.tftp.shed(reason) || this.occupancy.begin("cancel_update", reason) || this.bridge.shed();
	}
}

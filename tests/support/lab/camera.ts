/** The simulated camera (simulator/camera) on a pod of the lab: its serial line, supply and network in the pod's own time. */
import type { Packet, UDP } from "base/io";
import { Camera, type CameraEvent, type CameraOptions } from "../../../simulator/camera/camera.ts";
import { POD, type Network } from "../../../simulator/camera/network.ts";
import { Questions } from "../../../simulator/camera/questions.ts";
import type { Network as UDPNetwork } from "../network.ts";
import { CAMERA_SIDE, type LabPod } from "./pod.ts";
import { labTime } from "./world.ts";

/** The camera's address on the wire, whatever its programs call it. */
export const CAMERA = "192.168.1.10";
const EVERYBODY = "255.255.255.255";

/** The UDP of the lab as the camera's programs see it. */
export class CameraWire implements Network {
	private readonly network: UDPNetwork;

	constructor(network: UDPNetwork) {
		this.network = network;
	}

	open(port: number, receive: Parameters<Network["open"]>[1], addressed = true): ReturnType<Network["open"]> {
		let open = true;
		const socket = this.bind(port, addressed, function () {
			for (let packet: Packet | undefined; open && (packet = this.read());)
				receive({ bytes: new Uint8Array(packet), port: packet.port });
		});
		const close = (): void => {
			open = false;
			socket.close();
		};
		return { send: (bytes, to, everybody = false) => socket.write(bytes, everybody ? EVERYBODY : CAMERA_SIDE, to), close };
	}

	/** Any other port when one's own is still taken by what is on its way. */
	private bind(port: number, addressed: boolean, onReadable: (this: UDP) => void): UDP {
		const io = addressed ? this.network.at(CAMERA) : this.network.at("0.0.0.0", CAMERA.slice(0, CAMERA.lastIndexOf(".")));
		try {
			return new io({ port, broadcast: !addressed, onReadable });
		}
		catch {
			return new io({ broadcast: !addressed, onReadable });
		}
	}
}

export class LabCamera {
	readonly camera: Camera;
	readonly events: CameraEvent[] = [];
	private readonly questions: Questions;

	/** `nor`: what its flash holds; blank when absent. */
	constructor(pod: LabPod, options: Omit<CameraOptions, "time" | "network" | "transmit" | "emit" | "store"> = {}, nor?: Uint8Array) {
		const { cable, pin, time, udp } = pod;
		if (CAMERA_SIDE !== POD)
			throw new Error("the camera looks for its pod elsewhere");
		this.camera = new Camera({
			...options,
			time,
			network: new CameraWire(udp),
			// the camera's end has clocked and bent it already
			transmit: bytes => cable.serial?.arrive(bytes, cable.serial.baud),
			emit: event => {
				this.events.push(event);
				this.questions.event(event);
			}
		});
		this.questions = new Questions(this.camera);
		if (nor)
			this.camera.nor.cells.set(nor);
		cable.far = {
			get baud(): number {
				return cable.serial?.baud ?? 115_200;
			},
			receive: bytes => this.camera.receive(bytes)
		};
		cable.onBaud = rate => void (this.camera.wire.podBaud = rate);
		cable.onBreak = () => this.camera.lineBreak();
		pin.onLevel = level => this.camera.power(level === 1);
	}

	/** What DIR/camera answers (simulator/camera/questions.ts). */
	async ask(question: string): Promise<any> {
		labTime().touch();
		const answer = await this.questions.answer(question);
		labTime().touch();
		return answer;
	}
}

/** A pod of the lab as tests of a running pod take it (running-pod.ts): the same names, the same options. Runs on Node and on XS. */
import type { NorFlash } from "../flash.ts";
import { CAMERA_SIDE, LAB, type LabPod, type LabPodOptions } from "./pod.ts";
import { addPod, labTime, nextPorts, removePod } from "./world.ts";

export interface PodOptions {
	bind?: string;
	psram?: number;
	/** Of src/config.ts and src/settings.ts; `chip.camera`, `chip.lab` ("address/mask"), `chip.settings` ("none") as the simulator's. */
	settings?: Record<string, string>;
	/** One that a pod before has written. */
	flash?: NorFlash;
	/** Cuts the pod's power inside a flash operation: `START:OPERATION:PART` (simulator/chip.ts). */
	cut?: string;
	/** Of all that is random. Default 1. */
	seed?: number;
	adapt?: LabPodOptions["adapt"];
}

export interface TestPod {
	readonly http: string;
	readonly httpPort: number;
	readonly bridgePort: number;
	readonly rfc2217Port: number;
	readonly tftpPort: number;
	/** Lines of the debug console. */
	readonly log: readonly string[];
	/** Another number after each restart. */
	readonly starts: number;
	readonly lab: LabPod;
	/** Resolves with the reason when the pod is dead for good. */
	readonly ended: Promise<string>;
	/** The level of the camera's supply: "on" or "off". */
	readonly supply: string;
	stop(): Promise<void>;
}

function subnet(text: string | undefined): { address: string; mask: string } | undefined {
	const [address = "", mask = ""] = text?.split("/") ?? [];
	return text === undefined ? undefined : { address, mask };
}

/** Starts one and waits until it serves. Call `stop` in afterEach. */
export async function startPod({ bind = "0.0.0.0", psram = 8_388_608, settings = {}, flash, cut, seed, adapt }: PodOptions = {}): Promise<TestPod> {
	const { "chip.camera": camera, "chip.lab": labNetwork, "chip.settings": settingsFlash, ...config } = settings;
	const ports = nextPorts();
	const lab = addPod({ flash, adapt, cut, seed, config: { bind, tftp_bind: bind, http_port: ports.httpPort, bridge_port: ports.bridgePort, rfc2217_port: ports.rfc2217Port, psram, ...config },
		cameraNetwork: subnet(camera), labNetwork: subnet(labNetwork), noSettingsFlash: settingsFlash === "none" });
	const ended = new Promise<string>(resolve => {
		lab.onDeath = () => {
			labTime().touch();
			if (lab.flash.dead)
				resolve("the firmware ended with a power cut");
		};
	});
	lab.powerOn();
	if (!lab.endpoints && lab.alive)
		throw new Error(`it doesn't serve: ${lab.log.join("")}`);
	labTime().hold();
	return {
		http: `http://${LAB}:${ports.httpPort}`,
		...ports,
		tftpPort: 69,
		log: lab.log,
		get starts() {
			return lab.restarts;
		},
		lab,
		get ended() {
			labTime().touch();
			return ended;
		},
		get supply() {
			return lab.pin.level ? "on" : "off";
		},
		async stop() {
			removePod(lab);
		}
	};
}

export { CAMERA_SIDE, LAB };

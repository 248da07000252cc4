/**
 * A side door for tests: DIR/camera, a UNIX socket that answers each line by one line of JSON (questions.ts), and tells events when asked
 * to `watch`.
 */
import { rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { createInterface } from "node:readline";
import type { Camera, CameraEvent } from "./camera.ts";
import { Questions } from "./questions.ts";

export class Control {
	#questions: Questions;
	#watchers = new Set<Socket>();
	#sockets = new Set<Socket>();
	#server: Server;

	constructor(path: string, camera: Camera) {
		this.#questions = new Questions(camera);
		rmSync(path, { force: true });
		this.#server = createServer(socket => {
			this.#sockets.add(socket);
			socket.on("error", () => {});
			socket.on("close", () => {
				this.#sockets.delete(socket);
				this.#watchers.delete(socket);
			});
			createInterface({ input: socket }).on("line", line => void this.#answer(line, socket));
		}).listen(path);
	}

	/** Keeps an event and tells the watchers. */
	event(event: CameraEvent): void {
		this.#questions.event(event);
		for (const socket of this.#watchers)
			socket.write(JSON.stringify(event) + "\n");
	}

	close(): void {
		this.#server.close();
		this.#sockets.forEach(socket => socket.destroy());
	}

	async #answer(line: string, socket: Socket): Promise<void> {
		let answer: unknown;
		try {
			answer = line.trim() === "watch" ? this.#watch(socket) : await this.#questions.answer(line);
		}
		catch (error) {
			answer = { error: (error as Error).message };
		}
		if (!socket.destroyed)
			socket.write(JSON.stringify(answer) + "\n");
	}

	/** From now on each event is a line of its own. */
	#watch(socket: Socket): object {
		this.#watchers.add(socket);
		return { watching: true };
	}
}

/** What build.ts adds to the map. */

/** The timer of real time. */
declare module "real/timer" {
	import Timer from "timer";
	export default Timer;
}

/** The board with an ESP32-S3. */
declare module "board" {
	import type { Board } from "board/board";
	const board: Board;
	export default board;
}

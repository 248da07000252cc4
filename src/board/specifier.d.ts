/** The board, as each platform provides it: simulator/board.ts on Linux, src/board/esp32s3 on the ESP32-S3. */
declare module "board" {
	import type { Board } from "board/board";
	const board: Board;
	export default board;
}

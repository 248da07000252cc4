/** The program: a pod on the board that the manifest has chosen, in real time. */
import board from "board";
import given from "mc/config";
import { Clock } from "./clock";
import { start } from "./start";

export default function main(): void {
	start(board, given, new Clock(), trace);
}

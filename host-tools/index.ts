/**
 * The client library of a rack pod, whole: everything another program needs, from one place. It is TypeScript as it is: programs run
 * it with tsx (`node --import tsx PROGRAM`).
 *
 *     import { RackPod, restore } from "rackpod";
 */
export { RackPod, type CallOptions, type FastbootOptions, type RackPodOptions, type UartLog, type UploadOptions } from "./rack-pod.ts";
export { podAddress, type PodAddress } from "./address.ts";
export { crcOf, crcOfFile } from "./crc32.ts";
export type { Source } from "./http.ts";
export { Failure, type FailureKind } from "./failure.ts";
export { PodError, type LocalCode } from "./pod-error.ts";
export { realClock, type Clock } from "./clock.ts";
export { connectBridge, type BridgeLine, type SerialLine } from "./bridge.ts";
export { PodConsole } from "./pod-console.ts";
export { ConsoleTimeout } from "./console-failures.ts";
export { UBootConsole, type ConsoleOptions, type RunOptions } from "./console.ts";
export { loadChip, loadProfile, parseProfile, type Profile } from "./profile.ts";
export { fastbootBlob, loadFastboot, type Fastboot } from "./blob.ts";
export { bootImages, splBoundary, type BootImages } from "./spl.ts";
export { loadLayout, parseMap, type MapEntry, type Partition } from "./layout.ts";
export { DEFAULT_BOARD, loadBoard, parseBoard, type Board, type BoardCommands, type FlashCommand } from "./flash-commands.ts";
export { runFastboot, type FastbootJobOptions, type FastbootOutcome } from "./fastboot-job.ts";
export { restore, type RestoreOptions, type RestoreResult } from "./restore.ts";
export type { FlashRecord } from "./flash-record.ts";
export type { PieceFacts, RestoreEvent, RestoreStep } from "./restore-events.ts";
export type * from "./wire.ts";

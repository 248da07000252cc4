/**
 * The client library of a rack pod, whole: everything another program needs, from one place.
 *
 *     import { RackPod, restore } from "rackpod";
 */
export { RackPod, type CallOptions, type FastbootOptions, type RackPodOptions, type UartLog, type UartStream,
	type UploadOptions } from "./pod/rack-pod.ts";
export { followLog, type FollowOptions, type LogEvent } from "./pod/follow-log.ts";
export { podAddress, type PodAddress } from "./pod/address.ts";
export { crcOf, crcOfFile } from "./base/crc32.ts";
export type { Source } from "./pod/http.ts";
export { Failure, type FailureKind } from "./base/failure.ts";
export { PodError, type LocalCode } from "./pod/pod-error.ts";
export { realClock, type Clock } from "./base/clock.ts";
export { connectConsole, type ConsoleLine, type SerialLine } from "./camera/console-line.ts";
export { PodConsole } from "./camera/pod-console.ts";
export { ConsoleTimeout } from "./camera/console-failures.ts";
export { UBootConsole, type ConsoleOptions, type RunOptions } from "./camera/uboot-console.ts";
export { loadChip, loadProfile, parseProfile, type Profile } from "./profiles/profile.ts";
export { fastbootBlob, loadFastboot, type Fastboot } from "./profiles/blob.ts";
export { bootImages, splBoundary, type BootImages } from "./profiles/spl.ts";
export { NOR } from "./flash/nor.ts";
export type { Change, Flash, FlashKind, Geometry, Page, Place } from "./flash/kind.ts";
export type { UBootSession } from "./camera/session.ts";
export { loadLayout, parseMap, type MapEntry, type Partition } from "./flash/layout.ts";
export { DEFAULT_DIALECT, loadDialect, parseDialect, type Dialect, type DialectCommands, type FlashCommand } from "./camera/dialect.ts";
export { runFastboot, type FastbootJobOptions, type FastbootOutcome } from "./jobs/bring-up.ts";
export { restore, type RestoreOptions, type RestoreResult } from "./jobs/restore.ts";
export type { FlashRecord } from "./jobs/record.ts";
export type { JobEvent, JobStep, PieceFacts } from "./jobs/events.ts";
export type * from "../modules/protocol/answers.ts";

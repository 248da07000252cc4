/** The time of the stand-ins for the SDK's "time" and "timer": it passes when a test says so. */
import { VirtualTime } from "../support/clock.ts";

export const chip = new VirtualTime();

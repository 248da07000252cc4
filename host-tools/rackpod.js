#!/usr/bin/env node
// The `rackpod` command. It runs its TypeScript as it is: no build step.
import { register } from "tsx/esm/api";

register({ tsconfig: false });
const { main } = await import("./cli/main.ts");
const { processContext } = await import("./cli/context.ts");
process.exitCode = await main(process.argv.slice(2), processContext());

#!/usr/bin/env node
// The `rackpod` command. The package holds it built; a checkout runs its TypeScript as it is, so that no old build is ever run.
import { existsSync } from "node:fs";

if (existsSync(new URL("./cli/run.ts", import.meta.url))) {
	try {
		(await import("tsx/esm/api")).register({ tsconfig: false });
	}
	catch (error) {
		if (error.code !== "ERR_MODULE_NOT_FOUND")
			throw error;
		process.stderr.write("rackpod: its dependencies are not installed: run `npm ci` in its folder first\n");
		process.exit(2);
	}
	await import("./cli/run.ts");
}
else
	await import("../dist/host-tools/cli/run.js");

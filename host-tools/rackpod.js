#!/usr/bin/env node
// The `rackpod` command. It runs its TypeScript as it is: no build step.
try {
	(await import("tsx/esm/api")).register({ tsconfig: false });
}
catch (error) {
	if (error.code !== "ERR_MODULE_NOT_FOUND")
		throw error;
	process.stderr.write("rackpod: its dependencies are not installed: run `npm ci` in its folder first\n");
	process.exit(2);
}
const { main } = await import("./cli/main.ts");
const { processContext } = await import("./cli/context.ts");
process.exitCode = await main(process.argv.slice(2), processContext());

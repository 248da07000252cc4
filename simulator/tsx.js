/**
 * Lets Node run this tree's TypeScript: `node --import ./simulator/tsx.js PROGRAM.ts`, as `--import tsx`, with a sentence where tsx isn't
 * there because nothing was installed yet.
 */
try {
	await import("tsx");
}
catch (error) {
	if (error.code !== "ERR_MODULE_NOT_FOUND")
		throw error;
	process.stderr.write("the dependencies are not installed: run `npm ci` in this folder first\n");
	process.exit(2);
}

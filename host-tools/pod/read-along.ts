/** The ways to see what a camera says that take its console from nobody. For people who are told that somebody else has it. */
export function readAlong(origin: string, since?: number): string {
	return `\`curl -i '${origin}/uart/log${since === undefined ? "" : `?since=${since}`}'\` reads along without taking it (X-Log-Next is ` +
		`the next since), \`rackpod log -f --pod ${origin}${since === undefined ? "" : ` --since ${since}`}\` goes on as the camera speaks`;
}

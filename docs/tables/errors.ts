/** The codes that the pod answers. */
import { ERRORS } from "protocol/errors";
import { code, table } from "./part.ts";

export function errorTable(): string {
	return table(["error", "status", "meaning"],
		Object.entries(ERRORS).map(([name, { status, meaning }]) => [code(name), status, meaning]));
}

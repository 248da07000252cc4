/**
 * An error with a name that programs can rely on.
 *
 * `code` is a key of the table in src/errors.ts, which gives its HTTP status and meaning; `detail` holds the facts a caller
 * needs to put it right (the field, the limit, what came) and becomes part of the JSON answer.
 */
export class Refusal extends Error {
	override name = "Refusal";
	readonly code: string;
	readonly detail: Readonly<Record<string, unknown>>;

	constructor(code: string, message: string, detail: Record<string, unknown> = {}) {
		super(message);
		this.code = code;
		this.detail = detail;
	}
}

/**
 * An error with a name that programs can rely on.
 *
 * `code` is one of a union that each module exports (StoreCode, UARTCode, ...). The status and meaning of those that reach an HTTP client
 * are in modules/protocol/errors.ts. `detail` holds the facts a caller needs to put it right (the field, the limit, what came) and becomes
 * part of the JSON answer.
 *
 *     throw new Refusal<StoreCode>("no_slots", "all 32 slots are taken", { max_slots: 32 });
 *
 * The type argument is a must: without it nothing would check the code.
 */
export class Refusal<Code extends string = string> extends Error {
	override name = "Refusal";
	readonly code: string;
	readonly detail: Readonly<Record<string, unknown>>;

	constructor(code: string extends Code ? never : NoInfer<Code>, message: string, detail: Record<string, unknown> = {}) {
		super(message);
		this.code = code;
		this.detail = detail;
	}
}

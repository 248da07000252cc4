/**
 * Every error a pod answers over HTTP: its code, status and meaning. The body is
 *
 *     {"error": code, "message": "what came, what the limit is", ...detail}
 *
 * so programs look at `error`, people read `message`. The details have few names: `field` (what is wrong), `value` (what came), `minimum`
 * and `maximum` (what it may be), `limit` (how much there may be), `size`, `received`, `takes`, `owner`, `reason`. Answers of /fastboot carry
 * `success`, `last_phase` and `failed_phase` too, because that is where its clients look. A code that no module of the firmware knows, or
 * one that is missing here, does not compile (src/errors.ts); docs/http.md prints this table, and a test keeps the two equal.
 */

export interface ErrorMeaning {
	readonly status: number;
	readonly meaning: string;
}

export const ERRORS = Object.freeze({
	bad_request: { status: 400, meaning: "the request or its body can't be read" },
	bad_encoding: { status: 400, meaning: "a query is not valid percent-encoded UTF-8" },
	bad_name: { status: 400, meaning: "a file name is 1 to 127 printable ASCII characters without \\ and \", no part between / empty, . or .." },
	bad_size: { status: 400, meaning: "a size is not a whole number of bytes" },
	bad_number: { status: 400, meaning: "a field is missing, not a number, or outside its limits" },
	bad_since: { status: 400, meaning: "the log has no such offset" },
	bad_json: { status: 400, meaning: "the body is not a JSON object with the fields asked for" },
	unknown_field: { status: 400, meaning: "the body has a field that the resource doesn't take; takes lists those it does" },
	unknown_parameter: { status: 400, meaning: "the query has a parameter that the resource doesn't take, or one twice; takes lists those it does" },
	unexpected_body: { status: 400, meaning: "the resource takes no body" },
	partial_body: { status: 400, meaning: "Content-Range: only whole bodies are taken" },
	bad_checksum: { status: 400, meaning: "X-Checksum-CRC32 is not 8 hexadecimal digits" },
	bad_power_state: { status: 400, meaning: "the body is neither 1 nor 0" },
	bad_blob: { status: 400, meaning: "the fastboot body is short, too long, or a field in it is outside its limits" },
	size_mismatch: { status: 400, meaning: "fewer bytes came than were announced" },
	bad_setting: { status: 400, meaning: "there is no such setting, or it can't have that value; field and reason say which and why" },
	bad_image_size: { status: 400, meaning: "no firmware image has that size; minimum and maximum say which do" },
	bad_image: { status: 400, meaning: "the body is no whole firmware image for this chip; reason says what is wrong" },
	unauthorized: { status: 401, meaning: "this pod has a token, and a change needs it" },
	wrong_token: { status: 401, meaning: "the token that came is not this pod's" },
	foreign_origin: { status: 403, meaning: "a web page from elsewhere asked for a change, and the pod has no token it could know" },
	not_found: { status: 404, meaning: "no such resource; GET / lists them" },
	no_such_file: { status: 404, meaning: "no file of that name is staged" },
	method_not_allowed: { status: 405, meaning: "the resource exists, the method doesn't; Allow lists those that do" },
	request_timeout: { status: 408, meaning: "the request came too slowly" },
	busy: { status: 409, meaning: "a fastboot has the camera" },
	uart_busy: { status: 409, meaning: "somebody else has the serial line; owner says who, and the message how to read along" },
	power_busy: { status: 409, meaning: "a later request switched the camera's supply" },
	update_running: { status: 409, meaning: "a firmware update is running" },
	restarting: { status: 409, meaning: "the pod is about to restart, and what begins now would be cut off; ask again in a few seconds" },
	update_over: { status: 409, meaning: "the update has ended already" },
	upload_aborted: { status: 409, meaning: "the upload was ended by somebody else" },
	length_required: { status: 411, meaning: "this body needs a Content-Length" },
	precondition_failed: { status: 412, meaning: "If-Match or If-None-Match doesn't hold; tag says what is there" },
	body_too_large: { status: 413, meaning: "the body is longer than the resource takes" },
	blob_too_large: { status: 413, meaning: "the fastboot body is longer than 2 MiB" },
	settings_too_long: { status: 413, meaning: "the settings don't fit their place in flash" },
	size_exceeded: { status: 413, meaning: "more bytes came than there may be" },
	target_too_long: { status: 414, meaning: "the request's path and query are too long" },
	unsupported_body: { status: 415, meaning: "the body is a form, or compressed; the bytes are taken as they are" },
	range_not_satisfiable: { status: 416, meaning: "the range begins behind the end of the file" },
	expectation_failed: { status: 417, meaning: "Expect asks for something other than 100-continue" },
	checksum_mismatch: { status: 422, meaning: "the bytes that came don't have the CRC-32 that was announced; nothing was staged" },
	headers_too_large: { status: 431, meaning: "the request has too many headers, or too long ones" },
	internal: { status: 500, meaning: "a defect of the firmware; GET /status counts and names the last one" },
	settings_not_stored: { status: 500, meaning: "flash refused the settings; the ones before stay" },
	update_flash: { status: 500, meaning: "flash failed under the update; the running image stays" },
	update_not_activated: { status: 500, meaning: "the new image could not be made the one to boot; the running image stays" },
	coding_unsupported: { status: 501, meaning: "the body has a transfer coding other than chunked" },
	oom: { status: 503, meaning: "not enough free pages; psram_largest_free says how many bytes fit" },
	no_room: { status: 503, meaning: "the pod's own memory is nearly full; ask again in a moment, or with fewer others at a time" },
	no_slots: { status: 503, meaning: "all file slots are taken; delete a file" },
	too_many_connections: { status: 503, meaning: "all HTTP connections are in use" },
	too_many_streams: { status: 503, meaning: "all places for live responses are taken; requests are served as ever" },
	uart_set_baud_failed: { status: 503, meaning: "the UART can't do that rate, or could not drain" },
	power_readback: { status: 503, meaning: "the supply switch doesn't read back as it was set" },
	version_unsupported: { status: 505, meaning: "neither HTTP/1.0 nor HTTP/1.1" }
} as const satisfies Record<string, ErrorMeaning>, true);

/** A code that clients meet. */
export type ErrorCode = keyof typeof ERRORS;

/** What the server refuses requests with, before any handler sees them or while a body comes. */
export type HTTPCode =
	| "bad_request"
	| "bad_encoding"
	| "request_timeout"
	| "precondition_failed"
	| "range_not_satisfiable"
	| "body_too_large"
	| "target_too_long"
	| "expectation_failed"
	| "headers_too_large"
	| "internal"
	| "coding_unsupported"
	| "no_room"
	| "too_many_connections"
	| "too_many_streams"
	| "version_unsupported";

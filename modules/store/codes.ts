/** What the store refuses to take, and why. */
export type StoreCode =
	| "bad_name"
	| "bad_size"
	| "checksum_mismatch"
	| "no_slots"
	/** Nobody awaits an upload of that name. */
	| "not_armed"
	| "oom"
	| "size_exceeded"
	| "size_mismatch"
	/** Another upload goes into this armed slot. */
	| "slot_taken"
	| "upload_aborted";

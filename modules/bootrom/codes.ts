/** Why a boot request isn't taken, or its upload ends. */
export type BootROMCode =
	| "bad_blob"
	| "blob_too_large"
	/** The serial port's transmitter does not get on. */
	| "uart_stalled";

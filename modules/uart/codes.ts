/** What the serial port refuses. */
export type UARTCode =
	| "bad_rate"
	| "bad_since"
	/** The camera was faster than who read the log. */
	| "log_overwritten"
	| "uart_busy"
	| "uart_set_baud_failed";

/** Where a pod's servers are unless it was told otherwise. */

export const HTTP_PORT = 8080;
/** The camera's serial line: raw bytes. */
export const CONSOLE_PORT = 9000;
/** The same with RFC 2217. */
export const RFC2217_PORT = 9001;
/** RFC 1350. */
export const TFTP_PORT = 69;

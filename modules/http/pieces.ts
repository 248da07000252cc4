/**
 * Text that is made while it is sent, piece by piece, so that a long list never exists as a whole. HTTP/1.1 gets it in chunks
 * (RFC 9112 7.1), HTTP/1.0 until the connection's end.
 * A class, not an interface: bodies are told apart by what they are, not by the names of members that others could have as well.
 */
export abstract class Pieces {
	/** The next piece: some hundred characters. Undefined at the end. */
	abstract next(): string | undefined;
}

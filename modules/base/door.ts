/** What a server asks about a newcomer, before it spends anything on it. */

export interface Door {
	/** May who comes in at the interface that has `localAddress`? Others are disconnected without a word. */
	admits(localAddress: string | undefined): boolean;
	/** Is there room in memory for one more? Else it is told so, in the words of the protocol. */
	hasRoom(): boolean;
	/** Throws Refusal, whose message a newcomer is told, while nobody may begin to use the service. */
	check?(): void;
}

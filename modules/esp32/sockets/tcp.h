/* A TCP connection: what tcp.c shares with listener.c. */
#ifndef RACKPOD_SOCKETS_TCP_H
#define RACKPOD_SOCKETS_TCP_H

#include "segments.h"
#include "lwip/tcp.h"

struct tcp {
	struct socket socket;		/* first */
	struct tcp *pending;		/* the next one that the listener has accepted and JavaScript has not read; guarded */
	struct tcp_pcb *pcb;		/* the stack's; null when lwIP has freed it */
	struct segments received;
	uint32_t room;			/* bytes that can be written; guarded, as is the next */
	bool over;			/* the peer has closed or reset it, or the stack has no memory */
	bool nodelay;			/* JavaScript's task's, as all that follows; the stack reads it in a visit */
	bool written;			/* since the stack was last asked to send */
	bool ended;			/* onError was called */
	size_t consumed;		/* bytes read of which the stack doesn't know */
	uint32_t localAddress, remoteAddress;
	uint16_t remotePort;
};

/* In the stack: takes over what lwIP has accepted. Null when there is no memory. */
struct tcp *tcpAccepted(xsMachine *the, struct tcp_pcb *pcb);
/* JavaScript's task: gives the connection to `object`, which was made by `new TCP()`. */
void tcpGive(xsMachine *the, struct tcp *tcp, xsSlot *object);
/* JavaScript's task: closes and frees a connection without callbacks. */
void tcpDiscard(struct tcp *tcp);

#endif

/*
 * What the ESP32's TCP, Listener and UDP (base/io.ts) have in common. They stand in for the SDK's classes on lwIP's raw API, which lose
 * data and use freed memory when JavaScript's task and lwIP's meet at a bad moment.
 *
 * Two tasks share each socket. lwIP's task ("the stack" below) owns everything of lwIP: JavaScript's task only visits it (socketsVisit)
 * and waits meanwhile. JavaScript's task owns the record and everything of XS. What both touch is guarded by lwIP's lightweight protection
 * (SYS_ARCH_PROTECT), for a few instructions and no call each time.
 *
 * The stack puts a socket that has news into one queue and rings once: all sockets together have one message under way to JavaScript's
 * task. A record is freed by JavaScript's task, when lwIP has let go of it (in a visit) and it is out of that queue, so nobody counts
 * references.
 */
#ifndef RACKPOD_SOCKETS_H
#define RACKPOD_SOCKETS_H

#include "xsmc.h"
#include "xsHost.h"
#include "mc.xs.h"
#include "builtinCommon.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "lwip/netif.h"
#include "lwip/pbuf.h"
#include "lwip/sys.h"
#include "lwip/priv/tcpip_priv.h"

struct callbacks {
	xsSlot *onReadable, *onWritable, *onError;	/* null when absent */
};

/* The first part of every record. */
struct socket {
	xsMachine *the;
	xsSlot object;			/* remembered while it has callbacks: an open socket needs no reference from JavaScript */
	struct callbacks callbacks;
	void (*deliver)(struct socket *socket, unsigned news);	/* in JavaScript's task, with no JavaScript below it */
	struct socket *next;		/* in the queue of those with news; guarded, as are the next three */
	unsigned news;			/* bits of the class's own */
	bool queued;
	bool mute;			/* has no callbacks yet: news is kept */
};

/* ---- JavaScript's task */

/* Throws while there is no network: lwIP would abort the program. */
void socketsCheck(xsMachine *the);
/* The options' callbacks. Throws when one is no function: to be asked before anything is made. */
struct callbacks socketsCallbacks(xsMachine *the);
/* Makes the record, which has its `the` already, that of `this`, which gets `target` out of the options and is remembered. */
void socketsOpen(xsMachine *the, struct socket *socket, const xsHostHooks *hooks, struct callbacks callbacks);
/* Takes the record away from `object` again, which is then closed. */
void socketsClose(xsMachine *the, xsSlot *object, struct socket *socket);
/* The options' `port`, 0 when absent; their IPv4 `address` in network order, 0 when absent or 0.0.0.0. Throw. Need one xsVar. */
uint16_t socketsPort(xsMachine *the);
uint32_t socketsAddress(xsMachine *the);
uint32_t socketsParse(xsMachine *the, xsSlot *text);
void socketsSetAddress(xsMachine *the, xsSlot *slot, uint32_t address);
void socketsMark(xsMachine *the, void *data, xsMarkRoot markRoot);
/* Runs `function` in the stack and waits for it. `call` is the first member of what it needs. */
void socketsVisit(err_t (*function)(struct tcpip_api_call_data *call), struct tcpip_api_call_data *call);
/* Calls back with a number, or with none when it is negative. False when the socket was closed by it: the record is gone. */
bool socketsCall(struct socket *socket, xsSlot *callback, int count);
/* Delivers the news at the end of this turn, unless the socket is being delivered to: then its `deliver` sees to it. */
void socketsSoon(struct socket *socket, unsigned news);
/* The record is about to be freed: its news is of no interest any more. */
void socketsForget(struct socket *socket);
/* The socket has callbacks now: everything it may have to say is news. */
void socketsUnmute(struct socket *socket, unsigned news);

/* ---- both tasks */

void socketsTell(struct socket *socket, unsigned news);

#endif

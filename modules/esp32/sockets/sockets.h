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

/* The first part of the record of a socket that is bound to a port: Listener's and UDP's. */
struct bound {
	struct socket socket;		/* first */
	uint32_t address;		/* of the only interface it hears and speaks by; 0: all of them */
	uint16_t port;
};

struct boundClass {
	xsHostHooks hooks;		/* by their address XS knows the class */
	size_t size;			/* of a record */
	void (*deliver)(struct socket *socket, unsigned news);
	err_t (*bind)(void *bound);	/* in the stack; sets the port that was bound really */
	unsigned news;			/* that there may be from the start */
};

/* ---- JavaScript's task */

/* The options' callbacks. Throws when one is no function: to be asked before anything is made. */
struct callbacks socketsCallbacks(xsMachine *the);
/* Makes the record, which has its `the` already, that of `this`, which gets `target` out of the options and is remembered. */
void socketsOpen(xsMachine *the, struct socket *socket, const xsHostHooks *hooks, struct callbacks callbacks);
/* The constructor of a class that is bound to a port: options, record, port. Throws. Needs one xsVar. */
void *socketsBind(xsMachine *the, const struct boundClass *class);
void socketsGetPort(xsMachine *the, const struct boundClass *class);
/* `close` of every class: harmless twice. */
void socketsEnd(xsMachine *the, const xsHostHooks *hooks);
/* Takes the record away from `object` again, which is then closed. */
void socketsClose(xsMachine *the, xsSlot *object, struct socket *socket);
/* The options' IPv4 `address` in network order, 0 when absent or 0.0.0.0; whether an option is true. Throw. Need one xsVar. */
uint32_t socketsAddress(xsMachine *the);
bool socketsFlag(xsMachine *the, xsIdentifier id);
uint32_t socketsParse(xsMachine *the, xsSlot *text);
void socketsSetAddress(xsMachine *the, xsSlot *slot, uint32_t address);
void socketsMark(xsMachine *the, void *data, xsMarkRoot markRoot);
/* Runs `function` in the stack, waits for it and returns what it returns. */
err_t socketsVisit(err_t (*function)(void *what), void *what);
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

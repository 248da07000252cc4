/*
 * Listener of base/io.ts on lwIP's raw API; sockets.h says how its two tasks share it.
 *
 * A connection gets its record when lwIP accepts it, not when JavaScript reads it: what it receives and that it ends is noticed from the
 * first moment on.
 */
#include "tcp.h"

enum { READABLE = 1 };

struct listener {
	struct bound bound;		/* first */
	struct tcp_pcb *pcb;		/* the stack's */
	struct tcp *first, *last;	/* accepted, not read; guarded */
};

/* ---- in the stack */

/* lwIP resets a connection for which this is no success. */
static err_t accepted(void *arg, struct tcp_pcb *pcb, err_t err)
{
	struct listener *listener = arg;
	struct tcp *tcp;
	SYS_ARCH_DECL_PROTECT(level);
	if (err != ERR_OK || !pcb)
		return ERR_VAL;
	if (listener->bound.address && netif_ip4_addr(ip_current_input_netif())->addr != listener->bound.address)
		return ERR_VAL;
	tcp = tcpAccepted(listener->bound.socket.the, pcb);
	if (!tcp)
		return ERR_MEM;
	SYS_ARCH_PROTECT(level);
	if (listener->last)
		listener->last->pending = tcp;
	else
		listener->first = tcp;
	listener->last = tcp;
	SYS_ARCH_UNPROTECT(level);
	socketsTell(&listener->bound.socket, READABLE);
	return ERR_OK;
}

static err_t listening(void *bound)
{
	struct listener *listener = bound;
	struct tcp_pcb *pcb = tcp_new_ip_type(IPADDR_TYPE_V4);
	ip_addr_t address = IPADDR4_INIT(listener->bound.address);
	err_t err;
	if (!pcb)
		return ERR_MEM;
	ip_set_option(pcb, SOF_REUSEADDR);
	err = tcp_bind(pcb, &address, listener->bound.port);
	listener->pcb = err == ERR_OK ? tcp_listen_with_backlog_and_err(pcb, TCP_DEFAULT_LISTEN_BACKLOG, &err) : NULL;
	if (!listener->pcb) {
		tcp_abort(pcb);
		return err;
	}
	listener->bound.port = listener->pcb->local_port;
	tcp_arg(listener->pcb, listener);
	tcp_accept(listener->pcb, accepted);
	return ERR_OK;
}

static err_t closing(void *what)
{
	struct listener *listener = what;
	tcp_close(listener->pcb);	/* can't fail for a listening one */
	return ERR_OK;
}

/* ---- in JavaScript's task */

static struct tcp *take(struct listener *listener)
{
	struct tcp *tcp;
	SYS_ARCH_DECL_PROTECT(level);
	SYS_ARCH_PROTECT(level);
	tcp = listener->first;
	if (tcp) {
		listener->first = tcp->pending;
		if (!listener->first)
			listener->last = NULL;
	}
	SYS_ARCH_UNPROTECT(level);
	return tcp;
}

void xs_podlistener_destructor(void *data)
{
	struct listener *listener = data;
	struct tcp *tcp;
	if (!listener)
		return;
	socketsVisit(closing, listener);
	socketsForget(&listener->bound.socket);
	while ((tcp = take(listener)))
		tcpDiscard(tcp);
	c_free(listener);
}

static void deliver(struct socket *socket, unsigned news)
{
	struct listener *listener = (struct listener *)socket;
	int count = 0;
	SYS_ARCH_DECL_PROTECT(level);
	(void)news;
	SYS_ARCH_PROTECT(level);
	for (struct tcp *tcp = listener->first; tcp; tcp = tcp->pending)
		count++;
	SYS_ARCH_UNPROTECT(level);
	if (count)
		socketsCall(socket, socket->callbacks.onReadable, count);
}

static const struct boundClass class = {
	.hooks = { xs_podlistener_destructor, socketsMark, NULL },
	.size = sizeof(struct listener),
	.deliver = deliver,
	.bind = listening,
	.news = READABLE
};

/* new Listener({port, address, onReadable, target}) */
void xs_podlistener(xsMachine *the)
{
	xsmcVars(1);
	socketsBind(the, &class);
}

void xs_podlistener_close(xsMachine *the)
{
	socketsEnd(the, &class.hooks);
}

/* Gives the connection that waits longest to its argument, a new TCP(). */
void xs_podlistener_read(xsMachine *the)
{
	struct listener *listener = xsmcGetHostDataValidate(xsThis, (void *)&class.hooks);
	struct tcp *tcp = take(listener);
	if (!tcp)
		xsUnknownError("nothing is pending");
	tcpGive(the, tcp, &xsArg(0));
	xsResult = xsArg(0);
}

void xs_podlistener_get_port(xsMachine *the)
{
	socketsGetPort(the, &class);
}

/*
 * Listener of base/io.ts on lwIP's raw API; sockets.h says how its two tasks share it.
 *
 * A connection gets its record when lwIP accepts it, not when JavaScript reads it: what it receives and that it ends is noticed from the
 * first moment on.
 */
#include "tcp.h"

enum { READABLE = 1 };

struct listener {
	struct socket socket;		/* first */
	struct tcp_pcb *pcb;		/* the stack's */
	uint32_t address;		/* of the only interface it hears; 0: all of them */
	struct tcp *first, *last;	/* accepted, not read; guarded */
};

struct visit {
	struct tcpip_api_call_data call;	/* first */
	struct listener *listener;
	uint16_t port;
	err_t err;
};

void xs_podlistener_destructor(void *data);

static const xsHostHooks hooks = { xs_podlistener_destructor, socketsMark, NULL };

/* ---- in the stack */

/* lwIP resets a connection for which this is no success. */
static err_t accepted(void *arg, struct tcp_pcb *pcb, err_t err)
{
	struct listener *listener = arg;
	struct tcp *tcp;
	SYS_ARCH_DECL_PROTECT(level);
	if (err != ERR_OK || !pcb)
		return ERR_VAL;
	if (listener->address && netif_ip4_addr(ip_current_input_netif())->addr != listener->address)
		return ERR_VAL;
	tcp = tcpAccepted(listener->socket.the, pcb);
	if (!tcp)
		return ERR_MEM;
	SYS_ARCH_PROTECT(level);
	if (listener->last)
		listener->last->pending = tcp;
	else
		listener->first = tcp;
	listener->last = tcp;
	SYS_ARCH_UNPROTECT(level);
	socketsTell(&listener->socket, READABLE);
	return ERR_OK;
}

static err_t listening(struct tcpip_api_call_data *call)
{
	struct visit *visit = (struct visit *)call;
	struct tcp_pcb *pcb = tcp_new_ip_type(IPADDR_TYPE_V4), *bound;
	ip_addr_t address = IPADDR4_INIT(visit->listener->address);
	if (!pcb) {
		visit->err = ERR_MEM;
		return ERR_OK;
	}
	ip_set_option(pcb, SOF_REUSEADDR);
	visit->err = tcp_bind(pcb, &address, visit->port);
	bound = visit->err == ERR_OK ? tcp_listen_with_backlog_and_err(pcb, TCP_DEFAULT_LISTEN_BACKLOG, &visit->err) : NULL;
	if (!bound) {
		tcp_abort(pcb);
		return ERR_OK;
	}
	visit->listener->pcb = bound;
	visit->port = bound->local_port;
	tcp_arg(bound, visit->listener);
	tcp_accept(bound, accepted);
	return ERR_OK;
}

static err_t closing(struct tcpip_api_call_data *call)
{
	struct visit *visit = (struct visit *)call;
	if (visit->listener->pcb)
		tcp_close(visit->listener->pcb);	/* can't fail for a listening one */
	visit->listener->pcb = NULL;
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
	struct visit visit = { .listener = listener };
	struct tcp *tcp;
	if (!listener)
		return;
	socketsVisit(closing, &visit.call);
	socketsForget(&listener->socket);
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

/* new Listener({port, address, onReadable, target}) */
void xs_podlistener(xsMachine *the)
{
	struct listener *listener;
	struct visit visit = { 0 };
	struct callbacks callbacks;
	uint32_t address;
	xsmcVars(1);
	socketsCheck(the);
	callbacks = socketsCallbacks(the);
	address = socketsAddress(the);
	visit.port = socketsPort(the);
	listener = visit.listener = c_calloc(1, sizeof(struct listener));
	if (!listener)
		xsUnknownError("no memory");
	listener->address = address;
	listener->socket.deliver = deliver;
	listener->socket.mute = true;
	listener->socket.the = the;
	socketsVisit(listening, &visit.call);
	if (visit.err != ERR_OK) {
		c_free(listener);
		xsUnknownError(visit.err == ERR_USE ? "port in use" : "no memory");
	}
	socketsOpen(the, &listener->socket, &hooks, callbacks);
	socketsUnmute(&listener->socket, READABLE);
}

void xs_podlistener_close(xsMachine *the)
{
	struct listener *listener = xsmcGetHostData(xsThis);
	if (!listener)
		return;
	listener = xsmcGetHostDataValidate(xsThis, (void *)&hooks);
	socketsClose(the, &xsThis, &listener->socket);
	xs_podlistener_destructor(listener);
}

/* Gives the connection that waits longest to its argument, a new TCP(). */
void xs_podlistener_read(xsMachine *the)
{
	struct listener *listener = xsmcGetHostDataValidate(xsThis, (void *)&hooks);
	struct tcp *tcp = take(listener);
	if (!tcp)
		xsUnknownError("nothing is pending");
	tcpGive(the, tcp, &xsArg(0));
	xsResult = xsArg(0);
}

void xs_podlistener_get_port(xsMachine *the)
{
	struct listener *listener = xsmcGetHostDataValidate(xsThis, (void *)&hooks);
	xsmcSetInteger(xsResult, listener->pcb->local_port);
}

/*
 * TCP of base/io.ts on lwIP's raw API; sockets.h says how its two tasks share it.
 *
 * Received pbufs are chained as they are: the stack appends, JavaScript's task takes the whole chain at once and copies from it into its own
 * buffers. Nothing is allocated per segment. The peer's window opens as JavaScript reads. Urgent data comes in its place: lwIP has no other way.
 *
 * Servers only: nothing in the firmware connects to anybody.
 */
#include "tcp.h"

#include <string.h>

enum {
	READABLE = 1,
	WRITABLE = 2,
	FLUSH = 4,	/* something was written or read outside of a callback */
	END = 8,
	SEGMENTS = 12,	/* that wait in all sockets together, however small: the radio has 24 buffers for them and for those that the stack keeps */
	LINGER = 60	/* half seconds in which a closed connection must have taken what was written to it */
};

void xs_podtcp_destructor(void *data);

static unsigned allSegments;	/* guarded */

static const xsHostHooks hooks = { xs_podtcp_destructor, socketsMark, NULL };

/* A visit to the stack. */
struct visit {
	struct tcpip_api_call_data call;	/* first */
	struct tcp *tcp;
	const void *bytes;
	size_t count;
	uint32_t room;
	err_t err;
};

/* ---- in the stack */

static void setRoom(struct tcp *tcp)
{
	SYS_ARCH_DECL_PROTECT(level);
	SYS_ARCH_PROTECT(level);
	tcp->room = tcp_sndbuf(tcp->pcb);
	SYS_ARCH_UNPROTECT(level);
}

static void finish(struct tcp *tcp)
{
	SYS_ARCH_DECL_PROTECT(level);
	SYS_ARCH_PROTECT(level);
	tcp->over = true;
	SYS_ARCH_UNPROTECT(level);
	socketsTell(&tcp->socket, END);
}

/* lwIP has freed the pcb: a reset, a time-out, or tcp_abort. */
static void failed(void *arg, err_t err)
{
	struct tcp *tcp = arg;
	(void)err;
	tcp->pcb = NULL;
	finish(tcp);
}

/* A socket that has none always gets one: who reads goes on, whatever those do that don't. What is refused lwIP keeps and offers again. */
static err_t received(void *arg, struct tcp_pcb *pcb, struct pbuf *first, err_t err)
{
	struct tcp *tcp = arg;
	struct pbuf *last = first;
	unsigned count = 1;
	bool full;
	SYS_ARCH_DECL_PROTECT(level);
	(void)pcb;
	(void)err;
	if (!first) {
		finish(tcp);
		return ERR_OK;
	}
	for (; last->next; last = last->next)
		count++;
	SYS_ARCH_PROTECT(level);
	full = tcp->segments && allSegments + count > SEGMENTS;
	if (!full) {
		if (tcp->incoming)
			tcp->newest->next = first;
		else
			tcp->incoming = first;
		tcp->newest = last;
		tcp->segments += count;
		allSegments += count;
	}
	SYS_ARCH_UNPROTECT(level);
	if (full)
		return ERR_MEM;
	socketsTell(&tcp->socket, READABLE);
	return ERR_OK;
}

static err_t sent(void *arg, struct tcp_pcb *pcb, u16_t count)
{
	struct tcp *tcp = arg;
	(void)pcb;
	(void)count;
	setRoom(tcp);
	socketsTell(&tcp->socket, WRITABLE);
	return ERR_OK;
}

/*
 * The connection belongs to the interface its last handshake segment came in on, whatever address was dialled: lwIP takes packets for any of
 * its addresses on any interface, and a camera must not get into the lab's side by dialling the pod's address there. Bound to the
 * interface, segments that come in by another one no longer reach it.
 */
static void bindToInterface(struct tcp *tcp)
{
	struct netif *netif = ip_current_input_netif();
	tcp->localAddress = netif_ip4_addr(netif)->addr;
	tcp_bind_netif(tcp->pcb, netif);
}

struct tcp *tcpAccepted(xsMachine *the, struct tcp_pcb *pcb)
{
	struct tcp *tcp = c_calloc(1, sizeof(struct tcp));
	if (!tcp)
		return NULL;
	tcp->socket.the = the;
	tcp->socket.mute = true;
	tcp->pcb = pcb;
	tcp->room = tcp_sndbuf(pcb);
	tcp->remoteAddress = ip_2_ip4(&pcb->remote_ip)->addr;
	tcp->remotePort = pcb->remote_port;
	bindToInterface(tcp);
	tcp_arg(pcb, tcp);
	tcp_err(pcb, failed);
	tcp_recv(pcb, received);
	tcp_sent(pcb, sent);
	return tcp;
}

/* A closed connection that doesn't take the rest: reset, its pcb is needed. */
static err_t giveUp(void *arg, struct tcp_pcb *pcb)
{
	(void)arg;
	tcp_abort(pcb);
	return ERR_ABRT;
}

static void letGo(struct tcp_pcb *pcb)
{
	tcp_arg(pcb, NULL);
	tcp_err(pcb, NULL);
	tcp_recv(pcb, NULL);
	tcp_sent(pcb, NULL);
}

static void recved(struct tcp *tcp, size_t count)
{
	while (count) {
		u16_t part = count > 0xffff ? 0xffff : (u16_t)count;
		tcp_recved(tcp->pcb, part);
		count -= part;
	}
}

static err_t closing(struct tcpip_api_call_data *call)
{
	struct visit *visit = (struct visit *)call;
	struct tcp *tcp = visit->tcp;
	struct tcp_pcb *pcb = tcp->pcb;
	if (!pcb)
		return ERR_OK;
	recved(tcp, visit->count);	/* what is still unread makes lwIP reset the connection, as it should */
	tcp->pcb = NULL;
	letGo(pcb);
	tcp_poll(pcb, giveUp, LINGER);
	tcp_setprio(pcb, TCP_PRIO_MIN);	/* when pcbs run out, it goes before those in use */
	if (tcp_close(pcb) != ERR_OK)
		tcp_abort(pcb);
	return ERR_OK;
}

static err_t flushing(struct tcpip_api_call_data *call)
{
	struct visit *visit = (struct visit *)call;
	struct tcp *tcp = visit->tcp;
	if (!tcp->pcb)
		return ERR_OK;
	recved(tcp, visit->count);
	tcp_output(tcp->pcb);	/* what it can't send now the timers will */
	return ERR_OK;
}

/* Bytes that lwIP has no memory for are lost, so the connection ends with a reset: its peer must not take what came before for all of it. */
static err_t writing(struct tcpip_api_call_data *call)
{
	struct visit *visit = (struct visit *)call;
	struct tcp *tcp = visit->tcp;
	if (!tcp->pcb)
		visit->err = ERR_CONN;
	else if (visit->count > tcp_sndbuf(tcp->pcb))
		visit->err = ERR_WOULDBLOCK;
	else
		visit->err = visit->count ? tcp_write(tcp->pcb, visit->bytes, (u16_t)visit->count, TCP_WRITE_FLAG_COPY) : ERR_OK;
	if (visit->err == ERR_OK) {
		visit->room = tcp_sndbuf(tcp->pcb);
		setRoom(tcp);
	}
	else if (visit->err != ERR_WOULDBLOCK && tcp->pcb)
		tcp_abort(tcp->pcb);
	return ERR_OK;
}

static err_t nagle(struct tcpip_api_call_data *call)
{
	struct visit *visit = (struct visit *)call;
	if (!visit->tcp->pcb)
		return ERR_OK;
	if (visit->count)
		tcp_nagle_disable(visit->tcp->pcb);
	else
		tcp_nagle_enable(visit->tcp->pcb);
	return ERR_OK;
}

/* ---- in JavaScript's task */

static void flush(struct tcp *tcp)
{
	struct visit visit = { .tcp = tcp, .count = tcp->consumed };
	if (!tcp->written && !tcp->consumed)
		return;
	tcp->written = false;
	tcp->consumed = 0;
	socketsVisit(flushing, &visit.call);
}

/* `count` segments of the connection are gone. */
static void release(struct tcp *tcp, unsigned count)
{
	SYS_ARCH_DECL_PROTECT(level);
	SYS_ARCH_PROTECT(level);
	tcp->segments -= count;
	allSegments -= count;
	SYS_ARCH_UNPROTECT(level);
}

static void freeChain(struct pbuf *pbuf)
{
	if (pbuf)
		pbuf_free(pbuf);
}

void tcpDiscard(struct tcp *tcp)
{
	struct visit visit = { .tcp = tcp, .count = tcp->consumed };
	socketsVisit(closing, &visit.call);
	socketsForget(&tcp->socket);
	freeChain(tcp->incoming);
	freeChain(tcp->reading);
	release(tcp, tcp->segments);
	c_free(tcp);
}

void xs_podtcp_destructor(void *data)
{
	if (data)
		tcpDiscard(data);
}

/* Takes what came since; returns whether anything did. */
static bool takeIncoming(struct tcp *tcp)
{
	struct pbuf *incoming, **end;
	SYS_ARCH_DECL_PROTECT(level);
	SYS_ARCH_PROTECT(level);
	incoming = tcp->incoming;
	tcp->incoming = tcp->newest = NULL;
	SYS_ARCH_UNPROTECT(level);
	for (end = &tcp->reading; *end; end = &(*end)->next)
		;
	*end = incoming;
	for (struct pbuf *pbuf = incoming; pbuf; pbuf = pbuf->next)
		tcp->available += pbuf->len;
	return incoming != NULL;
}

static bool isOver(struct tcp *tcp, uint32_t *room)
{
	bool over;
	SYS_ARCH_DECL_PROTECT(level);
	SYS_ARCH_PROTECT(level);
	over = tcp->over;
	*room = tcp->room;
	SYS_ARCH_UNPROTECT(level);
	return over;
}

static void deliver(struct socket *socket, unsigned news)
{
	struct tcp *tcp = (struct tcp *)socket;
	uint32_t room;
	if (takeIncoming(tcp) && !socketsCall(socket, socket->callbacks.onReadable, (int)tcp->available))
		return;
	if ((news & WRITABLE) && !isOver(tcp, &room) && !socketsCall(socket, socket->callbacks.onWritable, (int)room))
		return;
	flush(tcp);
	if (!isOver(tcp, &room) || tcp->available || tcp->ended)
		return;
	/* what came between is announced first */
	SYS_ARCH_DECL_PROTECT(level);
	SYS_ARCH_PROTECT(level);
	tcp->ended = !tcp->incoming;
	SYS_ARCH_UNPROTECT(level);
	if (tcp->ended)
		socketsCall(socket, socket->callbacks.onError, -1);
}

/* The connection out of another instance. */
static struct tcp *takeOver(xsMachine *the)
{
	struct tcp *tcp;
	xsmcGet(xsVar(0), xsArg(0), xsID_from);
	tcp = xsmcGetHostDataValidate(xsVar(0), (void *)&hooks);
	socketsClose(the, &xsVar(0), &tcp->socket);
	return tcp;
}

/* new TCP({from, nodelay, onReadable, onWritable, onError, target}), or new TCP() for Listener.read to fill */
void xs_podtcp(xsMachine *the)
{
	struct visit visit = { 0 };
	struct callbacks callbacks;
	if (!xsmcArgc || xsmcTypeOf(xsArg(0)) != xsReferenceType)
		return;
	xsmcVars(1);
	if (!xsmcHas(xsArg(0), xsID_from))
		xsUnknownError("from is missing: nothing here connects");
	if (xsmcHas(xsArg(0), xsID_nodelay)) {
		xsmcGet(xsVar(0), xsArg(0), xsID_nodelay);
		visit.count = xsmcTest(xsVar(0)) ? 1 : 0;
	}
	callbacks = socketsCallbacks(the);
	visit.tcp = takeOver(the);
	visit.tcp->socket.deliver = deliver;
	visit.tcp->ended = false;
	socketsOpen(the, &visit.tcp->socket, &hooks, callbacks);
	socketsVisit(nagle, &visit.call);
	socketsUnmute(&visit.tcp->socket, READABLE | WRITABLE);
}

void tcpGive(xsMachine *the, struct tcp *tcp, xsSlot *object)
{
	xsmcSetHostData(*object, tcp);
	xsSetHostHooks(*object, (xsHostHooks *)&hooks);
	tcp->socket.object = *object;
}

void xs_podtcp_close(xsMachine *the)
{
	struct tcp *tcp = xsmcGetHostData(xsThis);
	if (!tcp)
		return;
	tcp = xsmcGetHostDataValidate(xsThis, (void *)&hooks);
	socketsClose(the, &xsThis, &tcp->socket);
	tcpDiscard(tcp);
}

static struct tcp *opened(xsMachine *the)
{
	return xsmcGetHostDataValidate(xsThis, (void *)&hooks);
}

/* Copies `count` bytes, of which it is known that they are there, and frees the pbufs that are used up. */
static void copyOut(struct tcp *tcp, uint8_t *to, size_t count)
{
	unsigned used = 0;
	tcp->available -= count;
	tcp->consumed += count;
	while (count) {
		struct pbuf *pbuf = tcp->reading;
		size_t part = pbuf->len - tcp->offset;
		if (part > count)
			part = count;
		memcpy(to, (uint8_t *)pbuf->payload + tcp->offset, part);
		to += part;
		count -= part;
		tcp->offset += part;
		if (tcp->offset < pbuf->len)
			break;
		tcp->reading = pbuf->next;
		tcp->offset = 0;
		pbuf->next = NULL;
		pbuf_free(pbuf);
		used++;
	}
	release(tcp, used);
}

/* read(): everything, undefined when there is nothing; read(count): an ArrayBuffer; read(view): fills it. More than was announced throws. */
void xs_podtcp_read(xsMachine *the)
{
	struct tcp *tcp = opened(the);
	bool view = xsmcArgc && xsmcTypeOf(xsArg(0)) == xsReferenceType;
	xsUnsignedValue count = (xsUnsignedValue)tcp->available;
	void *to;
	if (view)
		xsmcGetBufferWritable(xsArg(0), &to, &count);
	else if (xsmcArgc && xsmcTypeOf(xsArg(0)) != xsUndefinedType) {
		int wanted = xsmcToInteger(xsArg(0));
		if (wanted < 0)
			xsRangeError("invalid");
		count = (xsUnsignedValue)wanted;
	}
	else if (!count)
		return;
	if (count > tcp->available)
		xsRangeError("invalid");
	if (!view)
		to = xsmcSetArrayBuffer(xsResult, NULL, (xsIntegerValue)count);
	copyOut(tcp, to, count);
	if (count)
		socketsSoon(&tcp->socket, FLUSH);
	if (view)
		xsmcSetInteger(xsResult, (xsIntegerValue)count);
}

/* write(bytes): all or nothing; returns the room that is left */
void xs_podtcp_write(xsMachine *the)
{
	struct visit visit = { .tcp = opened(the) };
	void *bytes;
	xsUnsignedValue count;
	uint32_t room;
	if (isOver(visit.tcp, &room))
		xsUnknownError("not ready");
	xsmcGetBufferReadable(xsArg(0), &bytes, &count);
	visit.bytes = bytes;
	visit.count = count;
	socketsVisit(writing, &visit.call);
	if (visit.err == ERR_WOULDBLOCK)
		xsUnknownError("would block");
	if (visit.err != ERR_OK)
		return;
	visit.tcp->written = true;
	socketsSoon(&visit.tcp->socket, FLUSH);
	xsmcSetInteger(xsResult, (xsIntegerValue)visit.room);
}

void xs_podtcp_get_localAddress(xsMachine *the)
{
	socketsSetAddress(the, &xsResult, opened(the)->localAddress);
}

void xs_podtcp_get_remoteAddress(xsMachine *the)
{
	socketsSetAddress(the, &xsResult, opened(the)->remoteAddress);
}

void xs_podtcp_get_remotePort(xsMachine *the)
{
	xsmcSetInteger(xsResult, opened(the)->remotePort);
}

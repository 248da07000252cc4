/*
 * TCP of base/io.ts on lwIP's raw API; sockets.h says how its two tasks share it, segments.h how received bytes get from one to the other.
 * The peer's window opens as JavaScript reads. Urgent data comes in its place: lwIP has no other way.
 *
 * Servers only: nothing in the firmware connects to anybody.
 */
#include "tcp.h"

enum {
	READABLE = 1,
	WRITABLE = 2,
	FLUSH = 4,	/* something was written or read outside of a callback */
	END = 8,
	LINGER = 60	/* half seconds in which a closed connection must have taken what was written to it */
};

void xs_podtcp_destructor(void *data);

static const xsHostHooks hooks = { xs_podtcp_destructor, socketsMark, NULL };

/* What a visit to the stack writes. */
struct writing {
	struct tcp *tcp;
	const void *bytes;
	size_t count;
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

/* What is refused lwIP keeps and offers again. */
static err_t received(void *arg, struct tcp_pcb *pcb, struct pbuf *pbuf, err_t err)
{
	struct tcp *tcp = arg;
	(void)pcb;
	(void)err;
	if (!pbuf)
		finish(tcp);
	else if (segmentsAppend(&tcp->received, pbuf))
		socketsTell(&tcp->socket, READABLE);
	else
		return ERR_MEM;
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
 * The connection belongs to the interface its last handshake segment came in on, whatever address was dialled: lwIP takes packets for
 * any of its addresses on any interface, and a camera must not get into the lab's side by dialling the pod's address there. Bound to the
 * interface, segments that come in by another one no longer reach it.
 */
static void bindToInterface(struct tcp *tcp)
{
	struct netif *netif = ip_current_input_netif();
	tcp->localAddress = netif_ip4_addr(netif)->addr;
	tcp_bind_netif(tcp->pcb, netif);
}

/*
 * A peer that has lost its power or its network says nothing, and neither does a camera that is off: so it is asked now and then whether it
 * is there (RFC 9293 section 3.8.4). Who answers stays, however long it is silent; otherwise the connection fails after 35 s, and its place
 * is free. Milliseconds. ESP-IDF's lwipopts.h has LWIP_TCP_KEEPALIVE, without which the last two would not be there.
 */
static void keepAlive(struct tcp_pcb *pcb)
{
	ip_set_option(pcb, SOF_KEEPALIVE);
	pcb->keep_idle = 20000;
	pcb->keep_intvl = 5000;
	pcb->keep_cnt = 3;
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
	keepAlive(pcb);
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

/* The stack learns of what was read since it last did. */
static void recved(struct tcp *tcp)
{
	while (tcp->consumed) {
		u16_t part = tcp->consumed > 0xffff ? 0xffff : (u16_t)tcp->consumed;
		tcp_recved(tcp->pcb, part);
		tcp->consumed -= part;
	}
}

static err_t closing(void *what)
{
	struct tcp *tcp = what;
	struct tcp_pcb *pcb = tcp->pcb;
	if (!pcb)
		return ERR_OK;
	recved(tcp);	/* what is still unread makes lwIP reset the connection, as it should */
	tcp->pcb = NULL;
	letGo(pcb);
	tcp_poll(pcb, giveUp, LINGER);
	tcp_setprio(pcb, TCP_PRIO_MIN);	/* when pcbs run out, it goes before those in use */
	if (tcp_close(pcb) != ERR_OK)
		tcp_abort(pcb);
	return ERR_OK;
}

static err_t flushing(void *what)
{
	struct tcp *tcp = what;
	if (!tcp->pcb)
		return ERR_OK;
	recved(tcp);
	tcp_output(tcp->pcb);	/* what it can't send now the timers will */
	return ERR_OK;
}

/*
 * Bytes that lwIP has no memory for are lost, so the connection ends with a reset: its peer must not take what came before for all of
 * it.
 */
static err_t writing(void *what)
{
	struct writing *writing = what;
	struct tcp *tcp = writing->tcp;
	err_t err;
	if (!tcp->pcb)
		return ERR_CONN;
	if (writing->count > tcp_sndbuf(tcp->pcb))
		return ERR_WOULDBLOCK;
	err = writing->count ? tcp_write(tcp->pcb, writing->bytes, (u16_t)writing->count, TCP_WRITE_FLAG_COPY) : ERR_OK;
	if (err == ERR_OK)
		setRoom(tcp);
	else
		tcp_abort(tcp->pcb);
	return err;
}

static err_t nagle(void *what)
{
	struct tcp *tcp = what;
	if (!tcp->pcb)
		return ERR_OK;
	if (tcp->nodelay)
		tcp_nagle_disable(tcp->pcb);
	else
		tcp_nagle_enable(tcp->pcb);
	return ERR_OK;
}

/* ---- in JavaScript's task */

static void flush(struct tcp *tcp)
{
	if (!tcp->written && !tcp->consumed)
		return;
	tcp->written = false;
	socketsVisit(flushing, tcp);
	tcp->consumed = 0;	/* also when there is no connection any more */
}

void tcpDiscard(struct tcp *tcp)
{
	socketsVisit(closing, tcp);
	socketsForget(&tcp->socket);
	segmentsFree(&tcp->received);
	c_free(tcp);
}

void xs_podtcp_destructor(void *data)
{
	if (data)
		tcpDiscard(data);
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
	if (segmentsTake(&tcp->received) && !socketsCall(socket, socket->callbacks.onReadable, (int)tcp->received.available))
		return;
	if ((news & WRITABLE) && !isOver(tcp, &room) && !socketsCall(socket, socket->callbacks.onWritable, (int)room))
		return;
	flush(tcp);
	if (!isOver(tcp, &room) || tcp->received.available || tcp->ended)
		return;
	/* what came between is announced first */
	tcp->ended = segmentsTaken(&tcp->received);
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
	struct tcp *tcp;
	struct callbacks callbacks;
	bool nodelay;
	if (!xsmcArgc || xsmcTypeOf(xsArg(0)) != xsReferenceType)
		return;
	xsmcVars(1);
	if (!xsmcHas(xsArg(0), xsID_from))
		xsUnknownError("from is missing: nothing here connects");
	nodelay = socketsFlag(the, xsID_nodelay);
	callbacks = socketsCallbacks(the);
	tcp = takeOver(the);
	tcp->socket.deliver = deliver;
	tcp->ended = false;
	tcp->nodelay = nodelay;
	socketsOpen(the, &tcp->socket, &hooks, callbacks);
	socketsVisit(nagle, tcp);
	socketsUnmute(&tcp->socket, READABLE | WRITABLE);
}

void tcpGive(xsMachine *the, struct tcp *tcp, xsSlot *object)
{
	xsmcSetHostData(*object, tcp);
	xsSetHostHooks(*object, (xsHostHooks *)&hooks);
	tcp->socket.object = *object;
}

void xs_podtcp_close(xsMachine *the)
{
	socketsEnd(the, &hooks);
}

static struct tcp *opened(xsMachine *the)
{
	return xsmcGetHostDataValidate(xsThis, (void *)&hooks);
}

/*
 * read(): everything, undefined when there is nothing; read(count): an ArrayBuffer; read(view): fills it. More than was announced
 * throws.
 */
void xs_podtcp_read(xsMachine *the)
{
	struct tcp *tcp = opened(the);
	bool view = xsmcArgc && xsmcTypeOf(xsArg(0)) == xsReferenceType;
	xsUnsignedValue count = (xsUnsignedValue)tcp->received.available;
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
	if (count > tcp->received.available)
		xsRangeError("invalid");
	if (!view)
		to = xsmcSetArrayBuffer(xsResult, NULL, (xsIntegerValue)count);
	segmentsRead(&tcp->received, to, count);
	tcp->consumed += count;
	if (count)
		socketsSoon(&tcp->socket, FLUSH);
	if (view)
		xsmcSetInteger(xsResult, (xsIntegerValue)count);
}

/* write(bytes): all or nothing; returns the room that is left */
void xs_podtcp_write(xsMachine *the)
{
	struct writing what = { .tcp = opened(the) };
	void *bytes;
	xsUnsignedValue count;
	uint32_t room;
	err_t err;
	if (isOver(what.tcp, &room))
		xsUnknownError("not ready");
	xsmcGetBufferReadable(xsArg(0), &bytes, &count);
	what.bytes = bytes;
	what.count = count;
	err = socketsVisit(writing, &what);
	if (err == ERR_WOULDBLOCK)
		xsUnknownError("would block");
	if (err != ERR_OK)
		return;
	what.tcp->written = true;
	socketsSoon(&what.tcp->socket, FLUSH);
	isOver(what.tcp, &room);
	xsmcSetInteger(xsResult, (xsIntegerValue)room);
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

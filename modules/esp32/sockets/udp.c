/*
 * UDP of base/io.ts on lwIP's raw API; sockets.h says how its two tasks share it.
 *
 * Received datagrams wait as lwIP's pbufs in a ring in the record: nothing is allocated for them, and a flood costs the sender its datagrams
 * and nobody any memory.
 */
#include "sockets.h"

#include <string.h>
#include "lwip/igmp.h"
#include "lwip/udp.h"

enum {
	READABLE = 1,
	WAITING = 8,	/* datagrams that can wait in a socket: a flood at one port leaves the others room. TFTP's windows of uploads are as long */
	ALL = 16	/* and in all of them together: frames of the camera's wire are in internal memory */
};

struct datagram {
	struct pbuf *pbuf;
	uint32_t address;
	uint16_t port;
};

struct udp {
	struct socket socket;		/* first */
	struct udp_pcb *pcb;		/* the stack's */
	uint32_t address;		/* of the only interface it hears and speaks by; 0: all of them */
	uint32_t group;			/* multicast that was joined; the stack's */
	struct datagram waiting[WAITING];	/* guarded, as are the next two */
	unsigned first, count;
};

static unsigned allWaiting;	/* guarded */

struct visit {
	struct tcpip_api_call_data call;	/* first */
	struct udp *udp;
	const void *bytes;
	size_t count;
	uint32_t address;
	uint16_t port;
	err_t err;
};

void xs_podudp_destructor(void *data);

static const xsHostHooks hooks = { xs_podudp_destructor, socketsMark, NULL };

/* ---- in the stack */

static void received(void *arg, struct udp_pcb *pcb, struct pbuf *pbuf, const ip_addr_t *address, u16_t port)
{
	struct udp *udp = arg;
	bool full;
	SYS_ARCH_DECL_PROTECT(level);
	(void)pcb;
	/* lwIP takes packets for any of its addresses on any interface */
	if (udp->address && netif_ip4_addr(ip_current_input_netif())->addr != udp->address) {
		pbuf_free(pbuf);
		return;
	}
	SYS_ARCH_PROTECT(level);
	full = udp->count == WAITING || allWaiting == ALL;
	if (!full) {
		allWaiting++;
		udp->waiting[(udp->first + udp->count++) % WAITING] = (struct datagram){ pbuf, ip_2_ip4(address)->addr, port };
	}
	SYS_ARCH_UNPROTECT(level);
	if (full)
		pbuf_free(pbuf);
	else
		socketsTell(&udp->socket, READABLE);
}

static err_t opening(struct tcpip_api_call_data *call)
{
	struct visit *visit = (struct visit *)call;
	struct udp_pcb *pcb = udp_new_ip_type(IPADDR_TYPE_V4);
	ip_addr_t address = IPADDR4_INIT(visit->udp->address);
	if (!pcb) {
		visit->err = ERR_MEM;
		return ERR_OK;
	}
	visit->err = udp_bind(pcb, &address, visit->port);
	if (visit->err != ERR_OK) {
		udp_remove(pcb);
		return ERR_OK;
	}
	visit->udp->pcb = pcb;
	udp_recv(pcb, received, visit->udp);
	return ERR_OK;
}

static struct netif *interfaceOf(uint32_t address)
{
	struct netif *netif;
	NETIF_FOREACH(netif) {
		if (netif_ip4_addr(netif)->addr == address)
			return netif;
	}
	return NULL;
}

static err_t sending(struct tcpip_api_call_data *call)
{
	struct visit *visit = (struct visit *)call;
	struct udp *udp = visit->udp;
	ip_addr_t address = IPADDR4_INIT(visit->address);
	struct netif *netif = udp->address ? interfaceOf(udp->address) : NULL;
	struct pbuf *pbuf;
	if (udp->address && !netif) {
		visit->err = ERR_RTE;
		return ERR_OK;
	}
	pbuf = pbuf_alloc(PBUF_TRANSPORT, (u16_t)visit->count, PBUF_RAM);
	if (!pbuf) {
		visit->err = ERR_MEM;
		return ERR_OK;
	}
	pbuf_take(pbuf, visit->bytes, (u16_t)visit->count);
	visit->err = netif ? udp_sendto_if(udp->pcb, pbuf, &address, visit->port, netif) : udp_sendto(udp->pcb, pbuf, &address, visit->port);
	pbuf_free(pbuf);
	return ERR_OK;
}

static void leave(struct udp *udp)
{
	struct netif *netif;
	ip4_addr_t group = { udp->group };
	if (!udp->group)
		return;
	NETIF_FOREACH(netif) {
		if (netif->flags & NETIF_FLAG_IGMP)
			igmp_leavegroup_netif(netif, &group);
	}
	udp->group = 0;
}

static err_t leaving(struct tcpip_api_call_data *call)
{
	leave(((struct visit *)call)->udp);
	return ERR_OK;
}

/* On every interface that has an address now. */
static err_t joining(struct tcpip_api_call_data *call)
{
	struct visit *visit = (struct visit *)call;
	struct netif *netif;
	ip4_addr_t group = { visit->address };
	visit->err = ERR_RTE;
	visit->udp->group = visit->address;
	NETIF_FOREACH(netif) {
		if ((netif->flags & NETIF_FLAG_IGMP) && netif_ip4_addr(netif)->addr && igmp_joingroup_netif(netif, &group) == ERR_OK)
			visit->err = ERR_OK;
	}
	return ERR_OK;
}

static err_t closing(struct tcpip_api_call_data *call)
{
	struct visit *visit = (struct visit *)call;
	leave(visit->udp);
	udp_remove(visit->udp->pcb);
	return ERR_OK;
}

/* ---- in JavaScript's task */

static bool next(struct udp *udp, struct datagram *datagram)
{
	bool any;
	SYS_ARCH_DECL_PROTECT(level);
	SYS_ARCH_PROTECT(level);
	any = udp->count > 0;
	if (any) {
		*datagram = udp->waiting[udp->first++ % WAITING];
		udp->count--;
		allWaiting--;
	}
	SYS_ARCH_UNPROTECT(level);
	return any;
}

void xs_podudp_destructor(void *data)
{
	struct udp *udp = data;
	struct datagram datagram;
	struct visit visit = { .udp = udp };
	if (!udp)
		return;
	socketsVisit(closing, &visit.call);
	socketsForget(&udp->socket);
	while (next(udp, &datagram))
		pbuf_free(datagram.pbuf);
	c_free(udp);
}

static void deliver(struct socket *socket, unsigned news)
{
	struct udp *udp = (struct udp *)socket;
	int count;
	SYS_ARCH_DECL_PROTECT(level);
	(void)news;
	SYS_ARCH_PROTECT(level);
	count = (int)udp->count;
	SYS_ARCH_UNPROTECT(level);
	if (count)
		socketsCall(socket, socket->callbacks.onReadable, count);
}

/* new UDP({port, address, onReadable, target}) */
void xs_podudp(xsMachine *the)
{
	struct udp *udp;
	struct visit visit = { 0 };
	struct callbacks callbacks;
	uint32_t address;
	xsmcVars(1);
	socketsCheck(the);
	callbacks = socketsCallbacks(the);
	address = socketsAddress(the);
	visit.port = socketsPort(the);
	udp = visit.udp = c_calloc(1, sizeof(struct udp));
	if (!udp)
		xsUnknownError("no memory");
	udp->address = address;
	udp->socket.deliver = deliver;
	udp->socket.mute = true;
	udp->socket.the = the;
	socketsVisit(opening, &visit.call);
	if (visit.err != ERR_OK) {
		c_free(udp);
		xsUnknownError(visit.err == ERR_USE ? "port in use" : "no memory");
	}
	socketsOpen(the, &udp->socket, &hooks, callbacks);
	socketsUnmute(&udp->socket, READABLE);
}

void xs_podudp_close(xsMachine *the)
{
	struct udp *udp = xsmcGetHostData(xsThis);
	if (!udp)
		return;
	udp = xsmcGetHostDataValidate(xsThis, (void *)&hooks);
	socketsClose(the, &xsThis, &udp->socket);
	xs_podudp_destructor(udp);
}

static struct udp *opened(xsMachine *the)
{
	return xsmcGetHostDataValidate(xsThis, (void *)&hooks);
}

void xs_podudp_get_port(xsMachine *the)
{
	xsmcSetInteger(xsResult, opened(the)->pcb->local_port);
}

/* read(): the next datagram as an ArrayBuffer with `address` and `port`; undefined when there is none */
void xs_podudp_read(xsMachine *the)
{
	struct udp *udp = opened(the);
	struct datagram datagram;
	xsmcVars(1);
	if (!next(udp, &datagram))
		return;
	pbuf_copy_partial(datagram.pbuf, xsmcSetArrayBuffer(xsResult, NULL, datagram.pbuf->tot_len), datagram.pbuf->tot_len, 0);
	pbuf_free(datagram.pbuf);
	xsmcSetInteger(xsVar(0), datagram.port);
	xsmcSet(xsResult, xsID_port, xsVar(0));
	socketsSetAddress(the, &xsVar(0), datagram.address);
	xsmcSet(xsResult, xsID_address, xsVar(0));
}

/* write(bytes, address, port) */
void xs_podudp_write(xsMachine *the)
{
	struct visit visit = { .udp = opened(the) };
	void *bytes;
	xsUnsignedValue count;
	int port = xsmcToInteger(xsArg(2));
	visit.address = socketsParse(the, &xsArg(1));
	if (port < 1 || port > 65535)
		xsRangeError("invalid port");
	visit.port = (uint16_t)port;
	xsmcGetBufferReadable(xsArg(0), &bytes, &count);
	if (count > 0xffff)
		xsRangeError("too long");
	visit.bytes = bytes;
	visit.count = count;
	socketsVisit(sending, &visit.call);
	if (visit.err != ERR_OK)
		xsUnknownError("can't send");
}

/* add(address): joins a multicast group, and leaves the one before. For the SDK's DNSSD. */
void xs_podudp_add(xsMachine *the)
{
	struct visit visit = { .udp = opened(the) };
	ip4_addr_t group = { socketsParse(the, &xsArg(0)) };
	if (!ip4_addr_ismulticast(&group))
		xsRangeError("no multicast address");
	visit.address = group.addr;
	socketsVisit(leaving, &visit.call);
	socketsVisit(joining, &visit.call);
	if (visit.err != ERR_OK)
		xsUnknownError("can't join");
}

void xs_podudp_remove(xsMachine *the)
{
	struct visit visit = { .udp = opened(the) };
	socketsVisit(leaving, &visit.call);
}

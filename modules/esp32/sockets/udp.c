/*
 * UDP of base/io.ts on lwIP's raw API; sockets.h says how its two tasks share it.
 *
 * Received datagrams wait as lwIP's pbufs in a ring in the record: nothing is allocated for them, and a flood costs the sender its
 * datagrams and nobody any memory.
 *
 * A socket belongs to an interface by that one's address. lwIP could bind it to the interface's index (udp_bind_netif), but ESP-IDF takes
 * interfaces away and adds them again, and then they have another one. What comes from 0.0.0.0 lwIP drops unless its DHCP client is
 * compiled in (ip4_input: IP_ACCEPT_LINK_LAYER_ADDRESSING), which it always is in ESP-IDF's.
 */
#include "sockets.h"

#include <string.h>
#include "lwip/igmp.h"
#include "lwip/udp.h"

enum {
	READABLE = 1,
	/* datagrams that can wait in a socket: a flood at one port leaves the others room. TFTP's windows of uploads are as long */
	WAITING = 8,
	/* and in all of them together: frames of the camera's wire are in internal memory */
	ALL = 16
};

struct datagram {
	struct pbuf *pbuf;
	uint32_t address;
	uint32_t localAddress;		/* of the interface it came by */
	uint16_t port;
};

struct udp {
	struct bound bound;		/* first */
	struct udp_pcb *pcb;		/* the stack's */
	bool broadcast;			/* may be sent; the stack reads it in a visit */
	uint32_t group;			/* multicast that was joined; the stack's */
	struct datagram waiting[WAITING];	/* guarded, as are the next two */
	unsigned first, count;
	/* of the datagram that was read last; JavaScript's task only */
	xsSlot peer;			/* the string of `peerAddress`, remembered while there is one */
	uint32_t peerAddress, localAddress;
	bool hasPeer;
};

static unsigned allWaiting;	/* guarded */

/* What a visit to the stack is about. */
struct sending {
	struct udp *udp;
	const void *bytes;
	size_t count;
	uint32_t address;
	uint16_t port;
};

struct joining {
	struct udp *udp;
	ip4_addr_t group;
};

/* ---- in the stack */

static void received(void *arg, struct udp_pcb *pcb, struct pbuf *pbuf, const ip_addr_t *address, u16_t port)
{
	struct udp *udp = arg;
	/* whatever address it was sent to: lwIP takes packets for any of its addresses on any interface */
	uint32_t local = netif_ip4_addr(ip_current_input_netif())->addr;
	bool taken;
	SYS_ARCH_DECL_PROTECT(level);
	(void)pcb;
	SYS_ARCH_PROTECT(level);
	taken = (!udp->bound.address || udp->bound.address == local) && udp->count < WAITING && allWaiting < ALL;
	if (taken) {
		allWaiting++;
		udp->waiting[(udp->first + udp->count++) % WAITING] = (struct datagram){ pbuf, ip_2_ip4(address)->addr, local, port };
	}
	SYS_ARCH_UNPROTECT(level);
	if (taken)
		socketsTell(&udp->bound.socket, READABLE);
	else
		pbuf_free(pbuf);
}

static err_t opening(void *bound)
{
	struct udp *udp = bound;
	struct udp_pcb *pcb = udp_new_ip_type(IPADDR_TYPE_V4);
	ip_addr_t address = IPADDR4_INIT(udp->bound.address);
	err_t err;
	if (!pcb)
		return ERR_MEM;
	err = udp_bind(pcb, &address, udp->bound.port);
	if (err != ERR_OK) {
		udp_remove(pcb);
		return err;
	}
	udp->pcb = pcb;
	udp->bound.port = pcb->local_port;
	udp_recv(pcb, received, udp);
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

static err_t sending(void *what)
{
	struct sending *sending = what;
	struct udp *udp = sending->udp;
	ip_addr_t to = IPADDR4_INIT(sending->address);
	struct netif *netif = udp->bound.address ? interfaceOf(udp->bound.address) : NULL;
	struct pbuf *pbuf;
	err_t err;
	if (udp->bound.address && !netif)
		return ERR_RTE;
	if (!udp->broadcast && (netif ? ip4_addr_isbroadcast(ip_2_ip4(&to), netif) : sending->address == IPADDR_BROADCAST))
		return ERR_VAL;
	pbuf = pbuf_alloc(PBUF_TRANSPORT, (u16_t)sending->count, PBUF_RAM);
	if (!pbuf)
		return ERR_MEM;
	pbuf_take(pbuf, sending->bytes, (u16_t)sending->count);
	err = netif ? udp_sendto_if(udp->pcb, pbuf, &to, sending->port, netif) : udp_sendto(udp->pcb, pbuf, &to, sending->port);
	pbuf_free(pbuf);
	return err;
}

static err_t leaving(void *what)
{
	struct udp *udp = what;
	struct netif *netif;
	ip4_addr_t group = { udp->group };
	if (!udp->group)
		return ERR_OK;
	NETIF_FOREACH(netif) {
		if (netif->flags & NETIF_FLAG_IGMP)
			igmp_leavegroup_netif(netif, &group);
	}
	udp->group = 0;
	return ERR_OK;
}

/* On every interface that has an address now. */
static err_t joining(void *what)
{
	struct joining *joining = what;
	struct netif *netif;
	err_t err = ERR_RTE;
	leaving(joining->udp);
	joining->udp->group = joining->group.addr;
	NETIF_FOREACH(netif) {
		if ((netif->flags & NETIF_FLAG_IGMP) && netif_ip4_addr(netif)->addr && igmp_joingroup_netif(netif, &joining->group) == ERR_OK)
			err = ERR_OK;
	}
	return err;
}

static err_t closing(void *what)
{
	struct udp *udp = what;
	leaving(udp);
	udp_remove(udp->pcb);
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

/* Never in a collection of garbage, where xsForget does nothing: a socket is remembered while it is open. */
static void forgetPeer(xsMachine *the, struct udp *udp)
{
	if (udp->hasPeer)
		xsForget(udp->peer);
	udp->hasPeer = false;
}

void xs_podudp_destructor(void *data)
{
	struct udp *udp = data;
	struct datagram datagram;
	if (!udp)
		return;
	socketsVisit(closing, udp);
	socketsForget(&udp->bound.socket);
	while (next(udp, &datagram))
		pbuf_free(datagram.pbuf);
	forgetPeer(udp->bound.socket.the, udp);
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

static const struct boundClass class = {
	.hooks = { xs_podudp_destructor, socketsMark, NULL },
	.size = sizeof(struct udp),
	.deliver = deliver,
	.bind = opening,
	.news = READABLE
};

/* new UDP({port, address, broadcast, onReadable, target}) */
void xs_podudp(xsMachine *the)
{
	bool broadcast;
	struct udp *udp;
	xsmcVars(1);
	broadcast = socketsFlag(the, xsID_broadcast);
	if (broadcast && !socketsAddress(the))
		xsRangeError("broadcast needs an address");
	udp = socketsBind(the, &class);
	udp->broadcast = broadcast;
}

void xs_podudp_close(xsMachine *the)
{
	socketsEnd(the, &class.hooks);
}

static struct udp *opened(xsMachine *the)
{
	return xsmcGetHostDataValidate(xsThis, (void *)&class.hooks);
}

void xs_podudp_get_port(xsMachine *the)
{
	socketsGetPort(the, &class);
}

void xs_podudp_get_localAddress(xsMachine *the)
{
	socketsSetAddress(the, &xsResult, opened(the)->localAddress);
}

/* The string of the sender's address is made once for as long as the sender stays the same. */
static void setPeer(xsMachine *the, struct udp *udp, uint32_t address)
{
	if (udp->hasPeer && udp->peerAddress == address)
		return;
	socketsSetAddress(the, &xsVar(0), address);
	forgetPeer(the, udp);
	udp->peer = xsVar(0);
	xsRemember(udp->peer);
	udp->hasPeer = true;
	udp->peerAddress = address;
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
	setPeer(the, udp, datagram.address);
	xsVar(0) = udp->peer;
	xsmcSet(xsResult, xsID_address, xsVar(0));
	xsmcSetInteger(xsVar(0), datagram.port);
	xsmcSet(xsResult, xsID_port, xsVar(0));
	udp->localAddress = datagram.localAddress;
}

/* write(bytes, address, port) */
void xs_podudp_write(xsMachine *the)
{
	struct sending what = { .udp = opened(the) };
	void *bytes;
	xsUnsignedValue count;
	int port = xsmcToInteger(xsArg(2));
	what.address = socketsParse(the, &xsArg(1));
	if (port < 1 || port > 65535)
		xsRangeError("invalid port");
	what.port = (uint16_t)port;
	xsmcGetBufferReadable(xsArg(0), &bytes, &count);
	if (count > 0xffff)
		xsRangeError("too long");
	what.bytes = bytes;
	what.count = count;
	if (socketsVisit(sending, &what) != ERR_OK)
		xsUnknownError("can't send");
}

/* add(address): joins a multicast group, and leaves the one before. For the SDK's DNSSD. */
void xs_podudp_add(xsMachine *the)
{
	struct joining what = { .udp = opened(the), .group = { socketsParse(the, &xsArg(0)) } };
	if (!ip4_addr_ismulticast(&what.group))
		xsRangeError("no multicast address");
	if (socketsVisit(joining, &what) != ERR_OK)
		xsUnknownError("can't join");
}

void xs_podudp_remove(xsMachine *the)
{
	socketsVisit(leaving, opened(the));
}

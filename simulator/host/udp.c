/*
 * embedded:io/socket/udp.
 *
 * A datagram is received into `arrival`, announced, and copied from there when JavaScript reads it, which is at once as a rule: one
 * system call a packet. What is not read at once is kept in a queue; when that is full the kernel's buffer has to do.
 *
 * With the option `broadcast` a socket is bound to an interface instead of an address: a kernel socket with an address hears no
 * broadcasts. It speaks by naming interface and address with each datagram (IP_PKTINFO).
 */
#include "net.h"
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define QUEUE 64			/* datagrams announced but not read */
#define BURST 32			/* datagrams of one socket in a turn */

struct packet {
	struct packet *next;
	struct sockaddr_in from;
	struct in_pktinfo came;
	size_t length;
	uint8_t bytes[];
};

struct udp {
	struct object object;		/* first */
	struct source source;
	struct packet *first, **last;
	int queued;
	bool arrived;				/* `arrival` holds a datagram of this socket */
	bool paused;				/* the queue is full: epoll isn't asked */
	bool burst;					/* the last wake-up brought several datagrams: look for more after one */
	unsigned wakeups;
	xsSlot peer;				/* the string of `peer_address` */
	struct in_addr peer_address;
	bool has_peer;
	struct in_pktinfo came;			/* as the datagram did that was read last */
	unsigned interface;			/* with `broadcast`: of the only interface it hears and speaks by */
	struct sockaddr_in own;			/* with `broadcast`: the interface's address, the bound port */
	char to_text[16];			/* the string of `to`, the last receiver */
	struct in_addr to;
};

static uint8_t arrival[65536];
static size_t arrival_length;
static struct sockaddr_in arrival_from;
static struct in_pktinfo arrival_came;

static const xsHostHooks hooks = { object_destroy, object_mark, NULL };

void xs_udp_destructor(void *data)
{
	object_destroy(data);
}

static struct udp *of_source(struct source *source)
{
	return (struct udp *)((char *)source - offsetof(struct udp, source));
}

static void forget_peer(xsMachine *the, struct udp *udp)
{
	if (udp->has_peer)
		xsForget(udp->peer);
	udp->has_peer = false;
}

static void shut(struct udp *udp)
{
	if (udp->source.fd >= 0) {
		source_unwatch(&udp->source);
		close(udp->source.fd);
		udp->source.fd = -1;
	}
	forget_peer(udp->object.the, udp);
}

static void udp_free(struct object *object)
{
	struct udp *udp = (struct udp *)object;
	shut(udp);
	while (udp->first) {
		struct packet *packet = udp->first;
		udp->first = packet->next;
		free(packet);
	}
	free(udp);
}

/* The datagram in `arrival` wasn't read in the callback. */
static void keep(struct udp *udp)
{
	struct packet *packet = malloc(sizeof(*packet) + arrival_length);
	udp->arrived = false;
	if (!packet)
		return;
	packet->next = NULL;
	packet->from = arrival_from;
	packet->came = arrival_came;
	packet->length = arrival_length;
	memcpy(packet->bytes, arrival, arrival_length);
	*udp->last = packet;
	udp->last = &packet->next;
	if (++udp->queued >= QUEUE) {
		udp->paused = true;
		source_change(&udp->source, 0);
	}
}

/* Is the datagram in `arrival` for this socket, and no broadcast of its own that the kernel gives back? */
static bool is_for(struct udp *udp)
{
	if (!udp->interface)
		return true;
	if ((arrival_from.sin_addr.s_addr == udp->own.sin_addr.s_addr) && (arrival_from.sin_port == udp->own.sin_port))
		return false;
	return (unsigned)arrival_came.ipi_ifindex == udp->interface;
}

/* False when nothing is there. */
static bool receive(struct udp *udp)
{
	char control[CMSG_SPACE(sizeof(struct in_pktinfo))] __attribute__((aligned(sizeof(size_t))));
	struct iovec bytes = { arrival, sizeof(arrival) };
	struct msghdr message = { .msg_name = &arrival_from, .msg_namelen = sizeof(arrival_from), .msg_iov = &bytes, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control) };
	ssize_t length = recvmsg(udp->source.fd, &message, MSG_DONTWAIT);
	if (length < 0)
		return false;
	arrival_came = net_incoming(&message);
	if (!is_for(udp))
		return true;
	arrival_length = (size_t)length;
	udp->arrived = true;
	object_call(&udp->object, ON_READABLE, udp->queued + 1);
	if (udp->arrived && udp->object.open)
		keep(udp);
	udp->arrived = false;
	return true;
}

/* One datagram a wake-up is the rule (an acknowledgement for each block): looking in vain for a second costs a system call. */
static void ready(struct source *source, uint32_t events)
{
	struct udp *udp = of_source(source);
	int count = 0;
	bool probe = udp->burst || !(++udp->wakeups & 7);
	(void)events;
	object_retain(&udp->object);
	while (udp->object.open && !udp->paused && (count < BURST) && receive(udp)) {
		count++;
		if (!probe)
			break;
	}
	if (probe)
		udp->burst = count > 1;
	object_release(&udp->object);
}

/* The socket's, when binding it has failed: it is closed. */
static void fail(xsMachine *the, struct udp *udp, const struct sockaddr_in *address)
{
	int error = errno;
	close(udp->source.fd);
	udp->source.fd = -1;
	errno = error;
	net_throw_at(the, "bind to", address);
}

/*
 * Binds the socket to the interface that has the address, as far as the kernel lets it (SO_BINDTODEVICE: everybody since Linux 5.7);
 * what it doesn't `is_for` does.
 */
static void bind_to_interface(struct udp *udp, struct sockaddr_in *address)
{
	char name[IF_NAMESIZE];
	udp->interface = net_interface_of(address->sin_addr);
	udp->own.sin_addr = address->sin_addr;
	if (!udp->interface)
		return;
	setsockopt(udp->source.fd, SOL_SOCKET, SO_BROADCAST, &(int){ 1 }, sizeof(int));
	if (if_indextoname(udp->interface, name))
		setsockopt(udp->source.fd, SOL_SOCKET, SO_BINDTODEVICE, name, (socklen_t)strlen(name) + 1);
	address->sin_addr.s_addr = INADDR_ANY;
}

/* new UDP({port, address, broadcast, onReadable, target}) */
void xs_udp(xsMachine *the)
{
	struct udp *udp = calloc(1, sizeof(*udp));
	struct sockaddr_in address;
	bool broadcast;
	if (!udp)
		xsUnknownError("no memory");
	udp->source.fd = -1;
	udp->source.ready = ready;
	udp->last = &udp->first;
	object_create(the, &udp->object, udp_free, &hooks);
	address = net_address(the);
	broadcast = option_boolean(the, names.broadcast, false);
	if (broadcast && (!option_has(the, names.address) || (address.sin_addr.s_addr == INADDR_ANY)))
		xsRangeError("broadcast needs an address");
	udp->source.fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (udp->source.fd < 0)
		net_throw(the, "socket");
	setsockopt(udp->source.fd, IPPROTO_IP, IP_PKTINFO, &(int){ 1 }, sizeof(int));
	if (broadcast)
		bind_to_interface(udp, &address);
	if (bind(udp->source.fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		fail(the, udp, &address);
	udp->own.sin_port = net_port(the, net_bound_port(udp->source.fd));
	source_watch(&udp->source, EPOLLIN);
	object_open(&udp->object);
}

void xs_udp_close(xsMachine *the)
{
	struct udp *udp = object_get_if(the, &xsThis, &hooks);
	if (!udp)
		return;
	shut(udp);
	object_close(&udp->object);
}

void xs_udp_get_port(xsMachine *the)
{
	struct udp *udp = object_get(the, &hooks);
	xsmcSetInteger(xsResult, net_bound_port(udp->source.fd));
}

void xs_udp_get_localAddress(xsMachine *the)
{
	struct udp *udp = object_get(the, &hooks);
	char text[INET_ADDRSTRLEN];
	struct in_addr local = udp->interface ? udp->own.sin_addr : net_address_of((unsigned)udp->came.ipi_ifindex, udp->came.ipi_addr);
	xsmcSetString(xsResult, (char *)inet_ntop(AF_INET, &local, text, sizeof(text)));
}

/* The string of the sender's address is made once for as long as the sender stays the same. */
static void set_peer(xsMachine *the, struct udp *udp, struct in_addr address)
{
	char text[INET_ADDRSTRLEN];
	if (udp->has_peer && (udp->peer_address.s_addr == address.s_addr))
		return;
	xsmcSetString(xsVar(0), (char *)inet_ntop(AF_INET, &address, text, sizeof(text)));
	forget_peer(the, udp);
	udp->peer = xsVar(0);
	xsRemember(udp->peer);
	udp->has_peer = true;
	udp->peer_address = address;
}

/* read(): an ArrayBuffer with `address` and `port`, or undefined */
void xs_udp_read(xsMachine *the)
{
	struct udp *udp = object_get(the, &hooks);
	struct packet *packet = udp->first;
	struct sockaddr_in from;
	if (packet) {
		from = packet->from;
		udp->came = packet->came;
		xsmcSetArrayBuffer(xsResult, packet->bytes, (xsIntegerValue)packet->length);
		udp->first = packet->next;
		if (!udp->first)
			udp->last = &udp->first;
		free(packet);
		udp->queued--;
		if (udp->paused) {
			udp->paused = false;
			source_change(&udp->source, EPOLLIN);
		}
	}
	else if (udp->arrived) {
		from = arrival_from;
		udp->came = arrival_came;
		udp->arrived = false;
		xsmcSetArrayBuffer(xsResult, arrival, (xsIntegerValue)arrival_length);
	}
	else
		return;
	xsmcVars(1);
	set_peer(the, udp, from.sin_addr);
	xsVar(0) = udp->peer;
	xsmcDefine(xsResult, names.address, xsVar(0), xsDefault);
	xsmcSetInteger(xsVar(0), ntohs(from.sin_port));
	xsmcDefine(xsResult, names.port, xsVar(0), xsDefault);
}

/* By the interface, and from its address, when it has one. */
static ssize_t transmit(struct udp *udp, void *data, size_t count, struct sockaddr_in *to)
{
	char control[CMSG_SPACE(sizeof(struct in_pktinfo))] __attribute__((aligned(sizeof(size_t)))) = { 0 };
	struct iovec bytes = { data, count };
	struct msghdr message = { .msg_name = to, .msg_namelen = sizeof(*to), .msg_iov = &bytes, .msg_iovlen = 1 };
	struct in_pktinfo by = { .ipi_ifindex = (int)udp->interface, .ipi_spec_dst = udp->own.sin_addr };
	if (udp->interface) {
		struct cmsghdr *part;
		message.msg_control = control;
		message.msg_controllen = sizeof(control);
		part = CMSG_FIRSTHDR(&message);
		part->cmsg_level = IPPROTO_IP;
		part->cmsg_type = IP_PKTINFO;
		part->cmsg_len = CMSG_LEN(sizeof(by));
		memcpy(CMSG_DATA(part), &by, sizeof(by));
	}
	return sendmsg(udp->source.fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* write(bytes, address, port) */
void xs_udp_write(xsMachine *the)
{
	struct udp *udp = object_get(the, &hooks);
	struct sockaddr_in to = { .sin_family = AF_INET };
	const char *text = xsmcToString(xsArg(1));
	void *data;
	xsUnsignedValue count;
	if (strcmp(text, udp->to_text)) {
		udp->to = net_parse(the, text);
		inet_ntop(AF_INET, &udp->to, udp->to_text, sizeof(udp->to_text));
	}
	to.sin_addr = udp->to;
	to.sin_port = net_port(the, xsmcToInteger(xsArg(2)));
	xsmcGetBufferReadable(xsArg(0), &data, &count);
	if (transmit(udp, data, count, &to) < 0)
		net_throw(the, "send");
}

/*
 * embedded:io/socket/udp.
 *
 * A datagram is received into `arrival`, announced, and copied from there when JavaScript reads it, which is at once as a rule: one
 * system call a packet. What is not read at once is kept in a queue; when that is full the kernel's buffer has to do.
 */
#include "net.h"
#include <arpa/inet.h>
#include <errno.h>
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
	char to_text[16];			/* the string of `to`, the last receiver */
	struct in_addr to;
};

static uint8_t arrival[65536];
static size_t arrival_length;
static struct sockaddr_in arrival_from;

static const xsHostHooks hooks = { object_destroy, object_mark, NULL };

void xs_udp_destructor(void *data)
{
	object_destroy(data);
}

static struct udp *of_source(struct source *source)
{
	return (struct udp *)((char *)source - offsetof(struct udp, source));
}

static void shut(struct udp *udp)
{
	xsMachine *the = udp->object.the;
	if (udp->source.fd >= 0) {
		loop_unwatch(&udp->source);
		close(udp->source.fd);
		udp->source.fd = -1;
	}
	if (udp->has_peer)
		xsForget(udp->peer);
	udp->has_peer = false;
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
	packet->length = arrival_length;
	memcpy(packet->bytes, arrival, arrival_length);
	*udp->last = packet;
	udp->last = &packet->next;
	if (++udp->queued >= QUEUE) {
		udp->paused = true;
		loop_change(&udp->source, 0);
	}
}

static bool receive(struct udp *udp)
{
	socklen_t size = sizeof(arrival_from);
	ssize_t length = recvfrom(udp->source.fd, arrival, sizeof(arrival), MSG_DONTWAIT, (struct sockaddr *)&arrival_from, &size);
	if (length < 0)
		return false;
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

/* new UDP({port, address, onReadable, target}) */
void xs_udp(xsMachine *the)
{
	struct udp *udp = calloc(1, sizeof(*udp));
	struct sockaddr_in address;
	if (!udp)
		xsUnknownError("no memory");
	udp->source.fd = -1;
	udp->source.ready = ready;
	udp->last = &udp->first;
	object_create(the, &udp->object, udp_free, &hooks);
	address = net_address(the);
	udp->source.fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (udp->source.fd < 0)
		net_throw(the, "socket");
	if (bind(udp->source.fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		int error = errno;
		close(udp->source.fd);
		udp->source.fd = -1;
		errno = error;
		net_throw_at(the, "bind to", &address);
	}
	loop_watch(&udp->source, EPOLLIN);
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

/* The string of the sender's address is made once for as long as the sender stays the same. */
static void set_peer(xsMachine *the, struct udp *udp, struct in_addr address)
{
	char text[INET_ADDRSTRLEN];
	if (udp->has_peer && (udp->peer_address.s_addr == address.s_addr))
		return;
	xsmcSetString(xsVar(0), (char *)inet_ntop(AF_INET, &address, text, sizeof(text)));
	if (udp->has_peer)
		xsForget(udp->peer);
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
		xsmcSetArrayBuffer(xsResult, packet->bytes, (xsIntegerValue)packet->length);
		udp->first = packet->next;
		if (!udp->first)
			udp->last = &udp->first;
		free(packet);
		udp->queued--;
		if (udp->paused) {
			udp->paused = false;
			loop_change(&udp->source, EPOLLIN);
		}
	}
	else if (udp->arrived) {
		from = arrival_from;
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
	if (sendto(udp->source.fd, data, count, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&to, sizeof(to)) < 0)
		net_throw(the, "send");
}

/*
 * embedded:io/socket/tcp.
 *
 * Received bytes stay in the kernel until JavaScript reads them into its own buffer: no copy between, and not reading stalls the
 * sender. epoll reports edges, so data that is left unread isn't announced again. Written bytes wait for the end of the turn, so
 * several writes leave as one.
 */
#include "net.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define OUTPUT (64 * 1024)	/* bytes that can wait to be sent */
#define LINGER 30000		/* milliseconds in which a closed connection must have taken what was written to it */
#define EVENTS (EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET)

enum state { BARE, CONNECTING, CONNECTED, ENDED };

struct tcp {
	struct object object;		/* first */
	struct source source;
	struct deferred deferred;
	struct alarm linger;
	enum state state;			/* BARE: no callbacks yet, as Listener.read() returns it */
	bool finished;				/* the peer closed, or the connection failed; there may be data to read yet */
	bool lost;					/* sending failed: the peer has reset the connection */
	bool owes_writable;			/* written since the last onWritable */
	bool lingering;				/* closed, but not everything is sent */
	int announced;				/* bytes onReadable has told of, less those read */
	uint8_t *output;
	size_t output_start, output_count;
	struct sockaddr_in peer;
};

static const xsHostHooks hooks = { object_destroy, object_mark, NULL };

void xs_tcp_destructor(void *data)
{
	object_destroy(data);
}

static void shut(struct tcp *tcp)
{
	loop_forget(&tcp->deferred);
	alarm_cancel(&tcp->linger);
	if (tcp->source.fd < 0)
		return;
	if (tcp->state != BARE)
		source_unwatch(&tcp->source);
	close(tcp->source.fd);
	tcp->source.fd = -1;
}

static void tcp_free(struct object *object)
{
	struct tcp *tcp = (struct tcp *)object;
	shut(tcp);
	free(tcp->output);
	free(tcp);
}

/* Sends what the kernel takes. Failure is left to the events that report it, and the output is dropped. */
static void flush(struct tcp *tcp)
{
	while (tcp->output_count) {
		ssize_t sent = send(tcp->source.fd, tcp->output + tcp->output_start, tcp->output_count, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (sent < 0) {
			if (errno == EINTR)
				continue;
			if (errno != EAGAIN) {
				tcp->finished = tcp->lost = true;
				tcp->output_count = 0;
			}
			return;
		}
		tcp->output_start += (size_t)sent;
		tcp->output_count -= (size_t)sent;
	}
	tcp->output_start = 0;
}

static int available(struct tcp *tcp)
{
	int count = 0;
	return ioctl(tcp->source.fd, FIONREAD, &count) ? 0 : count;
}

/* onError: once, when there is nothing left to read. */
static void check_end(struct tcp *tcp)
{
	if (!tcp->finished || (tcp->state == ENDED) || !tcp->object.open || tcp->announced || available(tcp))
		return;
	tcp->state = ENDED;
	object_call(&tcp->object, ON_ERROR, -1);
}

/* The end of a turn in which something was written, or the last announced byte was read. */
static void run(struct deferred *deferred)
{
	struct tcp *tcp = (struct tcp *)((char *)deferred - offsetof(struct tcp, deferred));
	object_retain(&tcp->object);
	flush(tcp);
	if (tcp->owes_writable && !tcp->output_count && !tcp->finished) {
		tcp->owes_writable = false;
		object_call(&tcp->object, ON_WRITABLE, OUTPUT);
	}
	check_end(tcp);
	object_release(&tcp->object);
}

static void connected(struct tcp *tcp)
{
	int error = 0;
	socklen_t size = sizeof(error);
	getsockopt(tcp->source.fd, SOL_SOCKET, SO_ERROR, &error, &size);
	tcp->state = CONNECTED;
	tcp->owes_writable = true;
	if (error)
		tcp->finished = true;
}

static void announce(struct tcp *tcp)
{
	int count = available(tcp);
	if (count <= tcp->announced)
		return;
	tcp->announced = count;
	object_call(&tcp->object, ON_READABLE, count);
}

/* The rest of a closed connection: send what is left, and be gone. */
static void linger(struct tcp *tcp)
{
	flush(tcp);
	if (!tcp->output_count) {
		shut(tcp);
		object_release(&tcp->object);
	}
}

static void linger_ring(struct alarm *alarm)
{
	struct tcp *tcp = (struct tcp *)((char *)alarm - offsetof(struct tcp, linger));
	shut(tcp);
	object_release(&tcp->object);
}

static void ready(struct source *source, uint32_t events)
{
	struct tcp *tcp = (struct tcp *)((char *)source - offsetof(struct tcp, source));
	if (tcp->lingering) {
		linger(tcp);
		return;
	}
	object_retain(&tcp->object);
	if ((tcp->state == CONNECTING) && (events & (EPOLLOUT | EPOLLERR | EPOLLHUP)))
		connected(tcp);
	if (events & EPOLLIN)
		announce(tcp);
	if (tcp->object.open) {
		if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
			tcp->finished = true;
		if ((tcp->output_count || tcp->owes_writable) && !tcp->finished)
			loop_soon(&tcp->deferred);
		check_end(tcp);
	}
	object_release(&tcp->object);
}

/* Takes the socket out of another instance, or the number that Listener.accept() returned. */
static bool take_over(xsMachine *the, struct tcp *tcp)
{
	struct tcp *from;
	int fd = option_integer(the, names.handle, -1);
	socklen_t size = sizeof(tcp->peer);
	if (fd >= 0) {
		tcp->source.fd = fd;
		getpeername(fd, (struct sockaddr *)&tcp->peer, &size);
		return true;
	}
	if (!option_has(the, names.from))
		return false;
	xsmcGet(xsResult, xsArg(0), names.from);
	from = object_get_if(the, &xsResult, &hooks);
	xsmcSetUndefined(xsResult);
	if (!from || (from->state == CONNECTING))
		xsUnknownError("from: closed");
	tcp->source.fd = from->source.fd;
	tcp->peer = from->peer;
	tcp->finished = from->finished;
	tcp->lost = from->lost;
	tcp->output = from->output;
	tcp->output_start = from->output_start;
	tcp->output_count = from->output_count;
	if (from->state != BARE)
		source_unwatch(&from->source);
	from->source.fd = -1;
	from->output = NULL;
	from->output_count = 0;
	loop_forget(&from->deferred);
	object_close(&from->object);
	return true;
}

static void start_connecting(xsMachine *the, struct tcp *tcp)
{
	tcp->peer = net_address(the);
	tcp->source.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (tcp->source.fd < 0)
		net_throw(the, "socket");
	net_inline_urgent(tcp->source.fd);
	if ((connect(tcp->source.fd, (struct sockaddr *)&tcp->peer, sizeof(tcp->peer)) < 0) && (errno != EINPROGRESS))
		tcp->finished = true;
}

/* new TCP({from} or {address, port}, {nodelay, onReadable, onWritable, onError, target}) */
void xs_tcp(xsMachine *the)
{
	struct tcp *tcp = calloc(1, sizeof(*tcp));
	bool nodelay, bare, taken;
	if (!tcp)
		xsUnknownError("no memory");
	tcp->source.fd = -1;
	tcp->source.ready = ready;
	tcp->deferred.run = run;
	tcp->linger.ring = linger_ring;
	object_create(the, &tcp->object, tcp_free, &hooks);
	nodelay = option_boolean(the, names.nodelay, false);
	bare = option_has(the, names.handle);
	taken = take_over(the, tcp);
	if (!taken)
		start_connecting(the, tcp);
	setsockopt(tcp->source.fd, IPPROTO_TCP, TCP_NODELAY, &(int){ nodelay }, sizeof(int));
	if (!bare) {
		tcp->state = taken ? CONNECTED : CONNECTING;
		tcp->owes_writable = taken;
		/* Adding a socket reports what it is already ready for: unread data is announced to the new owner. */
		source_watch(&tcp->source, EVENTS);
		if (tcp->finished)
			loop_soon(&tcp->deferred);
	}
	object_open(&tcp->object);
}

void xs_tcp_close(xsMachine *the)
{
	struct tcp *tcp = object_get_if(the, &xsThis, &hooks);
	if (!tcp)
		return;
	if (tcp->state == CONNECTED)
		flush(tcp);
	if (tcp->output_count && (tcp->state == CONNECTED)) {
		tcp->lingering = true;
		loop_forget(&tcp->deferred);
		object_retain(&tcp->object);
		alarm_set(&tcp->linger, LINGER / options.time_scale);
	}
	else
		shut(tcp);
	object_close(&tcp->object);
}

void xs_tcp_get_remoteAddress(xsMachine *the)
{
	struct tcp *tcp = object_get(the, &hooks);
	char text[INET_ADDRSTRLEN];
	xsmcSetString(xsResult, (char *)inet_ntop(AF_INET, &tcp->peer.sin_addr, text, sizeof(text)));
}

void xs_tcp_get_localAddress(xsMachine *the)
{
	struct tcp *tcp = object_get(the, &hooks);
	char text[INET_ADDRSTRLEN];
	struct in_addr local = net_local_address(tcp->source.fd);
	xsmcSetString(xsResult, (char *)inet_ntop(AF_INET, &local, text, sizeof(text)));
}

void xs_tcp_get_remotePort(xsMachine *the)
{
	struct tcp *tcp = object_get(the, &hooks);
	xsmcSetInteger(xsResult, ntohs(tcp->peer.sin_port));
}

/*
 * read(): everything, undefined when there is nothing; read(count): an ArrayBuffer; read(view): fills it. More than what was announced
 * throws.
 */
void xs_tcp_read(xsMachine *the)
{
	struct tcp *tcp = object_get(the, &hooks);
	bool view = xsmcArgc && (xsmcTypeOf(xsArg(0)) == xsReferenceType);
	void *data;
	xsUnsignedValue count = (xsUnsignedValue)tcp->announced, done = 0;
	if (view)
		xsmcGetBufferWritable(xsArg(0), &data, &count);
	else if (xsmcArgc && (xsmcTypeOf(xsArg(0)) != xsUndefinedType)) {
		int wanted = xsmcToInteger(xsArg(0));
		if (wanted < 0)
			xsRangeError("invalid");
		count = (xsUnsignedValue)wanted;
	}
	else if (!count)
		return;
	if (count > (xsUnsignedValue)tcp->announced)
		xsRangeError("invalid");
	if (!view) {
		xsmcSetArrayBuffer(xsResult, NULL, (xsIntegerValue)count);
		data = xsmcToArrayBuffer(xsResult);
	}
	while (done < count) {
		ssize_t got = recv(tcp->source.fd, (uint8_t *)data + done, count - done, MSG_DONTWAIT);
		if ((got < 0) && (errno == EINTR))
			continue;
		if (got <= 0)
			xsUnknownError("connection lost");
		done += (xsUnsignedValue)got;
	}
	tcp->announced -= (int)count;
	if (tcp->finished && !tcp->announced)
		loop_soon(&tcp->deferred);
	if (view)
		xsmcSetInteger(xsResult, (xsIntegerValue)count);
}

/* write(bytes): all or nothing; returns the room that is left, undefined when the peer has reset the connection */
void xs_tcp_write(xsMachine *the)
{
	struct tcp *tcp = object_get(the, &hooks);
	void *data;
	xsUnsignedValue count;
	if (tcp->state != CONNECTED)
		xsUnknownError("not ready");
	if (tcp->lost)
		return;
	xsmcGetBufferReadable(xsArg(0), &data, &count);
	if (count > OUTPUT - tcp->output_count)
		xsUnknownError("would block");
	if (!tcp->output && !(tcp->output = malloc(OUTPUT)))
		xsUnknownError("no memory");
	if (tcp->output_start + tcp->output_count + count > OUTPUT) {
		memmove(tcp->output, tcp->output + tcp->output_start, tcp->output_count);
		tcp->output_start = 0;
	}
	memcpy(tcp->output + tcp->output_start + tcp->output_count, data, count);
	tcp->output_count += count;
	tcp->owes_writable = true;
	loop_soon(&tcp->deferred);
	xsmcSetInteger(xsResult, (xsIntegerValue)(OUTPUT - tcp->output_count));
}

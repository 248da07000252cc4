/*
 * embedded:io/socket/listener. read() of listener.ts makes the TCP object of a connection that accept() below hands over as a number.
 */
#include "net.h"
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define PENDING 16			/* connections accepted but not read; the rest stays in the kernel's queue */

struct listener {
	struct object object;		/* first */
	struct source source;
	struct deferred resume;		/* there is room again: accept what waits */
	int pending[PENDING];
	int count;
};

static const xsHostHooks hooks = { object_destroy, object_mark, NULL };

void xs_listener_destructor(void *data)
{
	object_destroy(data);
}

static void shut(struct listener *listener)
{
	loop_forget(&listener->resume);
	while (listener->count)
		close(listener->pending[--listener->count]);
	if (listener->source.fd >= 0) {
		source_unwatch(&listener->source);
		close(listener->source.fd);
		listener->source.fd = -1;
	}
}

static void listener_free(struct object *object)
{
	struct listener *listener = (struct listener *)object;
	shut(listener);
	free(listener);
}

static void accept_all(struct listener *listener)
{
	int before = listener->count;
	while (listener->count < PENDING) {
		int fd = accept4(listener->source.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0) {
			if ((errno == EINTR) || (errno == ECONNABORTED))
				continue;
			break;
		}
		listener->pending[listener->count++] = fd;
	}
	if (listener->count > before)
		object_call(&listener->object, ON_READABLE, listener->count);
}

static void ready(struct source *source, uint32_t events)
{
	struct listener *listener = (struct listener *)((char *)source - offsetof(struct listener, source));
	(void)events;
	object_retain(&listener->object);
	accept_all(listener);
	object_release(&listener->object);
}

static void resume(struct deferred *deferred)
{
	struct listener *listener = (struct listener *)((char *)deferred - offsetof(struct listener, resume));
	object_retain(&listener->object);
	accept_all(listener);
	object_release(&listener->object);
}

/* new Listener({port, address, onReadable, target}) */
void xs_listener(xsMachine *the)
{
	struct listener *listener = calloc(1, sizeof(*listener));
	struct sockaddr_in address;
	int on = 1;
	if (!listener)
		xsUnknownError("no memory");
	listener->source.fd = -1;
	listener->source.ready = ready;
	listener->resume.run = resume;
	object_create(the, &listener->object, listener_free, &hooks);
	address = net_address(the);
	listener->source.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (listener->source.fd < 0)
		net_throw(the, "socket");
	/* A server that is started again must not wait for the old one's connections to be forgotten. */
	setsockopt(listener->source.fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	net_inline_urgent(listener->source.fd);
	net_keep_alive(listener->source.fd);
	if ((bind(listener->source.fd, (struct sockaddr *)&address, sizeof(address)) < 0) || (listen(listener->source.fd, 64) < 0)) {
		int error = errno;
		close(listener->source.fd);
		listener->source.fd = -1;
		errno = error;
		net_throw_at(the, "listen on", &address);
	}
	source_watch(&listener->source, EPOLLIN | EPOLLET);
	object_open(&listener->object);
}

void xs_listener_close(xsMachine *the)
{
	struct listener *listener = object_get_if(the, &xsThis, &hooks);
	if (!listener)
		return;
	shut(listener);
	object_close(&listener->object);
}

void xs_listener_get_port(xsMachine *the)
{
	struct listener *listener = object_get(the, &hooks);
	xsmcSetInteger(xsResult, net_bound_port(listener->source.fd));
}

/* The descriptor of the connection that waits longest. */
void xs_listener_accept(xsMachine *the)
{
	struct listener *listener = object_get(the, &hooks);
	if (!listener->count)
		xsUnknownError("nothing is pending");
	xsmcSetInteger(xsResult, listener->pending[0]);
	if (listener->count == PENDING)
		loop_soon(&listener->resume);
	listener->count--;
	for (int i = 0; i < listener->count; i++)
		listener->pending[i] = listener->pending[i + 1];
}

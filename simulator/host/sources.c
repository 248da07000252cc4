/*
 * What is watched: file descriptors, and what epoll reports of them.
 */
#include "host.h"
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define BATCH 64

static int poller = -1;
static struct epoll_event batch[BATCH];
static int batch_count;

void sources_start(void)
{
	poller = epoll_create1(EPOLL_CLOEXEC);
	if (poller < 0)
		machine_die("epoll: %s", strerror(errno));
}

static void control(int operation, struct source *source, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = source };
	if (epoll_ctl(poller, operation, source->fd, &event) < 0)
		machine_die("epoll_ctl: %s", strerror(errno));
}

void source_watch(struct source *source, uint32_t events)
{
	control(EPOLL_CTL_ADD, source, events);
}

void source_change(struct source *source, uint32_t events)
{
	control(EPOLL_CTL_MOD, source, events);
}

void source_unwatch(struct source *source)
{
	for (int i = 0; i < batch_count; i++) {
		if (batch[i].data.ptr == source)
			batch[i].data.ptr = NULL;
	}
	control(EPOLL_CTL_DEL, source, 0);
}

void sources_deliver(bool wait, const bool *stop)
{
	int count = epoll_wait(poller, batch, BATCH, wait ? -1 : 0);
	if ((count < 0) && (errno != EINTR))
		machine_die("epoll_wait: %s", strerror(errno));
	batch_count = count;
	for (int i = 0; (i < batch_count) && !*stop; i++) {
		struct source *source = batch[i].data.ptr;
		if (source)
			source->ready(source, batch[i].events);
	}
	batch_count = 0;
}

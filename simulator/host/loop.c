/*
 * The event loop. A turn: alarms that are due, then what epoll reports, then the calls those deferred.
 */
#include "host.h"
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define BATCH 64

static int poller = -1;
static struct epoll_event batch[BATCH];
static int batch_count;
static struct deferred *first_deferred, **last_deferred = &first_deferred;
static unsigned turn;
static bool ended;
static int exit_code;
static struct source signals, input;

static void signals_ready(struct source *source, uint32_t events)
{
	struct signalfd_siginfo info;
	(void)events;
	if (read(source->fd, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGUSR2)
		machine_census();
	else
		loop_end(0);
}

/* Nobody writes there; what comes anyway is thrown away. */
static void input_ready(struct source *source, uint32_t events)
{
	char bytes[256];
	(void)events;
	if (read(source->fd, bytes, sizeof(bytes)) == 0)
		loop_end(0);
}

/* SIGTERM and SIGINT end the loop between two callbacks: what the program made in the file system goes with it. SIGUSR2: census.c. */
void loop_start(void)
{
	sigset_t set;
	poller = epoll_create1(EPOLL_CLOEXEC);
	if (poller < 0)
		machine_die("epoll: %s", strerror(errno));
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	signals.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	signals.ready = signals_ready;
	loop_watch(&signals, EPOLLIN);
	if (options.until_eof) {
		input.fd = STDIN_FILENO;
		input.ready = input_ready;
		loop_watch(&input, EPOLLIN);
	}
}

static void control(int operation, struct source *source, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = source };
	if (epoll_ctl(poller, operation, source->fd, &event) < 0)
		machine_die("epoll_ctl: %s", strerror(errno));
}

void loop_watch(struct source *source, uint32_t events)
{
	control(EPOLL_CTL_ADD, source, events);
}

void loop_change(struct source *source, uint32_t events)
{
	control(EPOLL_CTL_MOD, source, events);
}

void loop_unwatch(struct source *source)
{
	for (int i = 0; i < batch_count; i++) {
		if (batch[i].data.ptr == source)
			batch[i].data.ptr = NULL;
	}
	control(EPOLL_CTL_DEL, source, 0);
}

void loop_soon(struct deferred *deferred)
{
	if (deferred->queued)
		return;
	deferred->queued = true;
	deferred->next = NULL;
	deferred->turn = turn;
	*last_deferred = deferred;
	last_deferred = &deferred->next;
}

void loop_forget(struct deferred *deferred)
{
	struct deferred **link = &first_deferred;
	if (!deferred->queued)
		return;
	while (*link != deferred)
		link = &(*link)->next;
	*link = deferred->next;
	if (last_deferred == &deferred->next)
		last_deferred = link;
	deferred->queued = false;
}

/* What deferred calls defer waits for the next turn, so that two of them can't starve the rest. */
static void run_deferred(void)
{
	turn++;
	while (first_deferred && (first_deferred->turn != turn)) {
		struct deferred *deferred = first_deferred;
		loop_forget(deferred);
		deferred->run(deferred);
	}
}

void loop_end(int code)
{
	if (!ended)
		exit_code = code;
	ended = true;
}

int loop_run(void)
{
	while (!ended) {
		int count = epoll_wait(poller, batch, BATCH, first_deferred ? 0 : -1);
		if ((count < 0) && (errno != EINTR))
			machine_die("epoll_wait: %s", strerror(errno));
		batch_count = count;
		for (int i = 0; (i < batch_count) && !ended; i++) {
			struct source *source = batch[i].data.ptr;
			if (source)
				source->ready(source, batch[i].events);
		}
		batch_count = 0;
		/* Behind the sources: on a computer that was busy a byte that came in time must not lose against the alarm that awaits it. */
		alarm_ring();
		run_deferred();
	}
	return exit_code;
}

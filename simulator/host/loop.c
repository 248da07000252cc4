/*
 * The event loop. A turn: what the sources report, then alarms that are due, then the calls those deferred.
 */
#include "host.h"
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

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
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	signals.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	signals.ready = signals_ready;
	source_watch(&signals, EPOLLIN);
	if (options.until_eof) {
		input.fd = STDIN_FILENO;
		input.ready = input_ready;
		source_watch(&input, EPOLLIN);
	}
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
		sources_deliver(!first_deferred, &ended);
		/* Behind the sources: on a computer that was busy a byte that came in time must not lose against the alarm that awaits it. */
		alarm_ring();
		run_deferred();
	}
	return exit_code;
}

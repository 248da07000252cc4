/*
 * Virtual time: a heap of alarms over one timerfd.
 *
 * The timerfd is set only when an alarm is due before it would ring; an alarm that moved away leaves it ringing in vain once.
 * So resetting a resend timer for each packet costs no system call.
 */
#include "host.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define SECOND UINT64_C(1000000000)	/* in nanoseconds */
#define LONGEST 1e12				/* milliseconds of a wait: decades */

static struct alarm **heap;		/* from 1 */
static size_t heap_count, heap_size;
static uint64_t next_order;
static double armed = INFINITY;	/* when the timerfd rings, in virtual milliseconds */
static struct timespec origin;
static struct source clock_source;

double time_real(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - origin.tv_sec) * 1e3 + (double)(now.tv_nsec - origin.tv_nsec) / 1e6;
}

double time_now(void)
{
	return time_real() / options.time_scale;
}

static bool before(const struct alarm *a, const struct alarm *b)
{
	return (a->at < b->at) || ((a->at == b->at) && (a->order < b->order));
}

static void put(struct alarm *alarm, size_t place)
{
	heap[place] = alarm;
	alarm->place = place;
}

static void sift_up(struct alarm *alarm, size_t place)
{
	while ((place > 1) && before(alarm, heap[place / 2])) {
		put(heap[place / 2], place);
		place /= 2;
	}
	put(alarm, place);
}

static void sift_down(struct alarm *alarm, size_t place)
{
	for (;;) {
		size_t child = place * 2;
		if (child > heap_count)
			break;
		if ((child < heap_count) && before(heap[child + 1], heap[child]))
			child++;
		if (!before(heap[child], alarm))
			break;
		put(heap[child], place);
		place = child;
	}
	put(alarm, place);
}

/* At least one: none would disarm the timerfd. Whole ones before they are split, so that what is left of a second is less than one. */
static uint64_t nanoseconds(double milliseconds)
{
	return (uint64_t)(fmin(fmax(milliseconds, 0), LONGEST) * 1e6) + 1;
}

/* Sets the timerfd for the first alarm if that rings before it. */
static void arm(double now)
{
	struct itimerspec spec = { 0 };
	uint64_t wait;
	if (!heap_count || (heap[1]->at >= armed))
		return;
	armed = heap[1]->at;
	wait = nanoseconds((armed - now) * options.time_scale);
	spec.it_value.tv_sec = (time_t)(wait / SECOND);
	spec.it_value.tv_nsec = (long)(wait % SECOND);
	if (timerfd_settime(clock_source.fd, 0, &spec, NULL) < 0)
		machine_die("timerfd_settime: %s", strerror(errno));
}

static void rearm(double now)
{
	if (armed <= now)
		armed = INFINITY;
	arm(now);
}

void alarm_cancel(struct alarm *alarm)
{
	size_t place = alarm->place;
	struct alarm *last;
	if (!place)
		return;
	alarm->place = 0;
	last = heap[heap_count--];
	if (last == alarm)
		return;
	if ((place > 1) && before(last, heap[place / 2]))
		sift_up(last, place);
	else
		sift_down(last, place);
}

void alarm_set(struct alarm *alarm, double delay)
{
	double now = time_now();
	alarm_cancel(alarm);
	if (heap_count + 1 >= heap_size) {
		heap_size = heap_size ? heap_size * 2 : 64;
		heap = realloc(heap, heap_size * sizeof(*heap));
		if (!heap)
			machine_die("no memory for timers");
	}
	alarm->at = now + fmax(delay, 0);
	alarm->order = next_order++;
	sift_up(alarm, ++heap_count);
	if (alarm->place == 1)
		arm(now);
}

void alarm_repeat(struct alarm *alarm, double interval)
{
	double late = fmod(time_now() - alarm->at, interval);
	alarm_set(alarm, interval - late);
}

void alarm_ring(void)
{
	double now;
	uint64_t stop = next_order;
	if (!heap_count)
		return;
	now = time_now();
	if (heap[1]->at > now)
		return;
	while (heap_count && (heap[1]->at <= now) && (heap[1]->order < stop)) {
		struct alarm *alarm = heap[1];
		alarm_cancel(alarm);
		alarm->ring(alarm);
	}
	/* The callbacks took their time. */
	rearm(time_now());
}

/* The alarms themselves ring in alarm_ring(), which the loop calls each turn anyway. */
static void clock_ready(struct source *source, uint32_t events)
{
	uint64_t count;
	(void)events;
	if (read(source->fd, &count, sizeof(count)) == sizeof(count))
		rearm(time_now());
}

void alarm_start(void)
{
	clock_gettime(CLOCK_MONOTONIC, &origin);
	clock_source.fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (clock_source.fd < 0)
		machine_die("timerfd: %s", strerror(errno));
	clock_source.ready = clock_ready;
	source_watch(&clock_source, EPOLLIN);
}

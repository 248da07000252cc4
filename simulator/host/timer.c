/*
 * The modules "timer" and "time". A one-shot timer is dead when its callback starts.
 */
#include "host.h"
#include <math.h>
#include <stdlib.h>
#include <time.h>

struct timer {
	struct alarm alarm;		/* first: a ringing alarm is its timer */
	xsMachine *the;
	xsSlot self;
	xsSlot callback;
	double repeat;
};

static void timer_destroy(void *data)
{
	struct timer *timer = data;
	if (!timer)
		return;
	alarm_cancel(&timer->alarm);
	free(timer);
}

static void timer_mark(xsMachine *the, void *data, xsMarkRoot mark)
{
	struct timer *timer = data;
	if (timer)
		(*mark)(the, &timer->callback);
}

static const xsHostHooks timer_hooks = { timer_destroy, timer_mark, NULL };

static void kill(xsMachine *the, struct timer *timer)
{
	xsForget(timer->self);
	xsmcSetHostData(timer->self, NULL);
	timer_destroy(timer);
}

static void ring(struct alarm *alarm)
{
	struct timer *timer = (struct timer *)alarm;
	xsMachine *machine = timer->the;
	xsBeginHost(machine);
	{
		xsmcVars(2);
		xsVar(0) = timer->self;
		xsVar(1) = timer->callback;
		if (timer->repeat > 0)
			alarm_repeat(alarm, timer->repeat);
		else
			kill(the, timer);
		xsCallFunction1(xsVar(1), xsGlobal, xsVar(0));
	}
	xsEndHost(machine);
	engine_settle(machine);
}

static double milliseconds(xsMachine *the, int argument)
{
	double value = (xsmcArgc > argument) ? xsmcToNumber(xsArg(argument)) : 0;
	return (value > 0) ? floor(value) : 0;
}

static void create(xsMachine *the, double delay, double repeat)
{
	struct timer *timer;
	if (!xsmcIsCallable(xsArg(0)))
		xsTypeError("timer: no function");
	timer = calloc(1, sizeof(*timer));
	if (!timer)
		xsUnknownError("no memory");
	xsResult = xsNewHostObject(NULL);
	xsmcSetHostData(xsResult, timer);
	fxSetHostHooks(the, &xsResult, &timer_hooks);
	timer->alarm.ring = ring;
	timer->the = the;
	timer->callback = xsArg(0);
	timer->repeat = repeat;
	timer->self = xsResult;
	xsRemember(timer->self);
	alarm_set(&timer->alarm, delay);
}

void xs_timer_set(xsMachine *the)
{
	create(the, milliseconds(the, 1), milliseconds(the, 2));
}

void xs_timer_repeat(xsMachine *the)
{
	create(the, milliseconds(the, 1), fmax(milliseconds(the, 1), 1));
}

/* The timer of an argument; null when it is undefined, dead or something else. */
static struct timer *live(xsMachine *the)
{
	struct timer *timer = (xsmcArgc && (xsmcTypeOf(xsArg(0)) == xsReferenceType)) ? fxGetHostDataIf(the, &xsArg(0)) : NULL;
	return (timer && (fxGetHostHooks(the, &xsArg(0)) == &timer_hooks)) ? timer : NULL;
}

/* Without a delay the timer stops, but stays. */
void xs_timer_schedule(xsMachine *the)
{
	struct timer *timer = live(the);
	if (!timer)
		xsSyntaxError("timer: dead");
	timer->repeat = milliseconds(the, 2);
	if ((xsmcArgc > 1) && (xsmcTypeOf(xsArg(1)) != xsUndefinedType))
		alarm_set(&timer->alarm, milliseconds(the, 1));
	else
		alarm_cancel(&timer->alarm);
}

void xs_timer_clear(xsMachine *the)
{
	struct timer *timer = live(the);
	if (timer)
		kill(the, timer);
}

void xs_timer_delay(xsMachine *the)
{
	double wait = milliseconds(the, 0) * options.time_scale;
	struct timespec spec = { (time_t)(wait / 1e3), (long)(fmod(wait, 1e3) * 1e6) };
	nanosleep(&spec, NULL);
}

void xs_time_ticks(xsMachine *the)
{
	xsmcSetInteger(xsResult, (xsIntegerValue)(uint32_t)(uint64_t)time_now());
}

void xs_time_delta(xsMachine *the)
{
	uint32_t start = (uint32_t)xsmcToInteger(xsArg(0));
	uint32_t end = (xsmcArgc > 1) ? (uint32_t)xsmcToInteger(xsArg(1)) : (uint32_t)(uint64_t)time_now();
	xsmcSetInteger(xsResult, (xsIntegerValue)(end - start));
}

void xs_time_microseconds(xsMachine *the)
{
	xsmcSetNumber(xsResult, floor(time_now() * 1e3));
}

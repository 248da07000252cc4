/*
 * embedded:io/serial: the interface of base/io.ts over a PTY (pty.c) or a real port (tty.c).
 *
 * Here are the two queues, the break, and who is told when. Nothing is called back inside of a call.
 */
#include "serial.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define NEARLY_FULL (TRANSMIT - TRANSMIT / 4)
#define ROOM_AGAIN (TRANSMIT / 2)

static const xsHostHooks hooks = { object_destroy, object_mark, NULL };

void xs_serial_destructor(void *data)
{
	object_destroy(data);
}

static void shut(struct serial *serial)
{
	alarm_cancel(&serial->alarm);
	loop_forget(&serial->deferred);
	if (serial->source.fd >= 0) {
		if (serial->watched && !serial->gone)
			source_unwatch(&serial->source);
		serial->line->close(serial);
		close(serial->source.fd);
		serial->source.fd = -1;
	}
	state_socket_close(serial->state_socket);
	serial->state_socket = NULL;
}

static void serial_free(struct object *object)
{
	shut((struct serial *)object);
	free(object);
}

/* ---- transmitting */

static void notify(struct serial *serial)
{
	size_t room = TRANSMIT - serial->transmit_count;
	bool drained = serial->written && !serial->transmit_count && !serial->line->unsent(serial);
	if ((serial->pressed && (room >= ROOM_AGAIN)) || drained) {
		serial->pressed = false;
		if (drained)
			serial->written = false;
		object_call(&serial->object, ON_WRITABLE, (int)room);
	}
}

/* Bytes that may be sent before a break, or all. */
static size_t sendable(struct serial *serial)
{
	return serial->break_milliseconds ? serial->break_after : serial->transmit_count;
}

static void send_due(struct serial *serial)
{
	for (;;) {
		size_t count = sendable(serial), end = TRANSMIT - serial->transmit_start;
		if (count > end)
			count = end;
		count = count ? serial->line->send(serial, serial->transmit + serial->transmit_start, count) : 0;
		if (!count)
			return;
		serial->transmit_start = (serial->transmit_start + count) % TRANSMIT;
		serial->transmit_count -= count;
		if (serial->break_milliseconds)
			serial->break_after -= count;
	}
}

static void schedule(struct serial *serial)
{
	double wait = serial->line->wait(serial, sendable(serial));
	if (wait > 0)
		alarm_set(&serial->alarm, wait);
}

static void pump(struct serial *serial)
{
	if (!serial->breaking && !serial->gone) {
		send_due(serial);
		if (serial->break_milliseconds && !serial->break_after && !serial->line->unsent(serial)) {
			serial->breaking = true;
			serial->line->set_break(serial, true, serial->break_milliseconds);
			alarm_set(&serial->alarm, serial->break_milliseconds);
			return;
		}
	}
	if (!serial->gone)
		schedule(serial);
	notify(serial);
}

static void ring(struct alarm *alarm)
{
	struct serial *serial = (struct serial *)((char *)alarm - offsetof(struct serial, alarm));
	object_retain(&serial->object);
	if (serial->breaking) {
		serial->line->set_break(serial, false, 0);
		serial->breaking = false;
		serial->break_milliseconds = 0;
	}
	pump(serial);
	object_release(&serial->object);
}

static void run(struct deferred *deferred)
{
	struct serial *serial = (struct serial *)((char *)deferred - offsetof(struct serial, deferred));
	object_retain(&serial->object);
	pump(serial);
	object_release(&serial->object);
}

/* ---- receiving */

static void receive(struct serial *serial)
{
	uint8_t bytes[4096];
	size_t before = serial->receive_count;
	ssize_t got;
	while ((got = read(serial->source.fd, bytes, sizeof(bytes))) > 0) {
		size_t count = (size_t)got, room = RECEIVE - serial->receive_count;
		if (count > room) {
			serial->overruns += (int)(count - room);
			count = room;
		}
		for (size_t done = 0; done < count;) {
			size_t end = (serial->receive_start + serial->receive_count) % RECEIVE;
			size_t piece = (count - done < RECEIVE - end) ? count - done : RECEIVE - end;
			memcpy(serial->receive + end, bytes + done, piece);
			serial->receive_count += piece;
			done += piece;
		}
		if ((size_t)got < sizeof(bytes))
			break;
	}
	if ((got == 0) || ((got < 0) && (errno != EAGAIN) && (errno != EINTR))) {
		/* The adapter was pulled out: the line is silent from now on. */
		serial->gone = true;
		source_unwatch(&serial->source);
	}
	if (serial->receive_count > before)
		object_call(&serial->object, ON_READABLE, (int)serial->receive_count);
	if (serial->gone && serial->object.open)
		object_call(&serial->object, ON_ERROR, -1);
}

static void ready(struct source *source, uint32_t events)
{
	struct serial *serial = (struct serial *)((char *)source - offsetof(struct serial, source));
	object_retain(&serial->object);
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		receive(serial);
	if ((events & EPOLLOUT) && serial->object.open && !serial->breaking)
		pump(serial);
	object_release(&serial->object);
}

/* ---- what JavaScript sees */

static void announce_baud(struct serial *serial)
{
	char text[32];
	snprintf(text, sizeof(text), "baud %d", serial->baud);
	state_socket_change(serial->state_socket, text);
}

/* new Serial({device or pty, line, baud, onReadable, onWritable, target}) */
void xs_serial(xsMachine *the)
{
	struct serial *serial = calloc(1, sizeof(*serial));
	char path[256], text[32];
	if (!serial)
		xsUnknownError("no memory");
	serial->source.fd = serial->slave = -1;
	serial->source.ready = ready;
	serial->alarm.ring = ring;
	serial->deferred.run = run;
	object_create(the, &serial->object, serial_free, &hooks);
	serial->baud = option_integer(the, names.baud, 115200);
	if (option_string(the, names.line, path, sizeof(path))) {
		snprintf(text, sizeof(text), "baud %d", serial->baud);
		serial->state_socket = state_socket_open(the, path, text);
	}
	xsTry {
		if (option_string(the, names.device, path, sizeof(path)))
			tty_open(the, serial, path);
		else if (option_string(the, names.pty, path, sizeof(path)))
			pty_open(the, serial, path);
		else
			xsRangeError("neither device nor pty");
		if (!serial->line->set_baud(serial, serial->baud))
			xsRangeError("invalid baud");
	}
	xsCatch {
		shut(serial);
		xsThrow(xsException);
	}
	source_watch(&serial->source, EPOLLIN);
	serial->watched = true;
	object_open(&serial->object);
}

void xs_serial_close(xsMachine *the)
{
	struct serial *serial = object_get_if(the, &xsThis, &hooks);
	if (!serial)
		return;
	shut(serial);
	object_close(&serial->object);
}

void xs_serial_get_baud(xsMachine *the)
{
	struct serial *serial = object_get(the, &hooks);
	xsmcSetInteger(xsResult, serial->baud);
}

void xs_serial_set_baud(xsMachine *the)
{
	struct serial *serial = object_get(the, &hooks);
	int baud = xsmcToInteger(xsArg(0));
	if (!serial->line->set_baud(serial, baud))
		xsRangeError("invalid baud");
	announce_baud(serial);
	if (!serial->breaking && !serial->gone && serial->transmit_count)
		schedule(serial);
}

void xs_serial_get_pending(xsMachine *the)
{
	struct serial *serial = object_get(the, &hooks);
	xsmcSetInteger(xsResult, (xsIntegerValue)serial->transmit_count + serial->line->unsent(serial));
}

void xs_serial_get_overruns(xsMachine *the)
{
	struct serial *serial = object_get(the, &hooks);
	xsmcSetInteger(xsResult, serial->overruns + serial->line->lost(serial));
}

/* read(view): as much as there is and fits */
void xs_serial_read(xsMachine *the)
{
	struct serial *serial = object_get(the, &hooks);
	void *data;
	xsUnsignedValue size;
	size_t count, first;
	xsmcGetBufferWritable(xsArg(0), &data, &size);
	count = (size < serial->receive_count) ? size : serial->receive_count;
	first = (count < RECEIVE - serial->receive_start) ? count : RECEIVE - serial->receive_start;
	memcpy(data, serial->receive + serial->receive_start, first);
	memcpy((uint8_t *)data + first, serial->receive, count - first);
	serial->receive_start = (serial->receive_start + count) % RECEIVE;
	serial->receive_count -= count;
	xsmcSetInteger(xsResult, (xsIntegerValue)count);
}

/* write(bytes): all or nothing; returns the room that is left */
void xs_serial_write(xsMachine *the)
{
	struct serial *serial = object_get(the, &hooks);
	void *data;
	xsUnsignedValue count;
	size_t end, first;
	xsmcGetBufferReadable(xsArg(0), &data, &count);
	if (count > TRANSMIT - serial->transmit_count)
		xsUnknownError("output full");
	end = (serial->transmit_start + serial->transmit_count) % TRANSMIT;
	first = (count < TRANSMIT - end) ? count : TRANSMIT - end;
	memcpy(serial->transmit + end, data, first);
	memcpy(serial->transmit, (uint8_t *)data + first, count - first);
	serial->transmit_count += count;
	if (count) {
		if (serial->transmit_count == count)
			serial->clock = fmax(serial->clock, time_now());
		serial->written = true;
		if (serial->transmit_count > NEARLY_FULL)
			serial->pressed = true;
		if (!serial->breaking && !serial->alarm.place)
			loop_soon(&serial->deferred);
	}
	xsmcSetInteger(xsResult, (xsIntegerValue)(TRANSMIT - serial->transmit_count));
}

void xs_serial_flush(xsMachine *the)
{
	struct serial *serial = object_get(the, &hooks);
	bool input = xsmcTest(xsArg(0)), output = xsmcTest(xsArg(1));
	serial->line->flush(serial, input, output);
	if (input)
		serial->receive_start = serial->receive_count = 0;
	if (!output)
		return;
	serial->transmit_start = serial->transmit_count = 0;
	if (!serial->breaking)
		serial->break_milliseconds = 0;
	serial->break_after = 0;
	if (serial->written && !serial->breaking)
		loop_soon(&serial->deferred);
}

/* sendBreak(milliseconds): after what is pending now */
void xs_serial_sendBreak(xsMachine *the)
{
	struct serial *serial = object_get(the, &hooks);
	int milliseconds = xsmcToInteger(xsArg(0));
	if ((milliseconds < 1) || (milliseconds > 60000))
		xsRangeError("invalid break");
	if (serial->break_milliseconds)
		xsUnknownError("a break is pending");
	serial->break_milliseconds = milliseconds;
	serial->break_after = serial->transmit_count;
	if (!serial->alarm.place)
		loop_soon(&serial->deferred);
}

void xs_serial_get_breaking(xsMachine *the)
{
	struct serial *serial = object_get(the, &hooks);
	xsmcSetBoolean(xsResult, serial->break_milliseconds != 0);
}

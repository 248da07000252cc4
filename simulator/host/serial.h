/* What serial.c, which JavaScript sees, and its two kinds of line have in common. */
#ifndef RACKPOD_SERIAL_H
#define RACKPOD_SERIAL_H

#include "state-socket.h"

#define RECEIVE 16384		/* bytes received but not read */
#define TRANSMIT 4096		/* bytes written but not on the line */

struct serial;

/* A line: the PTY of a simulated camera, or a real port. */
struct line {
	/* Puts up to `count` bytes on the line that are due now. Returns their number. */
	size_t (*send)(struct serial *serial, const uint8_t *bytes, size_t count);
	/* Milliseconds until more can be sent, or until what was sent has left; 0 when the line is idle, negative when epoll will tell. */
	double (*wait)(struct serial *serial, size_t count);
	/* Throws nothing: false when the rate can't be had. */
	bool (*set_baud)(struct serial *serial, int baud);
	void (*set_break)(struct serial *serial, bool on, int milliseconds);
	void (*flush)(struct serial *serial, bool input, bool output);
	/* Bytes sent that are still on their way, and bytes lost below us. */
	int (*unsent)(struct serial *serial);
	int (*lost)(struct serial *serial);
	void (*close)(struct serial *serial);
};

struct serial {
	struct object object;		/* first */
	struct source source;
	struct alarm alarm;			/* the transmitter */
	struct deferred deferred;
	const struct line *line;
	struct state_socket *state_socket;
	int baud;
	int overruns;
	bool pressed;				/* the transmit queue was nearly full: onWritable is owed when there is room */
	bool written;				/* something was written: onWritable is owed when all has left */
	bool watched;				/* by the loop */
	bool breaking;
	bool gone;					/* the device vanished */
	int break_milliseconds;		/* a break is due ... */
	size_t break_after;			/* ... when so many bytes more have left */
	size_t receive_start, receive_count, transmit_start, transmit_count;
	uint8_t receive[RECEIVE], transmit[TRANSMIT];
	double clock;				/* pty.c: when the line is free for the next byte */
	int slave;					/* pty.c */
	struct alarm stale;			/* pty.c: looks whether anybody reads */
	uint64_t delivered, consumed;	/* pty.c: bytes put into the terminal; read out of it, at the last look */
	bool was_waiting;			/* pty.c: some were unread at the last look */
	char path[256];				/* pty.c: the symbolic link */
	int lost_before;			/* tty.c */
};

/* Milliseconds of one byte on the line: 8N1. */
static inline double serial_byte_time(struct serial *serial)
{
	return 10e3 / serial->baud;
}

/* Both throw, and fill in `line` and `source.fd`. */
void pty_open(xsMachine *the, struct serial *serial, const char *path);
void tty_open(xsMachine *the, struct serial *serial, const char *path);

#endif

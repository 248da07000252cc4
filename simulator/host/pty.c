/*
 * A serial line to a simulated camera: a pseudo terminal whose other end is found by a symbolic link.
 *
 * The kernel's terminal has no bit rate, so the transmitter is clocked here: a byte reaches the camera when its stop bit would
 * have. The other direction is clocked by the camera. A wire doesn't wait: what the camera leaves unread for PATIENCE is lost.
 */
#include "serial.h"
#include "net.h"
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#define FASTEST 5000000		/* the ESP32's UART */
#define SLOWEST 300
#define BURST 2048			/* bytes; the kernel's terminal holds 4095 that are not yet read */
#define PATIENCE 500		/* real milliseconds in which the camera has to read */

/* So few wake-ups that they cost nothing, so many that the camera can't tell: 16 bytes, or a millisecond's worth. */
static size_t quantum(struct serial *serial)
{
	size_t count = (size_t)serial->baud / 10000;
	return (count < 16) ? 16 : count;
}

static int unread(struct serial *serial)
{
	int count = 0;
	return ioctl(serial->slave, FIONREAD, &count) ? 0 : count;
}

/* Bytes that were unread at the last look and still are have been there for PATIENCE at least: nobody reads. */
static void stale_ring(struct alarm *alarm)
{
	struct serial *serial = (struct serial *)((char *)alarm - offsetof(struct serial, stale));
	int waiting = unread(serial);
	uint64_t consumed = serial->delivered - (uint64_t)waiting;
	if (serial->was_waiting && waiting && (consumed == serial->consumed)) {
		tcflush(serial->slave, TCIFLUSH);
		serial->delivered -= (uint64_t)waiting;
		waiting = 0;
	}
	serial->consumed = consumed;
	serial->was_waiting = waiting > 0;
	if (waiting)
		alarm_set(alarm, PATIENCE / options.time_scale);
}

/* The clock is the line's: it stands at the end of the last byte sent. serial.c sets it to now when it writes to an idle line. */
static size_t pty_send(struct serial *serial, const uint8_t *bytes, size_t count)
{
	double now = time_now(), time = serial_byte_time(serial), due;
	ssize_t written;
	size_t least = (count < quantum(serial)) ? count : quantum(serial);
	/* When this program was held up, all that was due would come as one burst: the line stood still instead. */
	if (now - serial->clock > BURST * time)
		serial->clock = now - BURST * time;
	due = floor((now - serial->clock) / time + 1e-6);
	if (due < (double)least)
		return 0;
	if (due < (double)count)
		count = (size_t)due;
	/* A camera on a busy computer reads late: the line stands still for it, until stale_ring knows that nobody reads. */
	written = write(serial->source.fd, bytes, count);
	if (written <= 0)
		return 0;
	serial->clock += (double)written * time;
	serial->delivered += (uint64_t)written;
	if (!serial->stale.place)
		alarm_set(&serial->stale, PATIENCE / options.time_scale);
	return (size_t)written;
}

static double pty_wait(struct serial *serial, size_t count)
{
	double now = time_now(), wait;
	if (!count)
		return 0;
	if (count > quantum(serial))
		count = quantum(serial);
	wait = serial->clock + (double)count * serial_byte_time(serial) - now;
	return (wait > 0.001) ? wait : 0.001;
}

static bool pty_set_baud(struct serial *serial, int baud)
{
	if ((baud < SLOWEST) || (baud > FASTEST))
		return false;
	serial->baud = baud;
	return true;
}

static void pty_set_break(struct serial *serial, bool on, int milliseconds)
{
	char text[32];
	if (!on) {
		serial->clock = time_now();
		return;
	}
	snprintf(text, sizeof(text), "break %d", milliseconds);
	state_socket_tell(serial->state_socket, text);
}

static void pty_flush(struct serial *serial, bool input, bool output)
{
	uint8_t bytes[4096];
	(void)output;
	while (input && (read(serial->source.fd, bytes, sizeof(bytes)) > 0))
		;
}

static int pty_unsent(struct serial *serial)
{
	(void)serial;
	return 0;
}

static void pty_close(struct serial *serial)
{
	alarm_cancel(&serial->stale);
	if (serial->path[0])
		files_remove(serial->path);
	close(serial->slave);
	serial->slave = -1;
}

static const struct line pty_line = {
	pty_send, pty_wait, pty_set_baud, pty_set_break, pty_flush, pty_unsent, pty_unsent, pty_close
};

void pty_open(xsMachine *the, struct serial *serial, const char *path)
{
	struct termios mode;
	struct stat status;
	char name[64];
	serial->line = &pty_line;
	serial->stale.ring = stale_ring;
	serial->source.fd = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if ((serial->source.fd < 0) || grantpt(serial->source.fd) || unlockpt(serial->source.fd)
		|| ptsname_r(serial->source.fd, name, sizeof(name)))
		net_throw(the, "pseudo terminal");
	/* Held open, the line stays up while cameras come and go. */
	serial->slave = open(name, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if ((serial->slave < 0) || tcgetattr(serial->slave, &mode))
		net_throw(the, name);
	cfmakeraw(&mode);
	mode.c_cflag |= CLOCAL | CREAD;
	if (tcsetattr(serial->slave, TCSANOW, &mode))
		net_throw(the, name);
	if (!lstat(path, &status) && S_ISLNK(status.st_mode))
		unlink(path);
	if (symlink(name, path))
		net_throw(the, path);
	strcpy(serial->path, path);
	files_remember(path);
	serial->clock = time_now();
}

/*
 * A real serial port: the kernel's driver has the clock and the queue, at any rate the hardware can make.
 */
#include "serial.h"
#include "net.h"
#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/serial.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Real time, whatever the time scale says. */
static double real(double milliseconds)
{
	return milliseconds / options.time_scale;
}

static size_t tty_send(struct serial *serial, const uint8_t *bytes, size_t count)
{
	ssize_t sent = write(serial->source.fd, bytes, count);
	return (sent > 0) ? (size_t)sent : 0;
}

static int tty_unsent(struct serial *serial)
{
	int count = 0;
	return ioctl(serial->source.fd, TIOCOUTQ, &count) ? 0 : count;
}

/* With the kernel's queue full epoll tells when there is room; when everything is in it, nobody tells when it has left. */
static double tty_wait(struct serial *serial, size_t count)
{
	int left = tty_unsent(serial);
	source_change(&serial->source, count ? EPOLLIN | EPOLLOUT : EPOLLIN);
	if (count)
		return -1;
	if (!left)
		return 0;
	return real(left * serial_byte_time(serial)) + 1;
}

/* Asks for exactly this rate and believes what the driver made of it within 3 %. */
static bool tty_set_baud(struct serial *serial, int baud)
{
	struct termios2 mode, before;
	if ((baud < 50) || ioctl(serial->source.fd, TCGETS2, &before))
		return false;
	mode = before;
	mode.c_iflag = IGNBRK;
	mode.c_oflag = 0;
	mode.c_lflag = 0;
	mode.c_cflag = BOTHER | CS8 | CREAD | CLOCAL | (BOTHER << IBSHIFT);
	mode.c_ispeed = mode.c_ospeed = (speed_t)baud;
	memset(mode.c_cc, 0, sizeof(mode.c_cc));
	mode.c_cc[VMIN] = 1;
	if (ioctl(serial->source.fd, TCSETS2, &mode) || ioctl(serial->source.fd, TCGETS2, &mode))
		return false;
	if ((mode.c_ospeed < baud * 0.97) || (mode.c_ospeed > baud * 1.03)) {
		ioctl(serial->source.fd, TCSETS2, &before);
		return false;
	}
	serial->baud = (int)mode.c_ospeed;
	return true;
}

static void tty_set_break(struct serial *serial, bool on, int milliseconds)
{
	char text[32];
	ioctl(serial->source.fd, on ? TIOCSBRK : TIOCCBRK);
	if (!on)
		return;
	snprintf(text, sizeof(text), "break %d", milliseconds);
	state_socket_tell(serial->state_socket, text);
}

static void tty_flush(struct serial *serial, bool input, bool output)
{
	if (input)
		ioctl(serial->source.fd, TCFLSH, TCIFLUSH);
	if (output)
		ioctl(serial->source.fd, TCFLSH, TCOFLUSH);
}

static int driver_losses(int fd)
{
	struct serial_icounter_struct counters;
	return ioctl(fd, TIOCGICOUNT, &counters) ? 0 : counters.overrun + counters.buf_overrun;
}

static int tty_lost(struct serial *serial)
{
	return driver_losses(serial->source.fd) - serial->lost_before;
}

static void tty_close(struct serial *serial)
{
	ioctl(serial->source.fd, TIOCCBRK);
	ioctl(serial->source.fd, TIOCNXCL);
}

static const struct line tty_line = {
	tty_send, tty_wait, tty_set_baud, tty_set_break, tty_flush, tty_unsent, tty_lost, tty_close
};

void tty_open(xsMachine *the, struct serial *serial, const char *path)
{
	serial->line = &tty_line;
	serial->source.fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (serial->source.fd < 0)
		net_throw(the, path);
	if (!isatty(serial->source.fd))
		xsUnknownError("%s: not a serial port", path);
	ioctl(serial->source.fd, TIOCEXCL);
	ioctl(serial->source.fd, TCFLSH, TCIOFLUSH);
	serial->lost_before = driver_losses(serial->source.fd);
}

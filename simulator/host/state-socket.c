/*
 * The board's outside that isn't bytes: the camera's supply, and the state of its serial line. Any program that can open a UNIX
 * socket and read lines can be told.
 */
#include "state-socket.h"
#include "net.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct reader {
	struct source source;		/* first */
	struct reader *next;
	struct beacon *beacon;
};

struct beacon {
	struct source source;		/* first */
	struct reader *readers;
	char state[64];
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
};

static void forget(struct reader *reader)
{
	struct reader **link = &reader->beacon->readers;
	while (*link != reader)
		link = &(*link)->next;
	*link = reader->next;
	loop_unwatch(&reader->source);
	close(reader->source.fd);
	free(reader);
}

/* A reader that doesn't read is dropped: it learns of that by the end of the stream, not by a gap in it. */
static bool say(struct reader *reader, const char *line)
{
	char text[80];
	int length = snprintf(text, sizeof(text), "%s\n", line);
	return send(reader->source.fd, text, (size_t)length, MSG_DONTWAIT | MSG_NOSIGNAL) == length;
}

/* What readers write is thrown away; it only matters that they are there. */
static void reader_ready(struct source *source, uint32_t events)
{
	char bytes[256];
	ssize_t count = recv(source->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	(void)events;
	if ((count == 0) || ((count < 0) && (errno != EAGAIN) && (errno != EINTR)))
		forget((struct reader *)source);
}

static void ready(struct source *source, uint32_t events)
{
	struct beacon *beacon = (struct beacon *)source;
	int fd = accept4(source->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct reader *reader;
	(void)events;
	if (fd < 0)
		return;
	reader = calloc(1, sizeof(*reader));
	if (!reader)
		machine_die("no memory");
	reader->source.fd = fd;
	reader->source.ready = reader_ready;
	reader->beacon = beacon;
	reader->next = beacon->readers;
	beacon->readers = reader;
	loop_watch(&reader->source, EPOLLIN);
	if (!say(reader, beacon->state))
		forget(reader);
}

struct beacon *beacon_open(xsMachine *the, const char *path, const char *state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct beacon *beacon;
	struct stat status;
	int fd;
	if (strlen(path) >= sizeof(address.sun_path))
		xsRangeError("%s: a socket's path can have %d characters", path, (int)sizeof(address.sun_path) - 1);
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		net_throw(the, "socket");
	if (!lstat(path, &status) && S_ISSOCK(status.st_mode))
		unlink(path);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 16)) {
		int error = errno;
		close(fd);
		errno = error;
		net_throw(the, path);
	}
	beacon = calloc(1, sizeof(*beacon));
	if (!beacon)
		machine_die("no memory");
	strcpy(beacon->path, path);
	snprintf(beacon->state, sizeof(beacon->state), "%s", state);
	files_remember(path);
	beacon->source.fd = fd;
	beacon->source.ready = ready;
	loop_watch(&beacon->source, EPOLLIN);
	return beacon;
}

void beacon_tell(struct beacon *beacon, const char *event)
{
	struct reader *next;
	if (!beacon)
		return;
	for (struct reader *reader = beacon->readers; reader; reader = next) {
		next = reader->next;
		if (!say(reader, event))
			forget(reader);
	}
}

void beacon_change(struct beacon *beacon, const char *state)
{
	if (!beacon || !strcmp(beacon->state, state))
		return;
	snprintf(beacon->state, sizeof(beacon->state), "%s", state);
	beacon_tell(beacon, state);
}

void beacon_close(struct beacon *beacon)
{
	if (!beacon)
		return;
	/* Who sees the end of the stream finds the path gone. */
	files_remove(beacon->path);
	while (beacon->readers)
		forget(beacon->readers);
	loop_unwatch(&beacon->source);
	close(beacon->source.fd);
	free(beacon);
}

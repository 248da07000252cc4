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
	struct state_socket *state_socket;
};

struct state_socket {
	struct source source;		/* first */
	struct reader *readers;
	char state[64];
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
};

static void forget(struct reader *reader)
{
	struct reader **link = &reader->state_socket->readers;
	while (*link != reader)
		link = &(*link)->next;
	*link = reader->next;
	source_unwatch(&reader->source);
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
	struct state_socket *state_socket = (struct state_socket *)source;
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
	reader->state_socket = state_socket;
	reader->next = state_socket->readers;
	state_socket->readers = reader;
	source_watch(&reader->source, EPOLLIN);
	if (!say(reader, state_socket->state))
		forget(reader);
}

struct state_socket *state_socket_open(xsMachine *the, const char *path, const char *state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct state_socket *state_socket;
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
	state_socket = calloc(1, sizeof(*state_socket));
	if (!state_socket)
		machine_die("no memory");
	strcpy(state_socket->path, path);
	snprintf(state_socket->state, sizeof(state_socket->state), "%s", state);
	files_remember(path);
	state_socket->source.fd = fd;
	state_socket->source.ready = ready;
	source_watch(&state_socket->source, EPOLLIN);
	return state_socket;
}

void state_socket_tell(struct state_socket *state_socket, const char *event)
{
	struct reader *next;
	if (!state_socket)
		return;
	for (struct reader *reader = state_socket->readers; reader; reader = next) {
		next = reader->next;
		if (!say(reader, event))
			forget(reader);
	}
}

void state_socket_change(struct state_socket *state_socket, const char *state)
{
	if (!state_socket || !strcmp(state_socket->state, state))
		return;
	snprintf(state_socket->state, sizeof(state_socket->state), "%s", state);
	state_socket_tell(state_socket, state);
}

void state_socket_close(struct state_socket *state_socket)
{
	if (!state_socket)
		return;
	/* Who sees the end of the stream finds the path gone. */
	files_remove(state_socket->path);
	while (state_socket->readers)
		forget(state_socket->readers);
	source_unwatch(&state_socket->source);
	close(state_socket->source.fd);
	free(state_socket);
}

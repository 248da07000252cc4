/*
 * Addresses and errors of sockets. Names are never resolved: the chip isn't asked to either.
 */
#include "net.h"
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

void net_throw(xsMachine *the, const char *what)
{
	xsUnknownError("%s: %s", what, strerror(errno));
}

void net_throw_at(xsMachine *the, const char *what, const struct sockaddr_in *address)
{
	char text[INET_ADDRSTRLEN] = "";
	int error = errno;
	inet_ntop(AF_INET, &address->sin_addr, text, sizeof(text));
	xsUnknownError("%s %s:%d: %s", what, text, ntohs(address->sin_port), strerror(error));
}

struct in_addr net_parse(xsMachine *the, const char *text)
{
	struct in_addr address;
	if (inet_pton(AF_INET, text, &address) != 1)
		xsUnknownError("invalid address");
	return address;
}

uint16_t net_port(xsMachine *the, int port)
{
	if ((port < 0) || (port > 65535))
		xsRangeError("invalid port");
	return htons((uint16_t)port);
}

struct sockaddr_in net_address(xsMachine *the)
{
	char text[64] = "127.0.0.1";
	struct sockaddr_in address = { .sin_family = AF_INET };
	option_string(the, names.address, text, sizeof(text));
	address.sin_addr = net_parse(the, text);
	address.sin_port = net_port(the, option_integer(the, names.port, 0));
	return address;
}

void net_inline_urgent(int fd)
{
	setsockopt(fd, SOL_SOCKET, SO_OOBINLINE, &(int){ 1 }, sizeof(int));
}

int net_bound_port(int fd)
{
	struct sockaddr_in address;
	socklen_t size = sizeof(address);
	return getsockname(fd, (struct sockaddr *)&address, &size) ? -1 : ntohs(address.sin_port);
}

/*
 * Addresses and errors of sockets. Names are never resolved: the chip isn't asked to either.
 */
#include "net.h"
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/tcp.h>
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

static void option(int fd, int name, int value)
{
	setsockopt(fd, IPPROTO_TCP, name, &value, sizeof(value));
}

void net_keep_alive(int fd)
{
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &(int){ 1 }, sizeof(int));
	option(fd, TCP_KEEPIDLE, 20);
	option(fd, TCP_KEEPINTVL, 5);
	option(fd, TCP_KEEPCNT, 3);
}

struct in_pktinfo net_incoming(struct msghdr *message)
{
	struct in_pktinfo info = { 0 };
	for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part)) {
		if ((part->cmsg_level == IPPROTO_IP) && (part->cmsg_type == IP_PKTINFO))
			memcpy(&info, CMSG_DATA(part), sizeof(info));
	}
	return info;
}

/* The interface of a TCP connection's first packet; 0 when it isn't known. */
static unsigned incoming_interface(int fd)
{
	char control[256] __attribute__((aligned(sizeof(size_t))));
	socklen_t size = sizeof(control);
	struct msghdr message = { .msg_control = control };
	setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &(int){ 1 }, sizeof(int));
	if (getsockopt(fd, IPPROTO_IP, IP_PKTOPTIONS, control, &size) < 0)
		return 0;
	message.msg_controllen = size;
	return (unsigned)net_incoming(&message).ipi_ifindex;
}

static bool has_address(const struct ifaddrs *interface, struct in_addr *address)
{
	if (!interface->ifa_addr || (interface->ifa_addr->sa_family != AF_INET))
		return false;
	*address = ((struct sockaddr_in *)interface->ifa_addr)->sin_addr;
	return true;
}

/* All of 127.0.0.0/8 are the loopback's. */
static bool is_of(const struct ifaddrs *interface, struct in_addr own, struct in_addr address)
{
	return (own.s_addr == address.s_addr) || ((interface->ifa_flags & IFF_LOOPBACK) && (ntohl(address.s_addr) >> 24 == IN_LOOPBACKNET));
}

unsigned net_interface_of(struct in_addr address)
{
	struct ifaddrs *all, *each;
	struct in_addr own;
	unsigned found = 0;
	if (getifaddrs(&all) < 0)
		return 0;
	for (each = all; each && !found; each = each->ifa_next) {
		if (has_address(each, &own) && is_of(each, own, address))
			found = if_nametoindex(each->ifa_name);
	}
	freeifaddrs(all);
	return found;
}

struct in_addr net_address_of(unsigned interface, struct in_addr dialled)
{
	struct ifaddrs *all, *each;
	struct in_addr own, found = dialled;
	bool first = true;
	if (!interface || (getifaddrs(&all) < 0))
		return dialled;
	for (each = all; each; each = each->ifa_next) {
		if (!has_address(each, &own) || (if_nametoindex(each->ifa_name) != interface))
			continue;
		/* what this machine sends to an address of its own comes in by the loopback */
		if ((each->ifa_flags & IFF_LOOPBACK) || is_of(each, own, dialled)) {
			found = dialled;
			break;
		}
		if (first)
			found = own;
		first = false;
	}
	freeifaddrs(all);
	return found;
}

struct in_addr net_local_address(int fd)
{
	struct sockaddr_in local = { .sin_family = AF_INET };
	socklen_t size = sizeof(local);
	getsockname(fd, (struct sockaddr *)&local, &size);
	return net_address_of(incoming_interface(fd), local.sin_addr);
}

int net_bound_port(int fd)
{
	struct sockaddr_in address;
	socklen_t size = sizeof(address);
	return getsockname(fd, (struct sockaddr *)&address, &size) ? -1 : ntohs(address.sin_port);
}

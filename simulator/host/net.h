/* IPv4 addresses as JavaScript has them. */
#ifndef RACKPOD_NET_H
#define RACKPOD_NET_H

#include "host.h"
#include <netinet/in.h>
#include <sys/socket.h>

/* Reads the options `address` (127.0.0.1 when absent) and `port` (0 when absent). Throws when they make no sense. */
struct sockaddr_in net_address(xsMachine *the);
/* The same of one dotted address. Throws. */
struct in_addr net_parse(xsMachine *the, const char *text);
uint16_t net_port(xsMachine *the, int port);
/* The port a socket is bound to. */
int net_bound_port(int fd);
/*
 * Has urgent data of TCP come in its place in the stream, as it does on the chip: lwIP knows no other way, and telnet's Synch wants it
 * (RFC 854, RFC 6093). Otherwise Linux stops counting at the mark, and the connection stalls. Accepted sockets inherit it from theirs.
 */
void net_inline_urgent(int fd);
/*
 * Asks a silent peer now and then whether it is there, as the chip does: one that has vanished is found after 35 s, although nothing is
 * sent. Real seconds, whatever the time scale: it is the kernel that asks. Accepted sockets inherit it from theirs.
 */
void net_keep_alive(int fd);
/* The number of the interface that has this address; 0 when none has it. */
unsigned net_interface_of(struct in_addr address);
/* One of the interface's addresses, `dialled` when that is one of them or the interface isn't known (0). */
struct in_addr net_address_of(unsigned interface, struct in_addr dialled);
/* What IP_PKTINFO says of a message: number of the interface by which it came (0: not known), and the address that was dialled. */
struct in_pktinfo net_incoming(struct msghdr *message);
/*
 * The address of the interface by which the connection came in, which need not be the one that was dialled: Linux takes packets for all
 * of its addresses on every interface, so a camera that dials the lab's address would seem to be in the lab.
 */
struct in_addr net_local_address(int fd);
/* Throws what errno says. */
void net_throw(xsMachine *the, const char *what) __attribute__((noreturn));
/* The same, with the address and port it happened to. */
void net_throw_at(xsMachine *the, const char *what, const struct sockaddr_in *address) __attribute__((noreturn));

#endif

/* A UNIX stream socket that tells whoever connects the state of something, and every change of it, in lines. */
#ifndef RACKPOD_STATE_SOCKET_H
#define RACKPOD_STATE_SOCKET_H

#include "host.h"

struct state_socket;

/* Listens at `path`; a socket that is left there is replaced. Throws. `state` is the first line, without its end. */
struct state_socket *state_socket_open(xsMachine *the, const char *path, const char *state);
/* The state is another now. */
void state_socket_change(struct state_socket *state_socket, const char *state);
/* Something happened that isn't a state: those who connect later aren't told. */
void state_socket_tell(struct state_socket *state_socket, const char *event);
/* Harmless with null. */
void state_socket_close(struct state_socket *state_socket);

#endif

/* A UNIX stream socket that tells whoever connects the state of something, and every change of it, in lines. */
#ifndef RACKPOD_BEACON_H
#define RACKPOD_BEACON_H

#include "host.h"

struct beacon;

/* Listens at `path`; a socket that is left there is replaced. Throws. `state` is the first line, without its end. */
struct beacon *beacon_open(xsMachine *the, const char *path, const char *state);
/* The state is another now. */
void beacon_change(struct beacon *beacon, const char *state);
/* Something happened that isn't a state: those who connect later aren't told. */
void beacon_tell(struct beacon *beacon, const char *event);
/* Harmless with null. */
void beacon_close(struct beacon *beacon);

#endif

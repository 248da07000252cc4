/*
 * What a connection has received and JavaScript has not read, as lwIP's pbufs: the stack appends, JavaScript's task takes the whole chain
 * at once and copies from it into its own buffers. Nothing is allocated per segment.
 */
#ifndef RACKPOD_SOCKETS_SEGMENTS_H
#define RACKPOD_SOCKETS_SEGMENTS_H

#include "sockets.h"

struct segments {
	struct pbuf *incoming, *newest;	/* not yet taken by JavaScript's task, first and last; guarded, as is the next */
	unsigned count;			/* pbufs in `incoming` and `reading` */
	struct pbuf *reading;		/* JavaScript's task's, as all that follows: what it reads from */
	size_t offset;			/* read of the first of them */
	size_t available;		/* bytes taken and not read */
};

/* In the stack: appends the chain, or refuses it when there are too many. */
bool segmentsAppend(struct segments *segments, struct pbuf *first);
/* JavaScript's task: takes what came since; returns whether anything did. */
bool segmentsTake(struct segments *segments);
/* JavaScript's task: has everything been taken? */
bool segmentsTaken(struct segments *segments);
/* JavaScript's task: copies `count` bytes, of which it is known that they are available, and frees the pbufs that are used up. */
void segmentsRead(struct segments *segments, uint8_t *to, size_t count);
/* JavaScript's task, when the stack appends no more. */
void segmentsFree(struct segments *segments);

#endif

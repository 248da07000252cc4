/* Received pbufs of a connection: see segments.h. */
#include "segments.h"

#include <string.h>

/* That wait in all connections together, however small: the radio has 24 buffers for them and for those that the stack keeps. */
enum { MOST = 12 };

static unsigned all;	/* guarded */

/* A connection that has none always gets one: who reads goes on, whatever those do that don't. */
bool segmentsAppend(struct segments *segments, struct pbuf *first)
{
	struct pbuf *last = first;
	unsigned count = 1;
	bool full;
	SYS_ARCH_DECL_PROTECT(level);
	for (; last->next; last = last->next)
		count++;
	SYS_ARCH_PROTECT(level);
	full = segments->count && all + count > MOST;
	if (!full) {
		if (segments->incoming)
			segments->newest->next = first;
		else
			segments->incoming = first;
		segments->newest = last;
		segments->count += count;
		all += count;
	}
	SYS_ARCH_UNPROTECT(level);
	return !full;
}

bool segmentsTake(struct segments *segments)
{
	struct pbuf *incoming, **end;
	SYS_ARCH_DECL_PROTECT(level);
	SYS_ARCH_PROTECT(level);
	incoming = segments->incoming;
	segments->incoming = segments->newest = NULL;
	SYS_ARCH_UNPROTECT(level);
	for (end = &segments->reading; *end; end = &(*end)->next)
		;
	*end = incoming;
	for (struct pbuf *pbuf = incoming; pbuf; pbuf = pbuf->next)
		segments->available += pbuf->len;
	return incoming != NULL;
}

bool segmentsTaken(struct segments *segments)
{
	bool taken;
	SYS_ARCH_DECL_PROTECT(level);
	SYS_ARCH_PROTECT(level);
	taken = !segments->incoming;
	SYS_ARCH_UNPROTECT(level);
	return taken;
}

/* `count` pbufs are gone. */
static void release(struct segments *segments, unsigned count)
{
	SYS_ARCH_DECL_PROTECT(level);
	SYS_ARCH_PROTECT(level);
	segments->count -= count;
	all -= count;
	SYS_ARCH_UNPROTECT(level);
}

void segmentsRead(struct segments *segments, uint8_t *to, size_t count)
{
	unsigned used = 0;
	segments->available -= count;
	while (count) {
		struct pbuf *pbuf = segments->reading;
		size_t part = pbuf->len - segments->offset;
		if (part > count)
			part = count;
		memcpy(to, (uint8_t *)pbuf->payload + segments->offset, part);
		to += part;
		count -= part;
		segments->offset += part;
		if (segments->offset < pbuf->len)
			break;
		segments->reading = pbuf->next;
		segments->offset = 0;
		pbuf->next = NULL;
		pbuf_free(pbuf);
		used++;
	}
	release(segments, used);
}

static void freeChain(struct pbuf *pbuf)
{
	if (pbuf)
		pbuf_free(pbuf);
}

void segmentsFree(struct segments *segments)
{
	freeChain(segments->incoming);
	freeChain(segments->reading);
	release(segments, segments->count);
}

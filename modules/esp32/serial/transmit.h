/*
 * What is to be sent on a UART: bytes, breaks between them, and how much of it is on the wire. Portable: no XS, no chip.
 *
 * One task writes (JavaScript), another one sends; neither ever waits for the other. All positions count bytes since the start
 * and wrap at 2^32; only their differences mean anything.
 */
#ifndef RACKPOD_SERIAL_TRANSMIT_H
#define RACKPOD_SERIAL_TRANSMIT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define TRANSMIT_SIZE 8192u	/* a power of two */
#define TRANSMIT_CHUNK 256u	/* most bytes sent at once: 22 ms at 115200, so that a flush is felt soon */

typedef struct {
	uint8_t bytes[TRANSMIT_SIZE];
	_Atomic uint32_t written;	/* by JavaScript */
	_Atomic uint32_t discard;	/* everything before it may be forgotten; by JavaScript */
	_Atomic uint32_t breakAt;	/* the break comes when everything before it was sent; by JavaScript */
	_Atomic uint32_t breakTime;	/* milliseconds; 0: no break is asked for */
	_Atomic uint32_t taken;	/* handed to the hardware; by the sender */
	_Atomic uint32_t wire;	/* surely on the wire; by the sender */
	_Atomic bool wanted;	/* JavaScript wants to know when there is room again */
} Transmit;

typedef enum { TRANSMIT_IDLE, TRANSMIT_BYTES, TRANSMIT_BREAK } TransmitStep;

/* a after b, with wrapping */
static inline bool transmitAfter(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) > 0;
}

static inline uint32_t transmitFree(Transmit *it)
{
	return TRANSMIT_SIZE - (atomic_load(&it->written) - atomic_load(&it->taken));
}

/* Bytes not yet on the wire. */
static inline uint32_t transmitPending(Transmit *it)
{
	uint32_t wire = atomic_load(&it->wire), taken = atomic_load(&it->taken), discard = atomic_load(&it->discard);
	uint32_t from = transmitAfter(discard, taken) ? discard : taken;
	return (taken - wire) + (atomic_load(&it->written) - from);
}

/* JavaScript: queues all of `bytes` or nothing. */
static inline bool transmitWrite(Transmit *it, const void *bytes, uint32_t count)
{
	uint32_t written = atomic_load(&it->written), at = written % TRANSMIT_SIZE;
	uint32_t first = TRANSMIT_SIZE - at < count ? TRANSMIT_SIZE - at : count;
	if (count > transmitFree(it))
		return false;
	memcpy(it->bytes + at, bytes, first);
	memcpy(it->bytes, (const uint8_t *)bytes + first, count - first);
	atomic_store(&it->written, written + count);
	if (transmitFree(it) < TRANSMIT_SIZE / 4)
		atomic_store(&it->wanted, true);
	return true;
}

/* JavaScript: forgets what wasn't handed to the hardware yet. */
static inline void transmitDiscard(Transmit *it)
{
	atomic_store(&it->discard, atomic_load(&it->written));
}

/* JavaScript: a break after what was written so far; false while one is still to come. */
static inline bool transmitAskBreak(Transmit *it, uint32_t milliseconds)
{
	if (atomic_load(&it->breakTime))
		return false;
	atomic_store(&it->breakAt, atomic_load(&it->written));
	atomic_store(&it->breakTime, milliseconds);
	return true;
}

/* Sender: what to do next; the bytes to send are `*count` at `*bytes`. */
static inline TransmitStep transmitNext(Transmit *it, const uint8_t **bytes, uint32_t *count)
{
	uint32_t taken = atomic_load(&it->taken), discard = atomic_load(&it->discard);
	if (transmitAfter(discard, taken)) {
		atomic_store(&it->taken, discard);
		atomic_fetch_add(&it->wire, discard - taken);
		taken = discard;
	}
	uint32_t until = atomic_load(&it->written);
	if (atomic_load(&it->breakTime)) {
		uint32_t breakAt = atomic_load(&it->breakAt);
		if (!transmitAfter(breakAt, taken))
			return TRANSMIT_BREAK;
		until = breakAt;
	}
	uint32_t at = taken % TRANSMIT_SIZE, run = until - taken;
	if (run == 0)
		return TRANSMIT_IDLE;
	if (run > TRANSMIT_SIZE - at)
		run = TRANSMIT_SIZE - at;
	*bytes = it->bytes + at;
	*count = run < TRANSMIT_CHUNK ? run : TRANSMIT_CHUNK;
	return TRANSMIT_BYTES;
}

/* Sender: `count` bytes were handed to the hardware, whose FIFO holds `fifo` at most. True when JavaScript wants to know of the room. */
static inline bool transmitTaken(Transmit *it, uint32_t count, uint32_t fifo)
{
	uint32_t taken = atomic_load(&it->taken) + count;
	uint32_t ahead = taken - atomic_load(&it->wire);
	atomic_store(&it->taken, taken);
	if (ahead > fifo)
		atomic_store(&it->wire, taken - fifo);
	return transmitFree(it) >= TRANSMIT_SIZE / 2 && atomic_exchange(&it->wanted, false);
}

/* Sender: the hardware has sent everything it was handed. */
static inline void transmitDrained(Transmit *it)
{
	atomic_store(&it->wire, atomic_load(&it->taken));
}

/* Sender: the break is over. */
static inline void transmitBroken(Transmit *it)
{
	atomic_store(&it->breakTime, 0);
}

#endif

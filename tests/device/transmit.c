/*
 * A test program for modules/esp32/serial/transmit.h: a model of the line in plain arrays beside it, driven by a seeded random sequence of
 * writes, sends, breaks and flushes. Prints nothing and exits 0 when both agree all the time.
 */
#include <stdio.h>
#include <stdlib.h>
#include "transmit.h"

#define EXPECT(condition) do { if (!(condition)) { printf("line %d, step %u: " #condition "\n", __LINE__, step); exit(1); } } while (0)

static uint32_t seed = 1, step;
static Transmit line;

static uint32_t chance(uint32_t below)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % below;
}

int main(int argc, char **argv)
{
	static uint8_t queue[2 * TRANSMIT_SIZE];	/* what the model still has to send */
	uint32_t queued = 0, fifo = 0, breakIn = 0;
	bool breaking = false;
	uint8_t next = 0;
	uint32_t start = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 0) : 0;
	seed = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 0) : 1;
	line.written = line.discard = line.breakAt = line.taken = line.wire = start;
	for (step = 0; step < 200000; step++) {
		uint32_t what = chance(100);
		if (what < 40) {
			uint8_t bytes[700];
			uint32_t count = chance(sizeof(bytes) + 1);
			for (uint32_t i = 0; i < count; i++)
				bytes[i] = (uint8_t)(next + i);
			bool fits = count <= TRANSMIT_SIZE - queued;
			EXPECT(transmitWrite(&line, bytes, count) == fits);
			if (fits) {
				memcpy(queue + queued, bytes, count);
				queued += count;
				next = (uint8_t)(next + count);
			}
		}
		else if (what < 90) {
			const uint8_t *bytes;
			uint32_t count;
			TransmitStep does = transmitNext(&line, &bytes, &count);
			if (breaking && breakIn == 0) {
				EXPECT(does == TRANSMIT_BREAK);
				transmitDrained(&line);
				fifo = 0;
				transmitBroken(&line);
				breaking = false;
			}
			else if (queued == 0) {
				EXPECT(does == TRANSMIT_IDLE);
				transmitDrained(&line);
				fifo = 0;
			}
			else {
				EXPECT(does == TRANSMIT_BYTES && count > 0 && count <= TRANSMIT_CHUNK && count <= queued);
				EXPECT(!breaking || count <= breakIn);
				EXPECT(memcmp(bytes, queue, count) == 0);
				bool wanted = line.wanted;
				bool told = transmitTaken(&line, count, 128);
				memmove(queue, queue + count, queued - count);
				queued -= count;
				breakIn -= breaking ? count : 0;
				fifo = fifo + count > 128 ? 128 : fifo + count;
				EXPECT(told == (wanted && TRANSMIT_SIZE - queued >= TRANSMIT_SIZE / 2));
			}
		}
		else if (what < 95) {
			EXPECT(transmitAskBreak(&line, 10) == !breaking);
			if (!breaking) {
				breaking = true;
				breakIn = queued;
			}
		}
		else {
			transmitDiscard(&line);
			EXPECT(transmitPending(&line) == fifo);
			const uint8_t *bytes;
			uint32_t count;
			TransmitStep does = transmitNext(&line, &bytes, &count);	/* the sender applies it */
			queued = breakIn = 0;
			EXPECT(does == (breaking ? TRANSMIT_BREAK : TRANSMIT_IDLE));
		}
		EXPECT(transmitPending(&line) == queued + fifo);
		EXPECT(transmitFree(&line) == TRANSMIT_SIZE - queued);
	}
	return 0;
}

/*
 * Native half of bytes.ts. Portable: the same file runs on the device and on Linux.
 *
 * Nothing here allocates between taking a buffer's address and using it, so the address holds.
 */
#include "xsmc.h"
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * CRC-32 with the reflected polynomial 0xEDB88320, eight bytes at a time: tables[k][i] is what byte i contributes when k more
 * bytes follow it in the eight. CRC is linear, so an entry is the sum (exclusive or) of the entries of its bits, and the
 * compiler can work out the tables from 64 numbers. They are constants: 8 KiB of flash on the device, no RAM.
 */
#define ENTRY(i, a, b, c, d, e, f, g, h) \
	(((i) & 1 ? a : 0u) ^ ((i) & 2 ? b : 0u) ^ ((i) & 4 ? c : 0u) ^ ((i) & 8 ? d : 0u) ^ \
	((i) & 16 ? e : 0u) ^ ((i) & 32 ? f : 0u) ^ ((i) & 64 ? g : 0u) ^ ((i) & 128 ? h : 0u))
#define ENTRIES_4(i, ...) ENTRY(i, __VA_ARGS__), ENTRY((i) + 1, __VA_ARGS__), ENTRY((i) + 2, __VA_ARGS__), ENTRY((i) + 3, __VA_ARGS__)
#define ENTRIES_16(i, ...) ENTRIES_4(i, __VA_ARGS__), ENTRIES_4((i) + 4, __VA_ARGS__), \
	ENTRIES_4((i) + 8, __VA_ARGS__), ENTRIES_4((i) + 12, __VA_ARGS__)
#define ENTRIES_64(i, ...) ENTRIES_16(i, __VA_ARGS__), ENTRIES_16((i) + 16, __VA_ARGS__), \
	ENTRIES_16((i) + 32, __VA_ARGS__), ENTRIES_16((i) + 48, __VA_ARGS__)
#define ENTRIES_256(...) { ENTRIES_64(0, __VA_ARGS__), ENTRIES_64(64, __VA_ARGS__), \
	ENTRIES_64(128, __VA_ARGS__), ENTRIES_64(192, __VA_ARGS__) }

static const uint32_t tables[8][256] = {
	ENTRIES_256(0x77073096, 0xee0e612c, 0x076dc419, 0x0edb8832, 0x1db71064, 0x3b6e20c8, 0x76dc4190, 0xedb88320),
	ENTRIES_256(0x191b3141, 0x32366282, 0x646cc504, 0xc8d98a08, 0x4ac21251, 0x958424a2, 0xf0794f05, 0x3b83984b),
	ENTRIES_256(0x01c26a37, 0x0384d46e, 0x0709a8dc, 0x0e1351b8, 0x1c26a370, 0x384d46e0, 0x709a8dc0, 0xe1351b80),
	ENTRIES_256(0xb8bc6765, 0xaa09c88b, 0x8f629757, 0xc5b428ef, 0x5019579f, 0xa032af3e, 0x9b14583d, 0xed59b63b),
	ENTRIES_256(0x3d6029b0, 0x7ac05360, 0xf580a6c0, 0x30704bc1, 0x60e09782, 0xc1c12f04, 0x58f35849, 0xb1e6b092),
	ENTRIES_256(0xcb5cd3a5, 0x4dc8a10b, 0x9b914216, 0xec53826d, 0x03d6029b, 0x07ac0536, 0x0f580a6c, 0x1eb014d8),
	ENTRIES_256(0xa6770bb4, 0x979f1129, 0xf44f2413, 0x33ef4e67, 0x67de9cce, 0xcfbd399c, 0x440b7579, 0x8816eaf2),
	ENTRIES_256(0xccaa009e, 0x4225077d, 0x844a0efa, 0xd3e51bb5, 0x7cbb312b, 0xf9766256, 0x299dc2ed, 0x533b85da)
};

static uint32_t crc32(uint32_t crc, const uint8_t *p, size_t count)
{
	crc = ~crc;
	for (; count >= 8; count -= 8, p += 8) {
		/* Byte by byte, so that neither the machine's byte order nor its alignment matters; compilers make two loads of it. */
		uint32_t low = crc ^ ((uint32_t)p[0] | ((uint32_t)p[1] << 8) | ((uint32_t)p[2] << 16) | ((uint32_t)p[3] << 24));
		uint32_t high = (uint32_t)p[4] | ((uint32_t)p[5] << 8) | ((uint32_t)p[6] << 16) | ((uint32_t)p[7] << 24);
		crc = tables[7][low & 255] ^ tables[6][(low >> 8) & 255] ^ tables[5][(low >> 16) & 255] ^ tables[4][low >> 24] ^
			tables[3][high & 255] ^ tables[2][(high >> 8) & 255] ^ tables[1][(high >> 16) & 255] ^ tables[0][high >> 24];
	}
	while (count--)
		crc = (crc >> 8) ^ tables[0][(crc ^ *p++) & 255];
	return ~crc;
}

/* crc32(bytes, crc) */
void xs_bytes_crc32(xsMachine *the)
{
	void *data;
	xsUnsignedValue count;
	uint32_t crc = (uint32_t)xsmcToNumber(xsArg(1));
	xsmcGetBufferReadable(xsArg(0), &data, &count);
	xsmcSetNumber(xsResult, (xsNumberValue)crc32(crc, data, count));
}

/* replaceRuns(bytes, value, minimum, replacement) */
void xs_bytes_replaceRuns(xsMachine *the)
{
	void *data;
	xsUnsignedValue count;
	int value = xsmcToInteger(xsArg(1)) & 255;
	int minimum = xsmcToInteger(xsArg(2));
	int replacement = xsmcToInteger(xsArg(3)) & 255;
	int runs = 0;
	uint8_t *p, *end;
	xsmcGetBufferWritable(xsArg(0), &data, &count);
	p = data;
	end = p + count;
	while ((p < end) && (p = memchr(p, value, (size_t)(end - p)))) {
		uint8_t *start = p;
		while ((p < end) && (*p == value))
			p++;
		if (p - start >= minimum) {
			memset(start, replacement, (size_t)(p - start));
			runs++;
		}
	}
	xsmcSetInteger(xsResult, runs);
}

/* run(bytes, value) */
void xs_bytes_run(xsMachine *the)
{
	void *data;
	xsUnsignedValue count, run = 0;
	int value = xsmcToInteger(xsArg(1)) & 255;
	xsmcGetBufferReadable(xsArg(0), &data, &count);
	while ((run < count) && (((uint8_t *)data)[run] == value))
		run++;
	xsmcSetInteger(xsResult, (xsIntegerValue)run);
}

/* copy(to, at, from, start, count) */
void xs_bytes_copy(xsMachine *the)
{
	void *to, *from;
	xsUnsignedValue room, available;
	xsUnsignedValue at = (xsUnsignedValue)xsmcToInteger(xsArg(1));
	xsUnsignedValue start = (xsUnsignedValue)xsmcToInteger(xsArg(3));
	xsUnsignedValue count = (xsUnsignedValue)xsmcToInteger(xsArg(4));
	xsmcGetBufferWritable(xsArg(0), &to, &room);
	xsmcGetBufferReadable(xsArg(2), &from, &available);
	/* a negative number is a large one here */
	if ((at > room) || (count > room - at) || (start > available) || (count > available - start))
		xsRangeError("outside the bytes");
	memmove((uint8_t *)to + at, (uint8_t *)from + start, count);
}

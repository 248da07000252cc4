/*
 * SHA-256 as FIPS 180-4 section 6.2 describes it (names follow the standard), and its XS side (sha256.ts).
 */
#include <stdlib.h>
#include <string.h>
#include "xsmc.h"

enum { SHA256_BLOCK = 64, SHA256_SIZE = 32 };

typedef struct {
	uint32_t state[8];
	uint64_t length;	/* bytes taken so far */
	uint8_t block[SHA256_BLOCK];	/* the last, incomplete one */
} Sha256;

/* Section 4.2.2: the first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
static const uint32_t K[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2
};

static uint32_t rotr(uint32_t x, unsigned n)
{
	return (x >> n) | (x << (32 - n));
}

static void compress(uint32_t state[8], const uint8_t *block)
{
	uint32_t w[64];
	for (int t = 0; t < 16; t++)
		w[t] = (uint32_t)block[4 * t] << 24 | (uint32_t)block[4 * t + 1] << 16 | (uint32_t)block[4 * t + 2] << 8 | block[4 * t + 3];
	for (int t = 16; t < 64; t++) {
		uint32_t s0 = rotr(w[t - 15], 7) ^ rotr(w[t - 15], 18) ^ (w[t - 15] >> 3);
		uint32_t s1 = rotr(w[t - 2], 17) ^ rotr(w[t - 2], 19) ^ (w[t - 2] >> 10);
		w[t] = w[t - 16] + s0 + w[t - 7] + s1;
	}
	uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
	uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
	for (int t = 0; t < 64; t++) {
		uint32_t t1 = h + (rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)) + ((e & f) ^ (~e & g)) + K[t] + w[t];
		uint32_t t2 = (rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
		h = g;
		g = f;
		f = e;
		e = d + t1;
		d = c;
		c = b;
		b = a;
		a = t1 + t2;
	}
	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
	state[4] += e;
	state[5] += f;
	state[6] += g;
	state[7] += h;
}

static void sha256Start(Sha256 *sha)
{
	/* Section 5.3.3. */
	static const uint32_t initial[8] = {
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19
	};
	memcpy(sha->state, initial, sizeof(initial));
	sha->length = 0;
}

static void sha256Update(Sha256 *sha, const void *bytes, size_t count)
{
	const uint8_t *from = bytes;
	size_t held = sha->length % SHA256_BLOCK;
	sha->length += count;
	if (held) {
		size_t take = SHA256_BLOCK - held < count ? SHA256_BLOCK - held : count;
		memcpy(sha->block + held, from, take);
		from += take;
		count -= take;
		if (held + take < SHA256_BLOCK)
			return;
		compress(sha->state, sha->block);
	}
	for (; count >= SHA256_BLOCK; from += SHA256_BLOCK, count -= SHA256_BLOCK)
		compress(sha->state, from);
	if (count)
		memcpy(sha->block, from, count);
}

static void sha256Finish(Sha256 *sha, uint8_t hash[SHA256_SIZE])
{
	uint64_t bits = sha->length * 8;
	size_t held = sha->length % SHA256_BLOCK;
	sha->block[held++] = 0x80;
	if (held > SHA256_BLOCK - 8) {
		memset(sha->block + held, 0, SHA256_BLOCK - held);
		compress(sha->state, sha->block);
		held = 0;
	}
	memset(sha->block + held, 0, SHA256_BLOCK - 8 - held);
	for (int i = 0; i < 8; i++)
		sha->block[SHA256_BLOCK - 1 - i] = (uint8_t)(bits >> (8 * i));
	compress(sha->state, sha->block);
	for (int i = 0; i < SHA256_SIZE; i++)
		hash[i] = (uint8_t)(sha->state[i / 4] >> (24 - 8 * (i % 4)));
}

void xs_sha256_destructor(void *data);
void xs_sha256(xsMachine *the);
void xs_sha256_update(xsMachine *the);
void xs_sha256_digest(xsMachine *the);

void xs_sha256_destructor(void *data)
{
	free(data);
}

static Sha256 *running(xsMachine *the)
{
	Sha256 *sha = xsmcGetHostDataValidate(xsThis, (void *)xs_sha256_destructor);
	if (!sha)
		xsUnknownError("digest was taken");
	return sha;
}

void xs_sha256(xsMachine *the)
{
	Sha256 *sha = malloc(sizeof(Sha256));
	if (!sha)
		xsUnknownError("no memory");
	sha256Start(sha);
	xsmcSetHostData(xsThis, sha);
}

void xs_sha256_update(xsMachine *the)
{
	void *bytes;
	xsUnsignedValue count;
	Sha256 *sha = running(the);
	xsmcGetBufferReadable(xsArg(0), &bytes, &count);
	sha256Update(sha, bytes, count);
}

void xs_sha256_digest(xsMachine *the)
{
	void *bytes;
	xsUnsignedValue count;
	Sha256 *sha = running(the);
	xsmcGetBufferWritable(xsArg(0), &bytes, &count);
	if (count < SHA256_SIZE)
		xsRangeError("32 bytes needed");
	sha256Finish(sha, bytes);
	xsmcSetHostData(xsThis, NULL);
	free(sha);
}

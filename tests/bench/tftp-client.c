/*
 * A TFTP client for benchmarks: as little work as a client can do, the same for every server.
 *
 *     tftp-client PORT NAME BLKSIZE WINDOWSIZE FILE REPEATS
 *
 * Loads NAME from 127.0.0.1:PORT into memory again and again, compares it with FILE, prints megabytes (10^6) per second, one line
 * each. Acknowledges each window when it is complete; waits 2 s for a packet, then gives up: a benchmark on loopback loses nothing.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static unsigned char *expected, *memory;
static long size;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static double now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

static void load(const char *path)
{
	FILE *file = fopen(path, "rb");
	if (!file || fseek(file, 0, SEEK_END))
		die(path);
	size = ftell(file);
	rewind(file);
	expected = malloc(size + 1);
	memory = malloc(size + 65536);
	if (!expected || !memory || (fread(expected, 1, size, file) != (size_t)size))
		die(path);
	fclose(file);
}

static double transfer(int port, const char *name, int block, int window)
{
	struct sockaddr_in server = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(server);
	struct timeval patience = { .tv_sec = 2 };
	unsigned char packet[65536], ack[4] = { 0, 4, 0, 0 };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), count, pending = 0;
	long at = 0;
	unsigned expected_block = 1;
	double start;
	if ((fd < 0) || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)))
		die("socket");
	count = sprintf((char *)packet, "%c%c%s%coctet%cblksize%c%d%c", 0, 1, name, 0, 0, 0, block, 0);
	if (window > 1)
		count += sprintf((char *)packet + count, "windowsize%c%d%c", 0, window, 0);
	start = now();
	if (sendto(fd, packet, count, 0, (struct sockaddr *)&server, length) < 0)
		die("request");
	if ((recvfrom(fd, packet, sizeof(packet), 0, (struct sockaddr *)&server, &length) < 2) || (packet[1] != 6))
		die("no OACK");
	if (connect(fd, (struct sockaddr *)&server, length) || (send(fd, ack, 4, 0) < 0))
		die("connect");
	do {
		count = recv(fd, packet, sizeof(packet), 0);
		if (count < 4)
			die("no data");
		if ((packet[1] != 3) || ((packet[2] << 8 | packet[3]) != (expected_block & 0xffff)))
			continue;
		expected_block++;
		memcpy(memory + at, packet + 4, count - 4);
		at += count - 4;
		if ((++pending >= window) || (count < block + 4)) {
			ack[2] = packet[2];
			ack[3] = packet[3];
			pending = 0;
			if (send(fd, ack, 4, 0) < 0)
				die("acknowledge");
		}
	} while ((packet[1] != 3) || (count == block + 4));
	start = now() - start;
	close(fd);
	if ((at != size) || memcmp(memory, expected, size)) {
		fprintf(stderr, "wrong bytes\n");
		exit(1);
	}
	return size / start / 1e6;
}

int main(int argc, char *argv[])
{
	if (argc != 7)
		return 2;
	load(argv[5]);
	for (int repeats = atoi(argv[6]); repeats > 0; repeats--)
		printf("%.1f\n", transfer(atoi(argv[1]), argv[2], atoi(argv[3]), atoi(argv[4])));
	return 0;
}

/*
 * host/flash: a NOR flash chip in a file. Erasing sets bits, writing clears bits, and what the file is too short to hold is erased.
 * Cutting the power is the business of whoever uses it.
 */
#include "host.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct flash {
	int fd;
	off_t size;
};

void xs_flash_destructor(void *data)
{
	struct flash *flash = data;
	if (!flash)
		return;
	close(flash->fd);
	free(flash);
}

/* new FlashFile(path, size) */
void xs_flash(xsMachine *the)
{
	char path[256];
	struct flash *flash;
	int size = xsmcToInteger(xsArg(1));
	int fd;
	xsmcToStringBuffer(xsArg(0), path, sizeof(path));
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0)
		xsUnknownError("%s: %s", path, strerror(errno));
	flash = malloc(sizeof(*flash));
	if (!flash) {
		close(fd);
		xsUnknownError("no memory");
	}
	*flash = (struct flash){ .fd = fd, .size = size };
	xsmcSetHostData(xsThis, flash);
}

static struct flash *get(xsMachine *the, int offset, xsUnsignedValue length)
{
	struct flash *flash = xsmcGetHostData(xsThis);
	if ((offset < 0) || ((off_t)offset + (off_t)length > flash->size))
		xsRangeError("outside the flash");
	return flash;
}

static void fail(xsMachine *the)
{
	xsUnknownError("flash: %s", strerror(errno));
}

/* What the file has, then erased bytes. */
static bool load(struct flash *flash, uint8_t *bytes, size_t length, off_t offset)
{
	size_t done = 0;
	while (done < length) {
		ssize_t count = pread(flash->fd, bytes + done, length - done, offset + (off_t)done);
		if (count < 0)
			return false;
		if (!count)
			break;
		done += (size_t)count;
	}
	memset(bytes + done, 0xff, length - done);
	return true;
}

static bool save(struct flash *flash, const uint8_t *bytes, size_t length, off_t offset)
{
	while (length) {
		ssize_t count = pwrite(flash->fd, bytes, length, offset);
		if (count < 0)
			return false;
		bytes += count;
		length -= (size_t)count;
		offset += count;
	}
	return true;
}

/* The file's bytes up to `end` are there, erased. */
static bool grow(struct flash *flash, off_t end)
{
	uint8_t erased[4096];
	struct stat status;
	if (fstat(flash->fd, &status))
		return false;
	memset(erased, 0xff, sizeof(erased));
	for (off_t at = status.st_size; at < end; at += sizeof(erased)) {
		size_t part = (end - at < (off_t)sizeof(erased)) ? (size_t)(end - at) : sizeof(erased);
		if (!save(flash, erased, part, at))
			return false;
	}
	return true;
}

void xs_flash_read(xsMachine *the)
{
	void *bytes;
	xsUnsignedValue length;
	int offset = xsmcToInteger(xsArg(1));
	struct flash *flash;
	xsmcGetBufferWritable(xsArg(0), &bytes, &length);
	flash = get(the, offset, length);
	if (!load(flash, bytes, length, offset))
		fail(the);
}

void xs_flash_write(xsMachine *the)
{
	void *bytes;
	xsUnsignedValue length;
	int offset = xsmcToInteger(xsArg(1));
	struct flash *flash;
	uint8_t *cells;
	bool done;
	xsmcGetBufferReadable(xsArg(0), &bytes, &length);
	flash = get(the, offset, length);
	cells = malloc(length + 1);
	if (!cells)
		xsUnknownError("no memory");
	done = load(flash, cells, length, offset);
	for (xsUnsignedValue i = 0; i < length; i++)
		cells[i] &= ((uint8_t *)bytes)[i];
	done = done && grow(flash, offset) && save(flash, cells, length, offset);
	free(cells);
	if (!done)
		fail(the);
}

void xs_flash_erase(xsMachine *the)
{
	int offset = xsmcToInteger(xsArg(0)), length = xsmcToInteger(xsArg(1));
	struct flash *flash = get(the, offset, (xsUnsignedValue)length);
	uint8_t *cells = malloc((size_t)length + 1);
	bool done;
	if (!cells)
		xsUnknownError("no memory");
	memset(cells, 0xff, (size_t)length);
	done = grow(flash, offset) && save(flash, cells, (size_t)length, offset);
	free(cells);
	if (!done)
		fail(the);
}

/*
 * Resource: the files that manifests name under "data". On the chip they lie in flash, which is mapped; here each is mapped from its file
 * when it is first asked for, and stays mapped. Either way nothing is copied, and nothing can be written.
 */
#include "host.h"
#include "engine.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define LONGEST 256			/* a name's length */

struct mapped {
	struct mapped *next;
	const char *path;		/* the map's own copy */
	void *bytes;
	size_t size;
};

static struct mapped *first;

/* Nothing to do: what is mapped stays. */
void xs_resource_destructor(void *data)
{
	(void)data;
}

/* The path of the file that argument 0 names; null when there is none. */
static const char *path_of(xsMachine *the)
{
	static const char prefix[] = "data:";
	char specifier[LONGEST];
	memcpy(specifier, prefix, sizeof(prefix));
	xsmcToStringBuffer(xsArg(0), specifier + strlen(prefix), sizeof(specifier) - strlen(prefix));
	return map_path(specifier);
}

static bool open_map(struct mapped *mapped)
{
	static char nothing[1];		/* an empty file can't be mapped */
	struct stat status;
	int fd = open(mapped->path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	mapped->bytes = MAP_FAILED;
	if (!fstat(fd, &status)) {
		mapped->size = (size_t)status.st_size;
		mapped->bytes = mapped->size ? mmap(NULL, mapped->size, PROT_READ, MAP_SHARED, fd, 0) : nothing;
	}
	close(fd);
	return mapped->bytes != MAP_FAILED;
}

static struct mapped *map(xsMachine *the, const char *path)
{
	struct mapped *mapped = first;
	while (mapped && strcmp(mapped->path, path))
		mapped = mapped->next;
	if (mapped)
		return mapped;
	mapped = malloc(sizeof(*mapped));
	if (!mapped)
		xsUnknownError("no memory");
	mapped->path = path;
	if (!open_map(mapped)) {
		int error = errno;
		free(mapped);
		xsUnknownError("%s: %s", path, strerror(error));
	}
	mapped->next = first;
	return first = mapped;
}

/* new Resource(name) */
void xs_resource(xsMachine *the)
{
	const char *path = path_of(the);
	struct mapped *mapped;
	if (!path)
		xsURIError("no manifest has the data %s", xsmcToString(xsArg(0)));
	mapped = map(the, path);
	xsmcSetHostBuffer(xsThis, mapped->bytes, (xsIntegerValue)mapped->size);
	xsmcPetrifyHostBuffer(xsThis);
}

void xs_resource_exists(xsMachine *the)
{
	xsmcSetBoolean(xsResult, path_of(the) != NULL);
}

void xs_resource_get_byteLength(xsMachine *the)
{
	xsmcSetInteger(xsResult, xsmcGetHostBufferLength(xsThis));
}

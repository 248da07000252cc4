/*
 * Sockets and symbolic links that the program makes in the file system, removed when it ends however it ends, short of a crash.
 */
#include "host.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct file {
	struct file *next;
	char path[];
};

static struct file *first;

static void remove_all(void)
{
	while (first)
		files_remove(first->path);
}

void files_remember(const char *path)
{
	static bool registered;
	size_t size = strlen(path) + 1;
	struct file *file = malloc(sizeof(*file) + size);
	if (!file)
		machine_die("no memory");
	memcpy(file->path, path, size);
	file->next = first;
	first = file;
	if (!registered)
		atexit(remove_all);
	registered = true;
}

void files_remove(const char *path)
{
	struct file **link = &first;
	while (*link && strcmp((*link)->path, path))
		link = &(*link)->next;
	if (*link) {
		struct file *file = *link;
		*link = file->next;
		unlink(file->path);
		free(file);
	}
}

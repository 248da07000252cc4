/*
 * The map of modules: what a manifest names, and nothing else, can be imported.
 */
#include "engine.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct module {
	struct module *next;
	char *path;
	char specifier[];
};

static struct module *first;

/* Paths are relative to the map's folder. */
static char *resolve(const char *map, const char *path)
{
	const char *slash = strrchr(map, '/');
	int folder = ((*path == '/') || !slash) ? 0 : (int)(slash - map) + 1;
	char *result;
	if (asprintf(&result, "%.*s%s", folder, map, path) < 0)
		machine_die("no memory");
	return result;
}

void map_read(const char *path)
{
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t size = 0;
	if (!file)
		machine_die("%s: %s", path, strerror(errno));
	while (getline(&line, &size, file) > 0) {
		struct module *module;
		size_t length = strcspn(line, "\t");
		line[strcspn(line, "\n")] = 0;
		if (!line[length])
			machine_die("%s: no tab in \"%s\"", path, line);
		module = malloc(sizeof(*module) + length + 1);
		if (!module)
			machine_die("no memory");
		memcpy(module->specifier, line, length);
		module->specifier[length] = 0;
		module->path = resolve(path, line + length + 1);
		module->next = first;
		first = module;
	}
	free(line);
	fclose(file);
}

static struct module *find(const char *specifier)
{
	struct module *module = first;
	while (module && strcmp(module->specifier, specifier))
		module = module->next;
	return module;
}

const char *map_specifier(const char *specifier)
{
	struct module *module = find(specifier);
	return module ? module->specifier : NULL;
}

const char *map_path(const char *specifier)
{
	struct module *module = find(specifier);
	return module ? module->path : NULL;
}

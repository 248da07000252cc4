/*
 * Between the files that see XS from inside (xsAll.h) and those that see it from outside (xs.h): the two headers give a machine
 * two types, so it is a void pointer here.
 */
#ifndef RACKPOD_ENGINE_H
#define RACKPOD_ENGINE_H

#include <stdbool.h>

/* ---- engine.c */

/* Promise jobs and unhandled rejections. To be called after each xsEndHost. */
void engine_settle(void *the);
/* From now on a collection at every allocation, in builds that can do that. */
void engine_stress(void);
/* Slots and bytes of chunks in use, garbage included. */
int engine_slots(void *the);
int engine_chunks(void *the);
/* What is left of them before the heap would have to grow. */
int engine_free_slots(void *the);
int engine_free_chunks(void *the);
/* Ends the program with a message, as the chip would restart. */
void machine_die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* ---- device.c: the chip's way of loading modules, and its memory */

/* Sizes as in a manifest's "creation": bytes, slots, slots, keys, keys. */
struct device {
	int chunks, slots, stack, keys, more_keys;
};

/* From now on C functions of modules can't be called. */
void device_preload_begins(void);
/* For modules.c: a module's C functions were made. */
void device_hold(void *the, void *hosts);
int device_unchangeable(void *the, const char **what);
/* Shares `the` and returns a machine of the device's size that was cloned from it. */
void *device_clone(void *the, const struct device *device);

/* ---- census.c: live slots and chunks by their maker, to stderr */

void census_print(void *the);

/* ---- map.c: specifiers and their files */

void map_read(const char *path);
/* The module's own copy of the specifier, null when it isn't in the map. */
const char *map_specifier(const char *specifier);
const char *map_path(const char *specifier);

#endif

/*
 * What the parts of the host offer each other: the event loop, virtual time, calls into JavaScript, and the life of host objects.
 * Not for native code of firmware modules: that sees only xsmc.h and runs on the device too.
 */
#ifndef RACKPOD_HOST_H
#define RACKPOD_HOST_H

#include "engine.h"
#include "xsmc.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In xsAPI.c, but missing from xs.h. Null when the slot is no host object or has no data. */
extern void *fxGetHostDataIf(xsMachine *the, xsSlot *slot);

/* ---- main.c: what the command line said */

struct options {
	const char *map;
	const char *main;
	int argument_count;
	char **arguments;
	double time_scale;		/* real seconds per second of the program */
	bool until_eof;			/* end when stdin ends */
	bool stress;			/* collect garbage at every allocation */
	const char *device;		/* file with the sizes of the device and what is preloaded; null: no device mode */
};

extern struct options options;

/* ---- sources.c: epoll */

/* A file descriptor that is watched. Embed it in the record of what it belongs to. */
struct source {
	int fd;
	void (*ready)(struct source *source, uint32_t events);
};

void sources_start(void);
/* `events` as epoll's; EPOLLET belongs to them. Watching a watched source changes its events (and re-arms the edges). */
void source_watch(struct source *source, uint32_t events);
void source_change(struct source *source, uint32_t events);
/* Safe inside any callback: what epoll reported of the source and was not yet delivered is forgotten. Doesn't close fd. */
void source_unwatch(struct source *source);

/* Calls those that are ready, until one of them sets `stop`; waits for the first if need be. */
void sources_deliver(bool wait, const bool *stop);

/* ---- loop.c: turns, deferred calls, the end */

void loop_start(void);

/* Something to do at the end of this turn (after the callback that asked for it). */
struct deferred {
	struct deferred *next;
	void (*run)(struct deferred *deferred);
	unsigned turn;
	bool queued;
};

void loop_soon(struct deferred *deferred);
void loop_forget(struct deferred *deferred);

/* Runs until loop_end(); returns the exit code it was given. */
int loop_run(void);
void loop_end(int code);

/* ---- alarm.c: virtual time */

/* Milliseconds since the start, scaled by --time-scale. */
double time_now(void);
/* Milliseconds since the start, unscaled: for limits that belong to the real world. */
double time_real(void);

struct alarm {
	double at;
	uint64_t order;
	size_t place;			/* in the heap, from 1; 0: not set */
	void (*ring)(struct alarm *alarm);
};

/* Setting a set alarm moves it. Alarms of one moment ring in the order they were set. */
void alarm_set(struct alarm *alarm, double delay);
/* For a ringing alarm: again `interval` after it was due, so that it doesn't drift; what was missed is left out. */
void alarm_repeat(struct alarm *alarm, double interval);
void alarm_cancel(struct alarm *alarm);
void alarm_start(void);
/* Rings what is due. An alarm set while they ring waits for the next turn, even with no delay. */
void alarm_ring(void);

/* ---- machine.c: the engine */

xsMachine *machine_start(void);
/* Imports the module `specifier`; when it exports a function as default, calls it. */
void machine_run(xsMachine *the, const char *specifier);
/* Device mode: preloads what options.device lists into `the`, and returns the machine that was cloned from it. */
xsMachine *machine_preload(xsMachine *the);
/* Prints who has the heap of the running machine (census.c). */
void machine_census(void);
void machine_stop(xsMachine *the);

/* Property names looked up once. */
struct names {
	xsIdentifier activeLow, address, baud, broadcast, device, from, handle, initialValue, line, mode, nodelay, onError,
		onReadable, onWritable, path, pin, port, pty, target;
};

extern struct names names;

/* ---- object.c: objects of the IO classes */

enum { ON_READABLE, ON_WRITABLE, ON_ERROR, CALLBACKS };

/*
 * The first part of every IO record. A record lives as long as JavaScript's object isn't closed, or a callback of it is running:
 * object_retain() round each upcall, so that close() inside a callback is harmless.
 */
struct object {
	xsMachine *the;
	xsSlot self;			/* remembered while open: an open socket needs no reference from JavaScript */
	xsSlot callbacks[CALLBACKS];
	unsigned references;
	bool open;
	void (*free)(struct object *object);
};

/*
 * A constructor callocs its record and calls object_create(), which makes the record that of `this` and takes the callbacks and
 * `target` out of the options (argument 0): as on the SDK that becomes a property of the object, which is `this` of the callbacks. From
 * there on it may throw: the collector frees the record. When everything is open,
 * object_open() ties the object to the event loop.
 */
void object_create(xsMachine *the, struct object *object, void (*free)(struct object *), const xsHostHooks *hooks);
void object_open(struct object *object);
/* The hooks of every IO class are { object_destroy, object_mark, NULL }, but each class has its own copy, by which it is known. */
void object_destroy(void *object);
void object_mark(xsMachine *the, void *object, xsMarkRoot mark);
/* The record of `this`. Throws when it is closed or of another class. */
void *object_get(xsMachine *the, const xsHostHooks *hooks);
/* The same, null when closed. For close(). */
void *object_get_if(xsMachine *the, xsSlot *slot, const xsHostHooks *hooks);
/* Lets go of JavaScript's object. The record follows when its last reference is released. */
void object_close(struct object *object);
void object_retain(struct object *object);
void object_release(struct object *object);
bool object_has(struct object *object, int callback);
/* Calls back with one number, or with none when `count` is negative. The object may be closed afterwards: hold a reference. */
void object_call(struct object *object, int callback, int count);

/* ---- arguments.c: reading options */

bool option_has(xsMachine *the, xsIdentifier name);
int option_integer(xsMachine *the, xsIdentifier name, int otherwise);
bool option_boolean(xsMachine *the, xsIdentifier name, bool otherwise);
/* Copies the string into `buffer`; false when the option is absent. Throws when it is too long. */
bool option_string(xsMachine *the, xsIdentifier name, char *buffer, size_t size);

/* ---- files.c: sockets and links of the file system that go away with the program */

void files_remember(const char *path);
void files_remove(const char *path);

#endif

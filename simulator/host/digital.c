/*
 * embedded:io/digital: outputs. A pin of the simulated board has one thing at its other end, the gate of a P-channel FET that switches
 * the camera's supply: low is on, high is off, and as long as nobody drives the pin a resistor keeps it high.
 */
#include "state-socket.h"
#include <stdlib.h>
#include <string.h>

#define OUTPUT 8			/* the SDK's Digital.Output */

struct digital {
	struct object object;		/* first */
	struct digital *next;
	struct state_socket *state_socket;
	bool active_low;
	bool level;					/* what the pin has */
	char pin[32];
};

static struct digital *all;

static const xsHostHooks hooks = { object_destroy, object_mark, NULL };

void xs_digital_destructor(void *data)
{
	object_destroy(data);
}

static void shut(struct digital *digital)
{
	struct digital **link = &all;
	while (*link && (*link != digital))
		link = &(*link)->next;
	if (*link)
		*link = digital->next;
	state_socket_close(digital->state_socket);
	digital->state_socket = NULL;
}

static void digital_free(struct object *object)
{
	shut((struct digital *)object);
	free(object);
}

static void drive(struct digital *digital, bool level)
{
	digital->level = level;
	state_socket_change(digital->state_socket, level ? "off" : "on");
}

/* new Digital({pin, mode, initialValue, activeLow, path}); `path` is the socket that tells of the camera's supply */
void xs_digital(xsMachine *the)
{
	struct digital *digital = calloc(1, sizeof(*digital));
	char path[256];
	if (!digital)
		xsUnknownError("no memory");
	object_create(the, &digital->object, digital_free, &hooks);
	if (!option_string(the, names.pin, digital->pin, sizeof(digital->pin)))
		xsRangeError("no pin");
	for (struct digital *other = all; other; other = other->next) {
		if (!strcmp(other->pin, digital->pin))
			xsUnknownError("in use");
	}
	if (option_integer(the, names.mode, OUTPUT) != OUTPUT)
		xsRangeError("only outputs");
	digital->active_low = option_boolean(the, names.activeLow, false);
	/* Without an initial value the pin has what the chip's register has after a reset: low. */
	if (option_has(the, names.initialValue))
		digital->level = (option_integer(the, names.initialValue, 0) != 0) != digital->active_low;
	if (option_string(the, names.path, path, sizeof(path)))
		digital->state_socket = state_socket_open(the, path, digital->level ? "off" : "on");
	digital->next = all;
	all = digital;
	object_open(&digital->object);
}

/* The pin becomes an input again: off. */
void xs_digital_close(xsMachine *the)
{
	struct digital *digital = object_get_if(the, &xsThis, &hooks);
	if (!digital)
		return;
	drive(digital, true);
	shut(digital);
	object_close(&digital->object);
}

void xs_digital_read(xsMachine *the)
{
	struct digital *digital = object_get(the, &hooks);
	xsmcSetInteger(xsResult, digital->level != digital->active_low);
}

void xs_digital_write(xsMachine *the)
{
	struct digital *digital = object_get(the, &hooks);
	drive(digital, (xsmcToInteger(xsArg(0)) != 0) != digital->active_low);
}

void xs_digital_get_Output(xsMachine *the)
{
	xsmcSetInteger(xsResult, OUTPUT);
}

/*
 * What all IO objects have in common: JavaScript's object and C's record find each other, callbacks are kept and marked, and a
 * record outlives the callback that closes it.
 */
#include "host.h"
#include <stdlib.h>

void object_create(xsMachine *the, struct object *object, void (*release)(struct object *), const xsHostHooks *hooks)
{
	const xsIdentifier ids[CALLBACKS] = { names.onReadable, names.onWritable, names.onError };
	object->the = the;
	object->free = release;
	object->references = 1;
	object->self = xsThis;
	for (int i = 0; i < CALLBACKS; i++)
		object->callbacks[i] = xsUndefined;
	xsmcSetHostData(xsThis, object);
	fxSetHostHooks(the, &xsThis, hooks);
	if (!xsmcArgc || (xsmcTypeOf(xsArg(0)) != xsReferenceType))
		return;
	for (int i = 0; i < CALLBACKS; i++) {
		xsmcGet(xsResult, xsArg(0), ids[i]);
		if ((xsmcTypeOf(xsResult) != xsUndefinedType) && !xsmcIsCallable(xsResult))
			xsTypeError("callback is no function");
		object->callbacks[i] = xsResult;
	}
	if (option_has(the, names.target)) {
		xsmcGet(xsResult, xsArg(0), names.target);
		xsmcSet(xsThis, names.target, xsResult);
	}
	xsmcSetUndefined(xsResult);
}

void object_open(struct object *object)
{
	xsMachine *the = object->the;
	object->open = true;
	xsRemember(object->self);
}

void object_destroy(void *data)
{
	struct object *object = data;
	if (!object)
		return;
	object->open = false;
	object_release(object);
}

void object_mark(xsMachine *the, void *data, xsMarkRoot mark)
{
	struct object *object = data;
	if (!object)
		return;
	for (int i = 0; i < CALLBACKS; i++)
		(*mark)(the, &object->callbacks[i]);
}

void *object_get_if(xsMachine *the, xsSlot *slot, const xsHostHooks *hooks)
{
	void *data = (fxTypeOf(the, slot) == xsReferenceType) ? fxGetHostDataIf(the, slot) : NULL;
	return (data && (fxGetHostHooks(the, slot) == hooks)) ? data : NULL;
}

void *object_get(xsMachine *the, const xsHostHooks *hooks)
{
	void *data = object_get_if(the, &xsThis, hooks);
	if (!data)
		xsSyntaxError("closed");
	return data;
}

void object_close(struct object *object)
{
	xsMachine *the = object->the;
	if (!object->open)
		return;
	object->open = false;
	xsForget(object->self);
	xsmcSetHostData(object->self, NULL);
	object_release(object);
}

void object_retain(struct object *object)
{
	object->references++;
}

void object_release(struct object *object)
{
	if (!--object->references)
		object->free(object);
}

bool object_has(struct object *object, int callback)
{
	return object->open && (fxTypeOf(object->the, &object->callbacks[callback]) == xsReferenceType);
}

void object_call(struct object *object, int callback, int count)
{
	xsMachine *machine = object->the;
	if (!object_has(object, callback))
		return;
	xsBeginHost(machine);
	{
		xsmcVars(2);
		xsVar(0) = object->callbacks[callback];
		xsVar(1) = object->self;
		if (count < 0)
			xsCallFunction0(xsVar(0), xsVar(1));
		else
			xsCallFunction1(xsVar(0), xsVar(1), xsInteger(count));
	}
	xsEndHost(machine);
	engine_settle(machine);
}

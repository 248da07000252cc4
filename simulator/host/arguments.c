/*
 * Reading the options object, argument 0 of a constructor. An option that is undefined is absent.
 */
#include "host.h"
#include <string.h>

/* Leaves the option in xsResult. */
static bool get(xsMachine *the, xsIdentifier name)
{
	if (!xsmcArgc || (xsmcTypeOf(xsArg(0)) != xsReferenceType))
		return false;
	xsmcGet(xsResult, xsArg(0), name);
	return xsmcTypeOf(xsResult) != xsUndefinedType;
}

bool option_has(xsMachine *the, xsIdentifier name)
{
	bool has = get(the, name);
	xsmcSetUndefined(xsResult);
	return has;
}

int option_integer(xsMachine *the, xsIdentifier name, int otherwise)
{
	int value = get(the, name) ? xsmcToInteger(xsResult) : otherwise;
	xsmcSetUndefined(xsResult);
	return value;
}

bool option_boolean(xsMachine *the, xsIdentifier name, bool otherwise)
{
	bool value = get(the, name) ? xsmcTest(xsResult) : otherwise;
	xsmcSetUndefined(xsResult);
	return value;
}

bool option_string(xsMachine *the, xsIdentifier name, char *buffer, size_t size)
{
	if (!get(the, name))
		return false;
	xsmcToStringBuffer(xsResult, buffer, (xsIntegerValue)size);
	xsmcSetUndefined(xsResult);
	return true;
}

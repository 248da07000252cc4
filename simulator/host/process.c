/*
 * The module "host/process": arguments, stdout, and leaving before the loop ends.
 */
#include "host.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void xs_process_args(xsMachine *the)
{
	xsmcVars(1);
	xsmcSetNewArray(xsResult, 0);
	for (int i = 0; i < options.argument_count; i++) {
		xsVar(0) = xsString(options.arguments[i]);
		xsmcSetIndex(xsResult, (xsIndex)i, xsVar(0));
	}
}

void xs_process_pid(xsMachine *the)
{
	xsmcSetInteger(xsResult, getpid());
}

void xs_process_print(xsMachine *the)
{
	fputs(xsmcToString(xsArg(0)), stdout);
	fputc('\n', stdout);
	fflush(stdout);
}

/* Nothing of the program runs after it. */
void xs_process_exit(xsMachine *the)
{
	exit(xsmcArgc ? xsmcToInteger(xsArg(0)) : 0);
}

void xs_process_compare(xsMachine *the)
{
	void *a, *b;
	xsUnsignedValue a_count, b_count, i = 0;
	xsmcGetBufferReadable(xsArg(0), &a, &a_count);
	xsmcGetBufferReadable(xsArg(1), &b, &b_count);
	while ((i < a_count) && (i < b_count) && (((uint8_t *)a)[i] == ((uint8_t *)b)[i]))
		i++;
	xsmcSetInteger(xsResult, ((i == a_count) && (i == b_count)) ? -1 : (xsIntegerValue)i);
}

void xs_process_stress(xsMachine *the)
{
	(void)the;
	engine_stress();
}

/* Only in device mode the heap has a size; elsewhere it grows. */
static void answer_free(xsMachine *the, int count)
{
	xsmcSetInteger(xsResult, options.device ? count : 1 << 24);
}

void xs_process_get_freeSlots(xsMachine *the)
{
	answer_free(the, engine_free_slots(the));
}

void xs_process_get_freeChunks(xsMachine *the)
{
	answer_free(the, engine_free_chunks(the));
}

void xs_process_collect(xsMachine *the)
{
	xsCollectGarbage();
}

/* Live bytes of the two heaps: the difference between two calls is what was leaked between them. */
void xs_process_memory(xsMachine *the)
{
	xsmcVars(1);
	xsCollectGarbage();
	xsmcSetNewObject(xsResult);
	xsVar(0) = xsInteger(engine_slots(the));
	xsmcSet(xsResult, xsID("slots"), xsVar(0));
	xsVar(0) = xsInteger(engine_chunks(the));
	xsmcSet(xsResult, xsID("chunks"), xsVar(0));
}

/*
 * The machine: its memory, its two own globals, and how a program starts in it.
 */
#include "host.h"
#include <stdio.h>
#include <stdlib.h>

struct names names;

extern void xs_process_print(xsMachine *the);

/* Room to spare: a machine that collects garbage at every packet is as slow as the packets' garbage is large. */
static const xsCreation creation = {
	.initialChunkSize = 1024 * 1024,
	.incrementalChunkSize = 256 * 1024,
#if mxStress
	.initialHeapCount = 4 * 1024,	/* what is collected at every allocation had better be small */
	.incrementalHeapCount = 1024,
#else
	.initialHeapCount = 16 * 1024,
	.incrementalHeapCount = 8 * 1024,
#endif
	.stackCount = 4 * 1024,
	.initialKeyCount = 2 * 1024,
	.incrementalKeyCount = 1024,
	.nameModulo = 997,
	.symbolModulo = 127,
	.parserBufferSize = 64 * 1024,
	.parserTableModulo = 1993
};

/* trace(...): the arguments to stderr as they are, as the device's console has them. */
static void xs_trace(xsMachine *the)
{
	for (int i = 0, c = xsmcArgc; i < c; i++)
		fputs(xsmcToString(xsArg(i)), stderr);
}

static void find_names(xsMachine *the)
{
	names = (struct names){
		.activeLow = xsID("activeLow"), .address = xsID("address"), .baud = xsID("baud"), .device = xsID("device"),
		.from = xsID("from"), .handle = xsID("handle"), .initialValue = xsID("initialValue"), .line = xsID("line"),
		.mode = xsID("mode"), .nodelay = xsID("nodelay"), .onError = xsID("onError"), .onReadable = xsID("onReadable"),
		.onWritable = xsID("onWritable"), .path = xsID("path"), .pin = xsID("pin"), .port = xsID("port"), .pty = xsID("pty"),
		.target = xsID("target")
	};
}

xsMachine *machine_start(void)
{
	xsMachine *machine = xsCreateMachine((xsCreation *)&creation, "rackpod", NULL);
	if (!machine)
		machine_die("no memory for the machine");
	xsBeginHost(machine);
	{
		xsResult = xsNewHostFunction(xs_trace, 1);
		xsmcDefine(xsGlobal, xsID("trace"), xsResult, xsDontEnum);
		xsResult = xsNewHostFunction(xs_process_print, 1);
		xsmcDefine(xsGlobal, xsID("print"), xsResult, xsDontEnum);
		find_names(the);
	}
	xsEndHost(machine);
	return machine;
}

void machine_run(xsMachine *machine, const char *specifier)
{
	xsBeginHost(machine);
	{
		xsmcVars(1);
		xsVar(0) = xsAwaitImport(specifier, XS_IMPORT_DEFAULT);
		if (options.stress)
			engine_stress();
		if (xsmcIsCallable(xsVar(0)))
			xsCallFunction0(xsVar(0), xsGlobal);
	}
	xsEndHost(machine);
	engine_settle(machine);
}

void machine_stop(xsMachine *machine)
{
	xsDeleteMachine(machine);
}

/*
 * The machine: its memory, its two own globals, and how a program starts in it.
 */
#include "host.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>

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
		.activeLow = xsID("activeLow"), .address = xsID("address"), .baud = xsID("baud"), .broadcast = xsID("broadcast"), .device = xsID("device"),
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

static xsMachine *running;

void machine_run(xsMachine *machine, const char *specifier)
{
	running = machine;
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

/* A module that can't be loaded ends the program with its name. */
static void preload(xsMachine *the, const char *specifier)
{
	static int known = -1;
	const char *what = NULL;
	int count;
	if (known < 0)
		known = device_unchangeable(the, &what);
	if (!map_specifier(specifier))
		machine_die("%s is to be preloaded, but the map doesn't have it", specifier);
	xsBeginHost(the);
	{
		xsmcVars(1);
		xsTry {
			xsVar(0) = xsAwaitImport(specifier, XS_IMPORT_NAMESPACE);
		}
		xsCatch {
			if (xsmcTypeOf(xsException) == xsReferenceType) {
				xsmcGet(xsVar(0), xsException, xsID("stack"));
				if (xsmcTest(xsVar(0)))
					xsException = xsVar(0);
			}
			machine_die("preloading %s: %s", specifier, xsmcToString(xsException));
		}
	}
	xsEndHost(the);
	engine_settle(the);
	count = device_unchangeable(the, &what);
	if (count > known)
		machine_die("preloading %s: it, or a module it imports, keeps %s, which can't be changed on the chip", specifier, what);
	known = count;
}

xsMachine *machine_preload(xsMachine *machine)
{
	struct device device;
	char *line = NULL;
	size_t size = 0;
	FILE *file = fopen(options.device, "r");
	if (!file)
		machine_die("%s: %s", options.device, strerror(errno));
	if (fscanf(file, "%d %d %d %d %d\n", &device.chunks, &device.slots, &device.stack, &device.keys, &device.more_keys) != 5)
		machine_die("%s: its first line must be five numbers", options.device);
	device_preload_begins();
	while (getline(&line, &size, file) > 0) {
		line[strcspn(line, "\n")] = 0;
		preload(machine, line);
	}
	free(line);
	fclose(file);
	return device_clone(machine, &device);
}

void machine_census(void)
{
	census_print(running);
}

void machine_stop(xsMachine *machine)
{
	xsDeleteMachine(machine);
}

/*
 * xs-host: runs ECMAScript modules on XS with the IO of a Linux machine.
 *
 *     xs-host [--until-eof] [--stress] [--time-scale F] [--device FILE] MAP MAIN [ARG...]
 *
 * MAP has a line `specifier<TAB>path` for each module (paths relative to MAP's folder; the last line of a specifier
 * counts); MAIN is the specifier to start. --until-eof ends the program when stdin does: so it dies with whoever holds the other end.
 *
 * --device FILE runs the program as on the chip (device.c). FILE: `CHUNK-BYTES SLOTS STACK-SLOTS KEYS MORE-KEYS`, then one line for each
 * specifier to preload.
 */
#include "host.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options options = {
	.time_scale = 1
};

static void usage(void)
{
	fprintf(stderr, "usage: xs-host [--until-eof] [--stress] [--time-scale F] [--device FILE] MAP MAIN [ARG...]\n");
	exit(2);
}

static double number(const char *text)
{
	char *end;
	double value = text ? strtod(text, &end) : 0;
	if (!text || (end == text) || *end || !(value > 0) || (value > 1e9))
		usage();
	return value;
}

static void parse(int argc, char **argv)
{
	int i = 1;
	for (; (i < argc) && !strncmp(argv[i], "--", 2); i++) {
		if (!strcmp(argv[i], "--until-eof"))
			options.until_eof = true;
		else if (!strcmp(argv[i], "--stress"))
			options.stress = true;
		else if (!strcmp(argv[i], "--time-scale"))
			options.time_scale = number(argv[++i]);
		else if (!strcmp(argv[i], "--device"))
			options.device = argv[++i];
		else
			usage();
	}
	if (argc - i < 2)	/* an option without its value, too */
		usage();
	options.map = argv[i];
	options.main = argv[i + 1];
	options.argument_count = argc - i - 2;
	options.arguments = argv + i + 2;
}

int main(int argc, char **argv)
{
	xsMachine *the;
	int code;
	parse(argc, argv);
	sources_start();
	loop_start();
	alarm_start();
	map_read(options.map);
	the = machine_start();
	if (options.device)
		the = machine_preload(the);
	machine_run(the, options.main);
	code = loop_run();
	machine_stop(the);
	return code;
}

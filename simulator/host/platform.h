/*
 * XS's view of this platform (the engine is compiled with -DXSPLATFORM="platform.h"): Linux with libc and epoll, no GLib, no
 * debugger connection. The choices follow the ESP32 where the engine leaves one: 16-bit property IDs, strings counted in code
 * points, no normalization tables.
 */
#ifndef RACKPOD_PLATFORM_H
#define RACKPOD_PLATFORM_H

#undef mxLinux
#define mxLinux 1
#undef mxLittleEndian
#define mxLittleEndian 1

#include <ctype.h>
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#define mxExport extern
#define mxImport extern
#define XS_FUNCTION_NORETURN __attribute__((noreturn))

#define mxUseGCCAtomics 1
#define mxUsePOSIXThreads 1

#define mxUseDefaultBuildKeys 1
#define mxUseDefaultChunkAllocation 1
#define mxUseDefaultSlotAllocation 1
#define mxUseDefaultParseScript 1
#define mxUseDefaultSharedChunks 1

/* The waiter fields belong to Atomics.wait, which the engine expects even where nobody calls it. */
#define mxMachinePlatform \
	bool promise_jobs; \
	void *waiterCondition; \
	void *waiterData; \
	void *waiterLink;

#endif

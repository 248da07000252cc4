/* What modules/esp32/sockets uses of the SDK's platform layer, on the Linux host. */
#pragma once
#include "xsmc.h"
#include <stdint.h>
#include <stdlib.h>
typedef void (*modMessageDeliver)(void *the, void *refcon, uint8_t *message, uint16_t length);
int modMessagePostToMachine(xsMachine *the, uint8_t *message, uint16_t length, modMessageDeliver callback, void *refcon);
/* Fails when the test says so. */
void *failing_calloc(size_t count, size_t size);
#undef c_calloc
#define c_calloc failing_calloc
#undef c_free
#define c_free free

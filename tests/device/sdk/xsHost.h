/* The SDK's platform layer for the ESP32, as far as the firmware uses it. */
#pragma once
#include "xsmc.h"
#define c_malloc malloc
#define c_calloc calloc
#define c_free free
typedef void (*modMessageDeliver)(void *the, void *refcon, uint8_t *message, uint16_t length);
int modMessagePostToMachine(xsMachine *the, uint8_t *message, uint16_t length, modMessageDeliver callback, void *refcon);

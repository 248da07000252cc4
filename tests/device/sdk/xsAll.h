/* The engine's inside, as far as modules/esp32/memory uses it. */
#pragma once
#include <stddef.h>
typedef int txInteger;
typedef int txSize;
typedef struct { void *data[4]; } txSlot;
typedef struct { txSlot *frame; txSize currentChunksSize, maximumChunksSize, currentHeapCount, maximumHeapCount; } txMachine;
#define mxResult (the->frame + 1)
void fxCollectGarbage(txMachine *the);
void fxInteger(txMachine *the, txSlot *slot, txInteger value);
void fxCollectGarbage(txMachine *the);

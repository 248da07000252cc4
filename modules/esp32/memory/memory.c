/* The ESP32 side of memory.ts. */
#include "xsAll.h"
#include "mc.xs.h"

#include "esp_heap_caps.h"

/* The engine's own names: xsmc.h can't be included beside xsAll.h. */
static void answer(txMachine *the, size_t bytes)
{
	fxInteger(the, mxResult, (txInteger)bytes);
}

void xs_memory_get_heap(txMachine *the)
{
	answer(the, (size_t)the->maximumHeapCount * sizeof(txSlot) + (size_t)the->maximumChunksSize);
}

void xs_memory_get_heapUsed(txMachine *the)
{
	answer(the, (size_t)the->currentHeapCount * sizeof(txSlot) + (size_t)the->currentChunksSize);
}

void xs_memory_get_freeSlots(txMachine *the)
{
	answer(the, (size_t)(the->maximumHeapCount - the->currentHeapCount));
}

void xs_memory_get_freeChunks(txMachine *the)
{
	answer(the, (size_t)(the->maximumChunksSize - the->currentChunksSize));
}

void xs_memory_collect(txMachine *the)
{
	fxCollectGarbage(the);
}

void xs_memory_get_internalFree(txMachine *the)
{
	answer(the, heap_caps_get_free_size(MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT));
}

void xs_memory_get_internalLargest(txMachine *the)
{
	answer(the, heap_caps_get_largest_free_block(MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT));
}

void xs_memory_get_psramFree(txMachine *the)
{
	answer(the, heap_caps_get_free_size(MALLOC_CAP_SPIRAM));
}

void xs_memory_get_psramLargest(txMachine *the)
{
	answer(the, heap_caps_get_largest_free_block(MALLOC_CAP_SPIRAM));
}

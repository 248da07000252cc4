/*
 * Device mode: modules are loaded as the SDK's linker does it when it builds the firmware, and the program runs in a machine of the
 * chip's size beside them.
 *
 * The modules' bodies run in a first machine, in which C functions of modules must not be called: there is no chip yet. Then that
 * machine is shared, which makes everything in it read-only, and a second machine with a fixed heap is cloned from it. What doesn't fit
 * there ends the program as it would restart the chip.
 *
 * Slots have twice the size of the chip's (64 bits): the heap is counted in slots, so it is true; arrays lie in chunks, where they take
 * twice as much.
 */
#include "xsAll.h"
#include "engine.h"

struct held {
	struct held* next;
	txSlot* slot;
	txCallback callback;
};

static bool preloading;
static struct held* all_held;

static void refuse(txMachine* the)
{
	mxUnknownError("native code is called while the module is loaded, which on the chip is when the firmware is built");
}

/* `hosts` is an array of the module's C functions. */
void device_hold(void* machine, void* hosts)
{
	txMachine* the = machine;
	txSlot* array = ((txSlot*)hosts)->value.reference->next;
	txInteger length = (txInteger)fxGetIndexSize(the, array);
	if (!preloading)
		return;
	for (txInteger i = 0; i < length; i++) {
		txSlot* item = array->value.array.address + i;
		txSlot* slot = (item->kind == XS_REFERENCE_KIND) ? item->value.reference->next : C_NULL;
		struct held* held;
		if (!slot || (slot->kind != XS_CALLBACK_KIND))
			continue;
		held = c_malloc(sizeof(*held));
		if (!held)
			machine_die("no memory");
		*held = (struct held){ .next = all_held, .slot = slot, .callback = slot->value.callback.address };
		slot->value.callback.address = refuse;
		all_held = held;
	}
}

void device_preload_begins(void)
{
	preloading = true;
}

static const char* keeps(txSlot* instance)
{
	txSlot* property = instance->next;
	if (!property || !(property->flag & XS_INTERNAL_FLAG))
		return C_NULL;
	switch (property->kind) {
	case XS_MAP_KIND: return "a Map";
	case XS_SET_KIND: return "a Set";
	case XS_WEAK_MAP_KIND: return "a WeakMap";
	case XS_WEAK_SET_KIND: return "a WeakSet";
	case XS_DATE_KIND: return "a Date";
	case XS_ARRAY_BUFFER_KIND: return "an ArrayBuffer";
	case XS_HOST_KIND: return property->value.host.data ? "a native object" : C_NULL;
	case XS_PROMISE_KIND: return "a promise";
	}
	return C_NULL;
}

/* How many objects there are that can't be changed any more once they are shared; `what` gets the name of one kind of them. */
int device_unchangeable(void* machine, const char** what)
{
	txMachine* the = machine;
	int count = 0;
	fxCollectGarbage(the);
	for (txSlot* heap = the->firstHeap; heap; heap = heap->next) {
		for (txSlot* slot = heap + 1; slot < heap->value.reference; slot++) {
			const char* kept = (slot->kind == XS_INSTANCE_KIND) ? keeps(slot) : C_NULL;
			if (kept) {
				*what = kept;
				count++;
			}
		}
	}
	return count;
}

static void petrify_slot(txSlot* slot)
{
	switch (slot->kind) {
	case XS_STRING_KIND: slot->kind = XS_STRING_X_KIND; break;
	case XS_KEY_KIND: slot->kind = XS_KEY_X_KIND; break;
	case XS_BIGINT_KIND: slot->kind = XS_BIGINT_X_KIND; break;
	case XS_CODE_KIND: slot->kind = XS_CODE_X_KIND; break;
	}
}

/* The clone's collector must neither mark nor move what belongs to the shared machine: what it copies from there says so by its kind. */
static void petrify(txMachine* the)
{
	for (txSlot* heap = the->firstHeap; heap; heap = heap->next) {
		for (txSlot* slot = heap + 1; slot < heap->value.reference; slot++) {
			petrify_slot(slot);
			if (slot->kind == XS_ARRAY_KIND) {
				txInteger length = (txInteger)fxGetIndexSize(the, slot);
				for (txInteger i = 0; i < length; i++)
					petrify_slot(slot->value.array.address + i);
			}
		}
	}
	for (txSlot* slot = the->stack; slot < the->stackTop; slot++)
		petrify_slot(slot);
	for (txBlock* block = the->firstBlock; block; block = block->nextBlock) {
		for (txByte* at = (txByte*)(block + 1); at < block->current; at += ((txChunk*)at)->size)
			((txChunk*)at)->temporary = C_NULL;
	}
}

void* device_clone(void* machine, const struct device* device)
{
	txMachine* the = machine;
	txCreation creation = {
		.initialChunkSize = device->chunks,
		.initialHeapCount = device->slots,
		.stackCount = device->stack,
		.initialKeyCount = device->keys,
		.incrementalKeyCount = device->more_keys,
		.nameModulo = the->nameModulo,
		.symbolModulo = the->symbolModulo,
		.parserBufferSize = the->parserBufferSize,
		.parserTableModulo = the->parserTableModulo
	};
	txMachine* clone;
	for (struct held* held = all_held; held; held = held->next)
		held->slot->value.callback.address = held->callback;
	preloading = false;
	fxShareMachine(the);
	petrify(the);
	clone = fxCloneMachine(&creation, the, "device", C_NULL);
	if (!clone)
		machine_die("no memory for the device's machine");
	return clone;
}

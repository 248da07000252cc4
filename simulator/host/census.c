/*
 * Who has the heap: live slots and chunks by their maker, for whoever keeps a budget. SIGUSR2 prints it (loop.c).
 *
 *     heap: 1191 of 4096 slots, 23456 of 65536 bytes of chunks, 12 names
 *     heap:    217 slots      0 bytes     31 Uint8Array
 *     heap: end
 *
 * A maker is a constructor, a function's name, the names that an environment captured, or an object literal's properties. In device mode
 * what was preloaded belongs to the shared machine and isn't counted. "names" are property names made at run time: they stay for ever.
 */
#include "xsAll.h"
#include "engine.h"

#define MAKERS 1024
#define LABEL 72

struct maker {
	char label[LABEL];
	int objects, slots, bytes;
};

static struct maker makers[MAKERS];
static int maker_count;

static const txU4 counted_chunk = 0x80000000;	/* as xsMemory.c marks them */

static txChunk* chunk_of(void* data)
{
	return (txChunk*)((txByte*)data - sizeof(txChunk));
}

/* One owner counts a chunk that several share. */
static void count_chunk(struct maker* maker, void* data)
{
	txChunk* chunk = data ? chunk_of(data) : C_NULL;
	if (!chunk || ((txU4)chunk->size & counted_chunk))
		return;
	maker->bytes += chunk->size;
	chunk->size = (txSize)((txU4)chunk->size | counted_chunk);
}

static void count_slot(struct maker* maker, txSlot* slot);

static void count_list(struct maker* maker, txSlot* slot)
{
	for (; slot; slot = slot->next)
		count_slot(maker, slot);
}

/* `slot`, and what belongs to nobody else: its chunk, its list, the box of a captured variable. Slots of the shared machine are marked. */
static void count_slot(struct maker* maker, txSlot* slot)
{
	if (!slot || (slot->flag & XS_MARK_FLAG))
		return;
	slot->flag |= XS_MARK_FLAG;
	maker->slots++;
	switch (slot->kind) {
	case XS_STRING_KIND: count_chunk(maker, slot->value.string); break;
	case XS_BIGINT_KIND: count_chunk(maker, slot->value.bigint.data); break;
	case XS_ARRAY_KIND: {
		txInteger length = (slot->value.array.address) ? chunk_of(slot->value.array.address)->size / (txInteger)sizeof(txSlot) : 0;
		if (slot->value.array.address && !((txU4)chunk_of(slot->value.array.address)->size & counted_chunk)) {
			if (length > (txInteger)slot->value.array.length)
				length = (txInteger)slot->value.array.length;
			for (txInteger i = 0; i < length; i++) {
				if (slot->value.array.address[i].kind == XS_STRING_KIND)
					count_chunk(maker, slot->value.array.address[i].value.string);
			}
		}
		count_chunk(maker, slot->value.array.address);
		break;
	}
	case XS_ARRAY_BUFFER_KIND: count_chunk(maker, slot->value.arrayBuffer.address); break;
	case XS_CODE_KIND: count_chunk(maker, slot->value.code.address); break;
	case XS_GLOBAL_KIND: count_chunk(maker, slot->value.table.address); break;
	case XS_HOST_KIND:
		if (slot->flag & XS_HOST_CHUNK_FLAG)
			count_chunk(maker, slot->value.host.data);
		break;
	case XS_REGEXP_KIND:
		count_chunk(maker, slot->value.regexp.code);
		count_chunk(maker, slot->value.regexp.data);
		break;
	case XS_CLOSURE_KIND:
		if (slot->value.closure && (slot->value.closure->kind != XS_INSTANCE_KIND))
			count_slot(maker, slot->value.closure);
		break;
	case XS_LIST_KIND: count_list(maker, slot->value.list.first); break;
	case XS_PRIVATE_KIND: count_list(maker, slot->value.private.first); break;
	case XS_WEAK_MAP_KIND:
	case XS_WEAK_SET_KIND: count_list(maker, slot->value.weakList.first); break;
	case XS_MAP_KIND:
	case XS_SET_KIND:
		for (txInteger i = 0; i < slot->value.table.length; i++)
			count_list(maker, slot->value.table.address[i]);
		count_chunk(maker, slot->value.table.address);
		break;
	}
}

static txSlot* own(txSlot* instance, txID id)
{
	txSlot* property = instance->next;
	while (property && (property->ID != id))
		property = property->next;
	return property;
}

static const char* name_of_function(txSlot* function)
{
	txSlot* property = own(function, mxID(_name));
	if (property && ((property->kind == XS_STRING_KIND) || (property->kind == XS_STRING_X_KIND)) && *property->value.string)
		return property->value.string;
	return C_NULL;
}

static const char* name_of_constructor(txSlot* instance)
{
	for (txSlot* prototype = instance->value.instance.prototype; prototype; prototype = prototype->value.instance.prototype) {
		txSlot* property = own(prototype, mxID(_constructor));
		if (property && (property->kind == XS_REFERENCE_KIND)) {
			const char* name = name_of_function(property->value.reference);
			if (name)
				return name;
		}
	}
	return C_NULL;
}

/* "before{a, b, c}" of the names of the properties. */
static void label_by_properties(txMachine* the, char* label, const char* before, txSlot* instance)
{
	size_t length = (size_t)snprintf(label, LABEL, "%s{", before);
	const char* between = "";
	for (txSlot* property = instance->next; property && (length < LABEL - 2); property = property->next) {
		const char* name = (property->flag & XS_INTERNAL_FLAG) ? C_NULL : fxGetKeyName(the, property->ID);
		if (!name)
			continue;
		length += (size_t)snprintf(label + length, LABEL - length, "%s%s", between, name);
		between = ", ";
	}
	if (length > LABEL - 2)
		length = LABEL - 2;
	snprintf(label + length, LABEL - length, "}");
}

static void label_instance(txMachine* the, char* label, txSlot* instance)
{
	const char* name;
	if (mxIsFunction(instance)) {
		name = name_of_function(instance);
		snprintf(label, LABEL, "function %s", name ? name : "without a name");
		return;
	}
	if (!instance->value.instance.prototype) {
		label_by_properties(the, label, "environment ", instance);
		return;
	}
	name = name_of_constructor(instance);
	if (name && !c_strcmp(name, "Object"))
		label_by_properties(the, label, "", instance);
	else
		snprintf(label, LABEL, "%s", name ? name : "?");
}

static struct maker* maker_of(txMachine* the, txSlot* instance)
{
	char label[LABEL];
	label_instance(the, label, instance);
	for (int i = 0; i < maker_count; i++) {
		if (!c_strcmp(makers[i].label, label))
			return makers + i;
	}
	if (maker_count == MAKERS)
		return makers + MAKERS - 1;
	c_strcpy(makers[maker_count].label, label);
	return makers + maker_count++;
}

static void count_instances(txMachine* the)
{
	for (txSlot* heap = the->firstHeap; heap; heap = heap->next) {
		for (txSlot* slot = heap + 1; slot < heap->value.reference; slot++) {
			struct maker* maker;
			if ((slot->kind != XS_INSTANCE_KIND) || (slot->flag & XS_MARK_FLAG))
				continue;
			maker = maker_of(the, slot);
			maker->objects++;
			count_list(maker, slot);
		}
	}
}

static void forget_counts(txMachine* the)
{
	for (txSlot* heap = the->firstHeap; heap; heap = heap->next) {
		for (txSlot* slot = heap + 1; slot < heap->value.reference; slot++)
			slot->flag &= (txFlag)~XS_MARK_FLAG;
	}
#if mxNoChunks
	for (txChunk* chunk = (txChunk*)the->firstBlock; chunk; chunk = (txChunk*)chunk->temporary)
		chunk->size = (txSize)((txU4)chunk->size & ~counted_chunk);
#else
	for (txBlock* block = the->firstBlock; block; block = block->nextBlock) {
		for (txByte* at = (txByte*)(block + 1); at < block->current; at += ((txChunk*)at)->size)
			((txChunk*)at)->size = (txSize)((txU4)((txChunk*)at)->size & ~counted_chunk);
	}
#endif
}

static int by_slots(const void* a, const void* b)
{
	return ((const struct maker*)b)->slots - ((const struct maker*)a)->slots;
}

void census_print(void* machine)
{
	txMachine* the = machine;
	int slots = 0, bytes = 0;
	fxCollectGarbage(the);
	c_memset(makers, 0, sizeof(makers));
	maker_count = 0;
	count_instances(the);
	forget_counts(the);
	qsort(makers, (size_t)maker_count, sizeof(*makers), by_slots);
	fprintf(stderr, "heap: %d of %d slots, %d of %d bytes of chunks, %d names\n", (int)the->currentHeapCount, (int)the->maximumHeapCount,
		(int)the->currentChunksSize, (int)the->maximumChunksSize, (int)(the->keyIndex - the->keyOffset));
	for (struct maker* maker = makers; maker < makers + maker_count; maker++) {
		fprintf(stderr, "heap: %6d slots %6d bytes %6d %s\n", maker->slots, maker->bytes, maker->objects, maker->label);
		slots += maker->slots;
		bytes += maker->bytes;
	}
	fprintf(stderr, "heap: %6d slots %6d bytes        the engine's own\n", (int)the->currentHeapCount - slots, (int)the->currentChunksSize - bytes);
	fputs("heap: end\n", stderr);
}

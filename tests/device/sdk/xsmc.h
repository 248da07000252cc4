/* Minimal declarations of what the firmware's C uses of XS (Moddable SDK 8.2), so that it can be checked without the SDK. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
typedef struct xsMachineRecord xsMachine;
typedef struct { void *data[4]; } xsSlot;
typedef unsigned xsUnsignedValue;
typedef double xsNumberValue;
typedef int xsIntegerValue;
typedef int xsIdentifier;
typedef void (*xsDestructor)(void *data);
typedef void (*xsMarkRoot)(xsMachine *the, xsSlot *slot);
typedef struct { xsDestructor destructor; void (*marker)(xsMachine *the, void *data, xsMarkRoot mark); void (*sweeper)(xsMachine *, void *, xsMarkRoot); } xsHostHooks;
extern xsSlot *xsSlots(xsMachine *the);
#define xsThis (xsSlots(the)[0])
#define xsResult (xsSlots(the)[1])
#define xsArg(n) (xsSlots(the)[2 + (n)])
#define xsVar(n) (xsSlots(the)[18 + (n)])
int xsVarsOf(xsMachine *the, int count);
int xsArgc(xsMachine *the);
#define xsmcVars(n) ((void)xsVarsOf(the, n))
#define xsmcArgc xsArgc(the)
void xsThrow(xsMachine *the, const char *kind, const char *message) __attribute__((noreturn));
#define xsUnknownError(m) xsThrow(the, "Error", m)
#define xsRangeError(m) xsThrow(the, "RangeError", m)
#define xsTypeError(m) xsThrow(the, "TypeError", m)
void xsCall(xsMachine *the, xsSlot function, xsSlot object, xsSlot argument);
xsSlot xsReferenced(xsMachine *the, xsSlot *reference);
#define xsReference(slot) xsReferenced(the, slot)
void xsCallNone(xsMachine *the, xsSlot function, xsSlot object);
#define xsCallFunction0(function, object) xsCallNone(the, function, object)
#define xsCallFunction1(function, object, argument) xsCall(the, function, object, argument)
xsMachine *xsBegin(void *the);
void xsEnd(xsMachine *the);
#define xsBeginHost(machine) { xsMachine *the = xsBegin(machine);
#define xsEndHost(machine) xsEnd(the); }
void xsRememberSlot(xsMachine *the, xsSlot *slot);
void xsForgetSlot(xsMachine *the, xsSlot *slot);
#define xsRemember(slot) xsRememberSlot(the, &(slot))
#define xsForget(slot) xsForgetSlot(the, &(slot))
void xsHooks(xsMachine *the, xsSlot *slot, xsHostHooks *hooks);
#define xsSetHostHooks(slot, hooks) xsHooks(the, &(slot), hooks)
void xsmcSlotGet(xsMachine *the, xsSlot *into, xsSlot *object, xsIdentifier id);
bool xsmcSlotHas(xsMachine *the, xsSlot *object, xsIdentifier id);
#define xsmcGet(into, object, id) xsmcSlotGet(the, &(into), &(object), id)
#define xsmcHas(object, id) xsmcSlotHas(the, &(object), id)
int xsmcInteger(xsMachine *the, xsSlot *slot);
double xsmcNumber(xsMachine *the, xsSlot *slot);
bool xsmcTruth(xsMachine *the, xsSlot *slot);
#define xsmcToInteger(slot) xsmcInteger(the, &(slot))
#define xsmcToNumber(slot) xsmcNumber(the, &(slot))
#define xsmcTest(slot) xsmcTruth(the, &(slot))
void xsmcIntegerInto(xsMachine *the, xsSlot *slot, int value);
void xsmcNumberInto(xsMachine *the, xsSlot *slot, double value);
void xsmcBooleanInto(xsMachine *the, xsSlot *slot, int value);
void xsmcStringInto(xsMachine *the, xsSlot *slot, const char *value);
#define xsmcSetInteger(slot, value) xsmcIntegerInto(the, &(slot), value)
#define xsmcSetNumber(slot, value) xsmcNumberInto(the, &(slot), value)
#define xsmcSetBoolean(slot, value) xsmcBooleanInto(the, &(slot), value)
#define xsmcSetString(slot, value) xsmcStringInto(the, &(slot), value)
void *xsmcHost(xsMachine *the, xsSlot *slot, const void *validator);
void xsmcHostInto(xsMachine *the, xsSlot *slot, void *data);
void xsmcDestructorInto(xsMachine *the, xsSlot *slot, xsDestructor destructor);
#define xsmcGetHostData(slot) xsmcHost(the, &(slot), NULL)
#define xsmcGetHostDataValidate(slot, validator) xsmcHost(the, &(slot), validator)
#define xsmcSetHostData(slot, data) xsmcHostInto(the, &(slot), data)
#define xsmcSetHostDestructor(slot, destructor) xsmcDestructorInto(the, &(slot), destructor)
void xsmcBuffer(xsMachine *the, xsSlot *slot, void **bytes, xsUnsignedValue *count, int writable);
#define xsmcGetBufferReadable(slot, bytes, count) xsmcBuffer(the, &(slot), bytes, count, 0)
#define xsmcGetBufferWritable(slot, bytes, count) xsmcBuffer(the, &(slot), bytes, count, 1)
typedef enum { xsUndefinedType = 0, xsReferenceType = 10 } xsType;
int xsmcKind(xsMachine *the, xsSlot *slot);
char *xsmcText(xsMachine *the, xsSlot *slot);
void *xsmcArrayBufferInto(xsMachine *the, xsSlot *slot, void *bytes, int count);
void xsmcSlotSet(xsMachine *the, xsSlot *object, xsIdentifier id, xsSlot *value);
#define xsmcTypeOf(slot) xsmcKind(the, &(slot))
#define xsmcToString(slot) xsmcText(the, &(slot))
#define xsmcSetArrayBuffer(slot, bytes, count) xsmcArrayBufferInto(the, &(slot), bytes, count)
#define xsmcSet(object, id, value) xsmcSlotSet(the, &(object), id, &(value))

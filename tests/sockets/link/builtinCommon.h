/* What modules/esp32/sockets uses of the SDK's modules/io/common. */
#pragma once
#include "xsmc.h"
xsSlot *builtinGetCallback(xsMachine *the, xsIdentifier id);
void builtinInitializeTarget(xsMachine *the);

#pragma once
#include "lwip/lwip.h"

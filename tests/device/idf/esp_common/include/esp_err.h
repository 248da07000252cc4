/* Minimal declarations of what the firmware uses of ESP-IDF v6.0, so that its C can be checked without ESP-IDF. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
typedef int esp_err_t;
#define ESP_OK 0
#define ESP_FAIL (-1)
#define ESP_ERR_NOT_FOUND 0x105

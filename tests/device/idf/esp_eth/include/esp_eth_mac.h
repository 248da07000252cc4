#pragma once
#include "esp_err.h"
typedef struct esp_eth_mac_s esp_eth_mac_t;
typedef struct {
	uint32_t sw_reset_timeout_ms;
	uint32_t rx_task_stack_size;
	uint32_t rx_task_prio;
	uint32_t flags;
} eth_mac_config_t;
#define ETH_MAC_DEFAULT_CONFIG() { .sw_reset_timeout_ms = 100, .rx_task_stack_size = 2048, .rx_task_prio = 15, .flags = 0 }

#pragma once
#include "esp_err.h"
typedef struct esp_eth_phy_s esp_eth_phy_t;
typedef struct {
	int32_t phy_addr;
	uint32_t reset_timeout_ms;
	uint32_t autonego_timeout_ms;
	int reset_gpio_num;
} eth_phy_config_t;
#define ETH_PHY_DEFAULT_CONFIG() { .phy_addr = -1, .reset_timeout_ms = 100, .autonego_timeout_ms = 4000, .reset_gpio_num = 5 }

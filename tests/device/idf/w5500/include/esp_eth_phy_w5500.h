/* Component espressif/w5500 1.0.1. */
#pragma once
#include "esp_eth_phy.h"
esp_eth_phy_t *esp_eth_phy_new_w5500(const eth_phy_config_t *config);

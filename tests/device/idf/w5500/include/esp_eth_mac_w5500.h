/* Component espressif/w5500 1.0.1. */
#pragma once
#include "driver/spi_master.h"
#include "esp_eth_mac.h"
typedef struct { void *config, *init, *deinit, *read, *write; } eth_spi_custom_driver_config_t;
typedef struct {
	int int_gpio_num;
	uint32_t poll_period_ms;
	spi_host_device_t spi_host_id;
	spi_device_interface_config_t *spi_devcfg;
	eth_spi_custom_driver_config_t custom_spi_driver;
} eth_w5500_config_t;
#define ETH_W5500_DEFAULT_CONFIG(host, device) { \
	.int_gpio_num = 4, .poll_period_ms = 0, .spi_host_id = host, .spi_devcfg = device, .custom_spi_driver = { NULL, NULL, NULL, NULL, NULL } }
esp_eth_mac_t *esp_eth_mac_new_w5500(const eth_w5500_config_t *w5500, const eth_mac_config_t *mac);

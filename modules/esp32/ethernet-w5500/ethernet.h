/*
 * What the SDK's Ethernet class asks of a driver (modules/io/ethernet/esp32/ethernet-esp32.c includes "ethernet.h"). The SDK's own
 * W5500 driver was written for an ESP-IDF that still had this chip in its esp_eth component.
 */
#ifndef RACKPOD_ETHERNET_H
#define RACKPOD_ETHERNET_H

#include "driver/spi_master.h"
#include "esp_eth_mac.h"
#include "esp_eth_phy.h"

/* The interrupt pin of -1 polls every 10 ms instead. */
esp_eth_mac_t *mod_ethernet_get_mac(spi_device_interface_config_t device, int interruptPin);
esp_eth_phy_t *mod_ethernet_get_phy(void);

#endif

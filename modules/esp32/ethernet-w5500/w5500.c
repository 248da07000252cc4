/*
 * The W5500 for the SDK's Ethernet class, by the component espressif/w5500 1.0 (ESP-IDF 6). Its version is pinned in the manifest:
 * 2.0 moved the fields of eth_w5500_config_t.
 */
#include "mc.defines.h"
#include "ethernet.h"
#include "esp_eth_mac_w5500.h"
#include "esp_eth_phy_w5500.h"

#ifndef MODDEF_ETHERNET_RESET_PIN
	#define MODDEF_ETHERNET_RESET_PIN (-1)
#endif

enum { POLL_PERIOD = 10, RECEIVE_TASK_STACK = 4096 };

esp_eth_mac_t *mod_ethernet_get_mac(spi_device_interface_config_t device, int interruptPin)
{
	eth_w5500_config_t w5500 = ETH_W5500_DEFAULT_CONFIG(MODDEF_ETHERNET_SPI_PORT, &device);
	eth_mac_config_t mac = ETH_MAC_DEFAULT_CONFIG();
	w5500.int_gpio_num = interruptPin;
	w5500.poll_period_ms = interruptPin < 0 ? POLL_PERIOD : 0;
	mac.rx_task_stack_size = RECEIVE_TASK_STACK;
	return esp_eth_mac_new_w5500(&w5500, &mac);
}

esp_eth_phy_t *mod_ethernet_get_phy(void)
{
	eth_phy_config_t phy = ETH_PHY_DEFAULT_CONFIG();
	phy.reset_gpio_num = MODDEF_ETHERNET_RESET_PIN;
	return esp_eth_phy_new_w5500(&phy);
}

/* The ESP32 side of netif.ts. */
#include <stdio.h>
#include "xsmc.h"
#include "xsHost.h"
#include "mc.xs.h"

#include "esp_mac.h"
#include "esp_netif.h"
#include "esp_wifi.h"

void xs_netif_station(xsMachine *the)
{
	char text[3 * 16];
	esp_netif_ip_info_t info;
	esp_netif_t *station = esp_netif_get_handle_from_ifkey("WIFI_STA_DEF");
	if (!station || esp_netif_get_ip_info(station, &info) != ESP_OK || info.ip.addr == 0)
		return;
	snprintf(text, sizeof(text), IPSTR " " IPSTR " " IPSTR, IP2STR(&info.ip), IP2STR(&info.netmask), IP2STR(&info.gw));
	xsmcSetString(xsResult, text);
}

void xs_netif_mac(xsMachine *the)
{
	uint8_t mac[6];
	char text[13];
	if (esp_read_mac(mac, ESP_MAC_WIFI_STA) != ESP_OK)
		xsUnknownError("can't read the MAC address");
	snprintf(text, sizeof(text), "%02x%02x%02x%02x%02x%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
	xsmcSetString(xsResult, text);
}

void xs_netif_stayAwake(xsMachine *the)
{
	if (esp_wifi_set_ps(WIFI_PS_NONE) != ESP_OK)
		xsUnknownError("can't switch Wi-Fi's power save off");
}

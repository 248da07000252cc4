#pragma once
#include "esp_err.h"
typedef struct esp_netif_obj esp_netif_t;
typedef struct { uint32_t addr; } esp_ip4_addr_t;
typedef struct { esp_ip4_addr_t ip, netmask, gw; } esp_netif_ip_info_t;
#define IPSTR "%d.%d.%d.%d"
#define IP2STR(ip) (int)((ip)->addr & 0xff), (int)((ip)->addr >> 8 & 0xff), (int)((ip)->addr >> 16 & 0xff), (int)((ip)->addr >> 24)
esp_netif_t *esp_netif_get_handle_from_ifkey(const char *key);
esp_err_t esp_netif_get_ip_info(esp_netif_t *netif, esp_netif_ip_info_t *info);

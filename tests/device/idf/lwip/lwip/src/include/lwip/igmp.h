#pragma once
#include "lwip/lwip.h"
err_t igmp_joingroup_netif(struct netif *netif, const ip4_addr_t *group);
err_t igmp_leavegroup_netif(struct netif *netif, const ip4_addr_t *group);

#pragma once
#include "lwip/lwip.h"
struct udp_pcb;
typedef void (*udp_recv_fn)(void *arg, struct udp_pcb *pcb, struct pbuf *pbuf, const ip_addr_t *address, u16_t port);
struct udp_pcb { ip_addr_t local_ip; u16_t local_port; };
struct udp_pcb *udp_new_ip_type(u8_t type);
void udp_remove(struct udp_pcb *pcb);
err_t udp_bind(struct udp_pcb *pcb, const ip_addr_t *address, u16_t port);
void udp_recv(struct udp_pcb *pcb, udp_recv_fn recv, void *arg);
err_t udp_sendto(struct udp_pcb *pcb, struct pbuf *pbuf, const ip_addr_t *address, u16_t port);
err_t udp_sendto_if(struct udp_pcb *pcb, struct pbuf *pbuf, const ip_addr_t *address, u16_t port, struct netif *netif);

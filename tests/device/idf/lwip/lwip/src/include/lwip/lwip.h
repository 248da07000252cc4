/* What modules/esp32/sockets uses of lwIP (2.1 and ESP-IDF's copy of 2.2). tests/sockets runs it on the real one. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
typedef uint8_t u8_t;
typedef uint16_t u16_t;
typedef uint32_t u32_t;
typedef signed char err_t;
enum { ERR_OK = 0, ERR_MEM = -1, ERR_RTE = -4, ERR_VAL = -6, ERR_WOULDBLOCK = -7, ERR_USE = -8, ERR_CONN = -11, ERR_ABRT = -13 };
typedef int sys_prot_t;
sys_prot_t sys_arch_protect(void);
void sys_arch_unprotect(sys_prot_t level);
#define SYS_ARCH_DECL_PROTECT(level) sys_prot_t level
#define SYS_ARCH_PROTECT(level) level = sys_arch_protect()
#define SYS_ARCH_UNPROTECT(level) sys_arch_unprotect(level)
void sys_msleep(u32_t milliseconds);
struct tcpip_api_call_data { err_t err; };
typedef err_t (*tcpip_api_call_fn)(struct tcpip_api_call_data *call);
err_t tcpip_api_call(tcpip_api_call_fn function, struct tcpip_api_call_data *call);
typedef struct { u32_t addr; } ip4_addr_t;
typedef struct { union { ip4_addr_t ip4; u32_t ip6[5]; } u_addr; u8_t type; } ip_addr_t;
#define IPADDR_TYPE_V4 0
#define IPADDR4_INIT(value) { { { value } }, IPADDR_TYPE_V4 }
#define ip_2_ip4(address) (&((address)->u_addr.ip4))
#define ip4_addr_ismulticast(address) (((address)->addr & 0xf0) == 0xe0)
#define IPADDR_BROADCAST 0xffffffffu
#define IP4ADDR_STRLEN_MAX 16
int ip4addr_aton(const char *text, ip4_addr_t *address);
char *ip4addr_ntoa_r(const ip4_addr_t *address, char *text, int size);
struct pbuf { struct pbuf *next; void *payload; u16_t tot_len, len; };
typedef enum { PBUF_TRANSPORT = 74 } pbuf_layer;
typedef enum { PBUF_RAM = 0x280 } pbuf_type;
struct pbuf *pbuf_alloc(pbuf_layer layer, u16_t length, pbuf_type type);
u8_t pbuf_free(struct pbuf *pbuf);
err_t pbuf_take(struct pbuf *pbuf, const void *bytes, u16_t count);
u16_t pbuf_copy_partial(const struct pbuf *pbuf, void *to, u16_t count, u16_t offset);
struct netif { struct netif *next; ip_addr_t ip_addr; u8_t flags; };
#define NETIF_FLAG_IGMP 0x20
extern struct netif *netif_list;
u8_t ip4_addr_isbroadcast_u32(u32_t address, const struct netif *netif);
#define ip4_addr_isbroadcast(address, netif) ip4_addr_isbroadcast_u32((address)->addr, netif)
#define NETIF_FOREACH(netif) for ((netif) = netif_list; (netif); (netif) = (netif)->next)
#define netif_ip4_addr(netif) ((const ip4_addr_t *)ip_2_ip4(&((netif)->ip_addr)))
struct netif *ip_current_input_netif(void);
#define SOF_REUSEADDR 4
#define SOF_KEEPALIVE 8
#define ip_set_option(pcb, option) ((pcb)->so_options |= (option))

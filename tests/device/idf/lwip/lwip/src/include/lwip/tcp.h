#pragma once
#include "lwip/lwip.h"
struct tcp_pcb { ip_addr_t local_ip, remote_ip; u8_t so_options; u16_t local_port, remote_port, snd_buf; u32_t keep_idle, keep_intvl, keep_cnt; };
typedef err_t (*tcp_accept_fn)(void *arg, struct tcp_pcb *pcb, err_t err);
typedef err_t (*tcp_recv_fn)(void *arg, struct tcp_pcb *pcb, struct pbuf *pbuf, err_t err);
typedef err_t (*tcp_sent_fn)(void *arg, struct tcp_pcb *pcb, u16_t count);
typedef err_t (*tcp_poll_fn)(void *arg, struct tcp_pcb *pcb);
typedef void (*tcp_err_fn)(void *arg, err_t err);
#define tcp_sndbuf(pcb) ((pcb)->snd_buf)
#define TCP_WRITE_FLAG_COPY 1
#define TCP_PRIO_MIN 1
#define TCP_DEFAULT_LISTEN_BACKLOG 255
void tcp_nagle_enable(struct tcp_pcb *pcb);
void tcp_nagle_disable(struct tcp_pcb *pcb);
struct tcp_pcb *tcp_new_ip_type(u8_t type);
void tcp_arg(struct tcp_pcb *pcb, void *arg);
void tcp_accept(struct tcp_pcb *pcb, tcp_accept_fn accept);
void tcp_recv(struct tcp_pcb *pcb, tcp_recv_fn recv);
void tcp_sent(struct tcp_pcb *pcb, tcp_sent_fn sent);
void tcp_poll(struct tcp_pcb *pcb, tcp_poll_fn poll, u8_t interval);
void tcp_err(struct tcp_pcb *pcb, tcp_err_fn err);
void tcp_recved(struct tcp_pcb *pcb, u16_t count);
err_t tcp_bind(struct tcp_pcb *pcb, const ip_addr_t *address, u16_t port);
void tcp_bind_netif(struct tcp_pcb *pcb, const struct netif *netif);
struct tcp_pcb *tcp_listen_with_backlog_and_err(struct tcp_pcb *pcb, u8_t backlog, err_t *err);
void tcp_abort(struct tcp_pcb *pcb);
err_t tcp_close(struct tcp_pcb *pcb);
err_t tcp_write(struct tcp_pcb *pcb, const void *bytes, u16_t count, u8_t flags);
err_t tcp_output(struct tcp_pcb *pcb);
void tcp_setprio(struct tcp_pcb *pcb, u8_t priority);

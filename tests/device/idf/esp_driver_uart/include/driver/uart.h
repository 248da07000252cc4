#pragma once
#include "esp_err.h"
#include "freertos/FreeRTOS.h"
#include "freertos/queue.h"
typedef int uart_port_t;
#define UART_NUM_MAX 3
#define UART_PIN_NO_CHANGE (-1)
#define UART_HW_FIFO_LEN(port) 128
#define UART_SCLK_DEFAULT UART_SCLK_APB
typedef enum { UART_DATA_5_BITS, UART_DATA_6_BITS, UART_DATA_7_BITS, UART_DATA_8_BITS } uart_word_length_t;
typedef enum { UART_STOP_BITS_1 = 1 } uart_stop_bits_t;
typedef enum { UART_PARITY_DISABLE } uart_parity_t;
typedef enum { UART_HW_FLOWCTRL_DISABLE } uart_hw_flowcontrol_t;
typedef enum { UART_SCLK_APB = 4 } uart_sclk_t;
typedef enum { UART_SIGNAL_INV_DISABLE = 0, UART_SIGNAL_TXD_INV = 1 << 5 } uart_signal_inv_t;
typedef struct {
	int baud_rate;
	uart_word_length_t data_bits;
	uart_parity_t parity;
	uart_stop_bits_t stop_bits;
	uart_hw_flowcontrol_t flow_ctrl;
	uint8_t rx_flow_ctrl_thresh;
	uint32_t rx_glitch_filt_thresh;
	union { uart_sclk_t source_clk; };
	struct { uint32_t allow_pd: 1; uint32_t backup_before_sleep: 1; } flags;
} uart_config_t;
typedef enum {
	UART_DATA, UART_BREAK, UART_BUFFER_FULL, UART_FIFO_OVF, UART_FRAME_ERR, UART_PARITY_ERR, UART_DATA_BREAK, UART_PATTERN_DET, UART_WAKEUP,
	UART_EVENT_MAX
} uart_event_type_t;
typedef struct { uart_event_type_t type; size_t size; bool timeout_flag; } uart_event_t;
esp_err_t uart_driver_install(uart_port_t port, int receive, int transmit, int events, QueueHandle_t *queue, int flags);
esp_err_t uart_driver_delete(uart_port_t port);
bool uart_is_driver_installed(uart_port_t port);
esp_err_t uart_param_config(uart_port_t port, const uart_config_t *config);
esp_err_t uart_set_pin(uart_port_t port, int tx, int rx, int rts, int cts);
esp_err_t uart_set_rx_full_threshold(uart_port_t port, int threshold);
esp_err_t uart_set_baudrate(uart_port_t port, uint32_t baud);
esp_err_t uart_get_baudrate(uart_port_t port, uint32_t *baud);
esp_err_t uart_set_line_inverse(uart_port_t port, uint32_t mask);
esp_err_t uart_get_buffered_data_len(uart_port_t port, size_t *size);
esp_err_t uart_wait_tx_done(uart_port_t port, TickType_t ticks);
esp_err_t uart_flush_input(uart_port_t port);
int uart_read_bytes(uart_port_t port, void *bytes, uint32_t count, TickType_t ticks);
int uart_write_bytes(uart_port_t port, const void *bytes, size_t count);

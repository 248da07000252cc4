/* The UART's two tasks: see port.h. */
#include "port.h"
#include "builtinCommon.h"

#include "esp_heap_caps.h"
#include "esp_intr_alloc.h"

enum {
	RECEIVE_SIZE = 40 * 1024,	/* serial.ts says why */
	EVENTS = 64,	/* of the driver; one that doesn't fit costs nothing: the data is in the ring */
	RECEIVE_THRESHOLD = 64,	/* of 128: leaves the interrupt 0.7 ms at 921600 */
	TASK_STACK = 3072,
	TASK_PRIORITY = 6,	/* above JavaScript (4), below the network */
	TASK_CORE = 1,	/* Wi-Fi's interrupts are on core 0 */
	READABLE = 1,
	WRITABLE = 2,
	WORK = 1,	/* notifications of the sender */
	LEAVE = 2
};

#define GONE UART_EVENT_MAX	/* an event of our own, and the last one: the sender has left */

static void release(Port *port)
{
	if (atomic_fetch_sub(&port->users, 1) > 1)
		return;
	if (port->ready)
		vSemaphoreDelete(port->ready);
	heap_caps_free(port);
}

/* Runs in JavaScript's task, with no JavaScript below it. */
static void deliver(void *machine, void *refcon, uint8_t *message, uint16_t length)
{
	Port *port = refcon;
	unsigned news = atomic_exchange(&port->news, 0);
	size_t count = 0;
	(void)message;
	(void)length;
	if (!atomic_load(&port->closed) && (news & READABLE) && port->onReadable
			&& uart_get_buffered_data_len(port->port, &count) == ESP_OK && count) {
		xsBeginHost(machine);
			xsmcSetInteger(xsResult, (int)count);
			xsCallFunction1(xsReference(port->onReadable), port->object, xsResult);
		xsEndHost(machine);
	}
	if (!atomic_load(&port->closed) && (news & WRITABLE) && port->onWritable) {
		xsBeginHost(machine);
			xsmcSetInteger(xsResult, (int)transmitFree(&port->transmit));
			xsCallFunction1(xsReference(port->onWritable), port->object, xsResult);
		xsEndHost(machine);
	}
	release(port);
}

/* Runs in the receiver and the sender. May wait for room in JavaScript's queue, which only costs their own time. */
static void tell(Port *port, unsigned news)
{
	if (atomic_fetch_or(&port->news, news))
		return;
	atomic_fetch_add(&port->users, 1);
	while (modMessagePostToMachine(port->the, NULL, 0, deliver, port)) {
		if (atomic_load(&port->closed)) {
			release(port);
			return;
		}
		vTaskDelay(pdMS_TO_TICKS(20));
	}
}

static void sendBreak(Port *port)
{
	uart_wait_tx_done(port->port, portMAX_DELAY);
	transmitDrained(&port->transmit);
	uart_set_line_inverse(port->port, UART_SIGNAL_TXD_INV);	/* the idle line is high; inverted it is low */
	vTaskDelay(pdMS_TO_TICKS(atomic_load(&port->transmit.breakTime)) + 1);
	uart_set_line_inverse(port->port, UART_SIGNAL_INV_DISABLE);
	transmitBroken(&port->transmit);
}

static void sendAll(Port *port)
{
	const uint8_t *bytes;
	uint32_t count;
	bool sent = false;
	while (!atomic_load(&port->closed)) {
		TransmitStep step = transmitNext(&port->transmit, &bytes, &count);
		if (step == TRANSMIT_BYTES) {
			uart_write_bytes(port->port, bytes, count);	/* waits until all of it is in the FIFO */
			if (transmitTaken(&port->transmit, count, UART_HW_FIFO_LEN(port->port)))
				tell(port, WRITABLE);
		}
		else if (step == TRANSMIT_BREAK)
			sendBreak(port);
		else
			break;
		sent = true;
	}
	/* a discard may have made the room that JavaScript waits for, with nothing left to send */
	if (!sent && !atomic_exchange(&port->transmit.wanted, false))
		return;
	uart_wait_tx_done(port->port, portMAX_DELAY);
	transmitDrained(&port->transmit);
	tell(port, WRITABLE);
}

static void sender(void *argument)
{
	Port *port = argument;
	uart_event_t gone = { .type = GONE };
	uint32_t notified;
	do {
		xTaskNotifyWait(0, UINT32_MAX, &notified, portMAX_DELAY);
		sendAll(port);
	} while (!(notified & LEAVE));
	xQueueSend(port->events, &gone, portMAX_DELAY);
	release(port);
	vTaskDelete(NULL);
}

/* The interrupt belongs to the core that installs the driver, so this runs in the receiver, which has its core. */
static bool openDriver(Port *port)
{
	uart_config_t config = {
		.baud_rate = port->baud,
		.data_bits = UART_DATA_8_BITS,
		.parity = UART_PARITY_DISABLE,
		.stop_bits = UART_STOP_BITS_1,
		.flow_ctrl = UART_HW_FLOWCTRL_DISABLE,
		.source_clk = UART_SCLK_DEFAULT
	};
	int flags = 0;
#if CONFIG_UART_ISR_IN_IRAM
	flags |= ESP_INTR_FLAG_IRAM;
#else
	#error "sdkconfig: CONFIG_UART_ISR_IN_IRAM=y is needed, or every flash write loses console output"
#endif
	if (uart_driver_install(port->port, RECEIVE_SIZE, 0, EVENTS, &port->events, flags) != ESP_OK)
		return false;
	if (uart_param_config(port->port, &config) == ESP_OK
			&& uart_set_pin(port->port, port->transmitPin, port->receivePin, UART_PIN_NO_CHANGE, UART_PIN_NO_CHANGE) == ESP_OK
			&& uart_set_rx_full_threshold(port->port, RECEIVE_THRESHOLD) == ESP_OK)
		return true;
	uart_driver_delete(port->port);
	return false;
}

static void receive(Port *port)
{
	uart_event_t event;
	while (xQueueReceive(port->events, &event, portMAX_DELAY) && event.type != GONE) {
		if (event.type == UART_FIFO_OVF)
			atomic_fetch_add(&port->fifoOverflows, 1);
		else if (event.type == UART_BUFFER_FULL)
			atomic_fetch_add(&port->ringFull, 1);
		if (!atomic_load(&port->closed))
			tell(port, READABLE);
	}
}

static void receiver(void *argument)
{
	Port *port = argument;
	port->opened = openDriver(port);
	if (port->opened && xTaskCreatePinnedToCore(sender, "uart out", TASK_STACK, port, TASK_PRIORITY, &port->sender, TASK_CORE) != pdPASS) {
		uart_driver_delete(port->port);
		port->opened = false;
	}
	bool opened = port->opened;
	if (opened)
		atomic_fetch_add(&port->users, 1);	/* the sender's; JavaScript can't let go before `ready` */
	xSemaphoreGive(port->ready);
	if (opened) {
		receive(port);
		uart_driver_delete(port->port);
		builtinFreePin(port->transmitPin);
		builtinFreePin(port->receivePin);
	}
	release(port);
	vTaskDelete(NULL);
}

Port *portNew(void)
{
	return heap_caps_calloc(1, sizeof(Port), MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT);
}

char *portOpen(Port *port)
{
	atomic_store(&port->users, 2);	/* JavaScript and the receiver */
	port->ready = xSemaphoreCreateBinary();
	if (!port->ready || xTaskCreatePinnedToCore(receiver, "uart in", TASK_STACK, port, TASK_PRIORITY, NULL, TASK_CORE) != pdPASS) {
		atomic_store(&port->users, 1);
		release(port);
		return "no memory";
	}
	xSemaphoreTake(port->ready, portMAX_DELAY);
	if (!port->opened) {
		release(port);
		return "can't open the UART";
	}
	builtinUsePin(port->transmitPin);
	builtinUsePin(port->receivePin);
	return NULL;
}

void portClose(Port *port)
{
	atomic_store(&port->closed, true);
	xTaskNotify(port->sender, LEAVE, eSetBits);
	release(port);
}

void portWake(Port *port)
{
	xTaskNotify(port->sender, WORK, eSetBits);
}

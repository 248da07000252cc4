/*
 * The ESP32 side of serial.ts.
 *
 * Three parties: JavaScript's task, the receiver (waits for the driver's events) and the sender (waits for bytes to send; the driver
 * blocks it, never JavaScript). They share a Port, which lives until the last of them let go. Towards JavaScript there is one message
 * under way at most, whatever happens: its queue is short, and a full one stops the network.
 *
 * The end: JavaScript tells the sender to leave, the sender the receiver, the receiver removes the driver. Each of them stays until it is
 * told, whatever it sees meanwhile, so that nobody notifies a task or fills a queue that is gone.
 */
#include "xsmc.h"
#include "xsHost.h"
#include "mc.xs.h"
#include "builtinCommon.h"

#include "driver/gpio.h"
#include "driver/uart.h"
#include "esp_heap_caps.h"
#include "esp_intr_alloc.h"
#include "freertos/FreeRTOS.h"
#include "freertos/queue.h"
#include "freertos/semphr.h"
#include "freertos/task.h"

#include "transmit.h"

enum {
	RECEIVE_SIZE = 40 * 1024,	/* serial.ts says why */
	EVENTS = 64,	/* of the driver; one that doesn't fit costs nothing: the data is in the ring */
	RECEIVE_THRESHOLD = 64,	/* of 128: leaves the interrupt 0.7 ms at 921600 */
	TASK_STACK = 3072,
	TASK_PRIORITY = 6,	/* above JavaScript (4), below the network */
	TASK_CORE = 1,	/* Wi-Fi's interrupts are on core 0 */
	BAUD_MINIMUM = 300,
	BAUD_MAXIMUM = 5000000,
	BREAK_MAXIMUM = 5000,
	READABLE = 1,
	WRITABLE = 2,
	WORK = 1,	/* notifications of the sender */
	LEAVE = 2
};

#define GONE UART_EVENT_MAX	/* an event of our own, and the last one: the sender has left */

typedef struct {
	xsMachine *the;
	xsSlot object;
	xsSlot *onReadable;
	xsSlot *onWritable;
	uart_port_t port;
	int transmitPin;
	int receivePin;
	int baud;
	bool opened;	/* by the receiver, before `ready` */
	SemaphoreHandle_t ready;
	QueueHandle_t events;
	TaskHandle_t sender;
	_Atomic bool closed;
	_Atomic unsigned users;
	_Atomic unsigned news;	/* READABLE, WRITABLE: not yet told to JavaScript */
	_Atomic uint32_t fifoOverflows;
	_Atomic uint32_t ringFull;
	Transmit transmit;
} Port;

void xs_podserial_destructor(void *data);
static void markPort(xsMachine *the, void *data, xsMarkRoot markRoot);

static const xsHostHooks portHooks = { xs_podserial_destructor, markPort, NULL };

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

static void markPort(xsMachine *the, void *data, xsMarkRoot markRoot)
{
	Port *port = data;
	if (port->onReadable)
		(*markRoot)(the, port->onReadable);
	if (port->onWritable)
		(*markRoot)(the, port->onWritable);
}

/* JavaScript lets go; the tasks wind up by themselves. */
void xs_podserial_destructor(void *data)
{
	Port *port = data;
	if (!port)
		return;
	atomic_store(&port->closed, true);
	xTaskNotify(port->sender, LEAVE, eSetBits);
	release(port);
}

static int option(xsMachine *the, xsIdentifier id, int minimum, int maximum, char *complaint)
{
	int value;
	xsmcGet(xsVar(0), xsArg(0), id);
	value = xsmcToInteger(xsVar(0));
	if (value < minimum || value > maximum)
		xsRangeError(complaint);
	return value;
}

void xs_podserial(xsMachine *the)
{
	Port *port;
	int number, transmitPin, receivePin, baud;
	xsSlot *onReadable, *onWritable;
	xsmcVars(1);
	number = option(the, xsID_port, 1, UART_NUM_MAX - 1, "invalid port");
	transmitPin = option(the, xsID_transmit, 0, GPIO_NUM_MAX - 1, "invalid transmit pin");
	receivePin = option(the, xsID_receive, 0, GPIO_NUM_MAX - 1, "invalid receive pin");
	baud = option(the, xsID_baud, BAUD_MINIMUM, BAUD_MAXIMUM, "invalid baud");
	onReadable = builtinGetCallback(the, xsID_onReadable);
	onWritable = builtinGetCallback(the, xsID_onWritable);
	if (!builtinIsPinFree(transmitPin) || !builtinIsPinFree(receivePin) || uart_is_driver_installed(number))
		xsUnknownError("in use");

	port = heap_caps_calloc(1, sizeof(Port), MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT);
	if (!port)
		xsUnknownError("no memory");
	port->the = the;
	port->port = number;
	port->transmitPin = transmitPin;
	port->receivePin = receivePin;
	port->baud = baud;
	port->onReadable = onReadable;
	port->onWritable = onWritable;
	atomic_store(&port->users, 2);	/* JavaScript and the receiver */
	port->ready = xSemaphoreCreateBinary();
	if (!port->ready || xTaskCreatePinnedToCore(receiver, "uart in", TASK_STACK, port, TASK_PRIORITY, NULL, TASK_CORE) != pdPASS) {
		atomic_store(&port->users, 1);
		release(port);
		xsUnknownError("no memory");
	}
	xSemaphoreTake(port->ready, portMAX_DELAY);
	if (!port->opened) {
		release(port);
		xsUnknownError("can't open the UART");
	}
	builtinUsePin(transmitPin);
	builtinUsePin(receivePin);
	port->object = xsThis;
	xsmcSetHostData(xsThis, port);
	xsSetHostHooks(xsThis, (xsHostHooks *)&portHooks);
	xsRemember(port->object);
}

void xs_podserial_close(xsMachine *the)
{
	Port *port = xsmcGetHostData(xsThis);
	if (!port)
		return;
	port = xsmcGetHostDataValidate(xsThis, (void *)&portHooks);
	xsForget(port->object);
	xsmcSetHostData(xsThis, NULL);
	xsmcSetHostDestructor(xsThis, NULL);
	xs_podserial_destructor(port);
}

static Port *opened(xsMachine *the)
{
	return xsmcGetHostDataValidate(xsThis, (void *)&portHooks);
}

void xs_podserial_get_baud(xsMachine *the)
{
	Port *port = opened(the);
	uint32_t baud = 0;
	if (uart_get_baudrate(port->port, &baud) != ESP_OK)
		xsUnknownError("can't read the baud rate");
	xsmcSetInteger(xsResult, (int)baud);
}

/* The divider has 4 fractional bits, so every rate up to 5 Mbit/s is met within 1 %: more means that it was not taken. */
static bool near(int actual, int wanted)
{
	int difference = actual > wanted ? actual - wanted : wanted - actual;
	return difference <= wanted / 50;
}

void xs_podserial_set_baud(xsMachine *the)
{
	Port *port = opened(the);
	int wanted = xsmcToInteger(xsArg(0));
	uint32_t actual = 0;
	if (wanted < BAUD_MINIMUM || wanted > BAUD_MAXIMUM)
		xsRangeError("invalid baud");
	if (uart_set_baudrate(port->port, (uint32_t)wanted) != ESP_OK
			|| uart_get_baudrate(port->port, &actual) != ESP_OK || !near((int)actual, wanted)) {
		uart_set_baudrate(port->port, (uint32_t)port->baud);
		xsUnknownError("the hardware did not take the baud rate");
	}
	port->baud = wanted;
}

void xs_podserial_get_pending(xsMachine *the)
{
	Port *port = opened(the);
	xsmcSetInteger(xsResult, (int)transmitPending(&port->transmit));
}

void xs_podserial_get_overruns(xsMachine *the)
{
	Port *port = opened(the);
	xsmcSetNumber(xsResult, (double)atomic_load(&port->fifoOverflows) * UART_HW_FIFO_LEN(port->port));
}

void xs_podserial_get_fifoOverflows(xsMachine *the)
{
	Port *port = opened(the);
	xsmcSetNumber(xsResult, atomic_load(&port->fifoOverflows));
}

void xs_podserial_get_ringFull(xsMachine *the)
{
	Port *port = opened(the);
	xsmcSetNumber(xsResult, atomic_load(&port->ringFull));
}

void xs_podserial_read(xsMachine *the)
{
	Port *port = opened(the);
	void *view;
	xsUnsignedValue count;
	int got;
	xsmcGetBufferWritable(xsArg(0), &view, &count);
	got = uart_read_bytes(port->port, view, count, 0);
	xsmcSetInteger(xsResult, got > 0 ? got : 0);
}

void xs_podserial_write(xsMachine *the)
{
	Port *port = opened(the);
	void *bytes;
	xsUnsignedValue count;
	xsmcGetBufferReadable(xsArg(0), &bytes, &count);
	if (!transmitWrite(&port->transmit, bytes, count))
		xsUnknownError("output full");
	xTaskNotify(port->sender, WORK, eSetBits);
	xsmcSetInteger(xsResult, (int)transmitFree(&port->transmit));
}

void xs_podserial_flush(xsMachine *the)
{
	Port *port = opened(the);
	if (xsmcTest(xsArg(0)))
		uart_flush_input(port->port);
	if (xsmcTest(xsArg(1))) {
		transmitDiscard(&port->transmit);
		xTaskNotify(port->sender, WORK, eSetBits);
	}
}

void xs_podserial_sendBreak(xsMachine *the)
{
	Port *port = opened(the);
	int milliseconds = xsmcToInteger(xsArg(0));
	if (milliseconds < 1 || milliseconds > BREAK_MAXIMUM)
		xsRangeError("invalid break");
	if (!transmitAskBreak(&port->transmit, (uint32_t)milliseconds))
		xsUnknownError("a break is under way");
	xTaskNotify(port->sender, WORK, eSetBits);
}

void xs_podserial_get_breaking(xsMachine *the)
{
	Port *port = opened(the);
	xsmcSetBoolean(xsResult, atomic_load(&port->transmit.breakTime) != 0);
}

/* JavaScript's side of the serial port: serial.ts says what it does, port.h how its tasks share it. */
#include "port.h"
#include "mc.xs.h"
#include "builtinCommon.h"

#include "driver/gpio.h"

enum {
	BAUD_MINIMUM = 300,
	BAUD_MAXIMUM = 5000000,
	BREAK_MAXIMUM = 5000
};

void xs_podserial_destructor(void *data);
static void markPort(xsMachine *the, void *data, xsMarkRoot markRoot);

static const xsHostHooks portHooks = { xs_podserial_destructor, markPort, NULL };

static void markPort(xsMachine *the, void *data, xsMarkRoot markRoot)
{
	Port *port = data;
	if (port->onReadable)
		(*markRoot)(the, port->onReadable);
	if (port->onWritable)
		(*markRoot)(the, port->onWritable);
}

void xs_podserial_destructor(void *data)
{
	if (data)
		portClose(data);
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
	char *complaint;
	xsmcVars(1);
	number = option(the, xsID_port, 1, UART_NUM_MAX - 1, "invalid port");
	transmitPin = option(the, xsID_transmit, 0, GPIO_NUM_MAX - 1, "invalid transmit pin");
	receivePin = option(the, xsID_receive, 0, GPIO_NUM_MAX - 1, "invalid receive pin");
	baud = option(the, xsID_baud, BAUD_MINIMUM, BAUD_MAXIMUM, "invalid baud");
	onReadable = builtinGetCallback(the, xsID_onReadable);
	onWritable = builtinGetCallback(the, xsID_onWritable);
	if (!builtinIsPinFree(transmitPin) || !builtinIsPinFree(receivePin) || uart_is_driver_installed(number))
		xsUnknownError("in use");

	port = portNew();
	if (!port)
		xsUnknownError("no memory");
	port->the = the;
	port->port = number;
	port->transmitPin = transmitPin;
	port->receivePin = receivePin;
	port->baud = baud;
	port->onReadable = onReadable;
	port->onWritable = onWritable;
	complaint = portOpen(port);
	if (complaint)
		xsUnknownError(complaint);
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
	portWake(port);
	xsmcSetInteger(xsResult, (int)transmitFree(&port->transmit));
}

void xs_podserial_flush(xsMachine *the)
{
	Port *port = opened(the);
	if (xsmcTest(xsArg(0)))
		uart_flush_input(port->port);
	if (xsmcTest(xsArg(1))) {
		transmitDiscard(&port->transmit);
		portWake(port);
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
	portWake(port);
}

void xs_podserial_get_breaking(xsMachine *the)
{
	Port *port = opened(the);
	xsmcSetBoolean(xsResult, atomic_load(&port->transmit.breakTime) != 0);
}

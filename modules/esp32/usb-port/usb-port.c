/* The ESP32 side of usb-port.ts. */
#include "xsmc.h"
#include "xsHost.h"
#include "mc.xs.h"

#include "esp_driver_usb_serial_jtag/include/driver/usb_serial_jtag.h"	/* its folder is not on the SDK's include path */

/* Help and status fit into the transmit buffer; typed lines arrive slowly. */
enum { RECEIVE_SIZE = 256, TRANSMIT_SIZE = 2048, PIECE = 64 };

void xs_usbport_open(xsMachine *the)
{
	usb_serial_jtag_driver_config_t configuration = { .tx_buffer_size = TRANSMIT_SIZE, .rx_buffer_size = RECEIVE_SIZE };
	xsmcSetBoolean(xsResult, !usb_serial_jtag_is_driver_installed() && (usb_serial_jtag_driver_install(&configuration) == ESP_OK));
}

void xs_usbport_read(xsMachine *the)
{
	void *bytes;
	xsUnsignedValue length;
	int count;
	xsmcGetBufferWritable(xsArg(0), &bytes, &length);
	count = usb_serial_jtag_read_bytes(bytes, length, 0);
	xsmcSetInteger(xsResult, (count > 0) ? count : 0);
}

void xs_usbport_write(xsMachine *the)
{
	void *bytes;
	xsUnsignedValue length;
	xsmcGetBufferReadable(xsArg(0), &bytes, &length);
	/* the driver takes a piece as a whole or not at all */
	for (uint8_t *at = bytes; length; ) {
		xsUnsignedValue count = length < PIECE ? length : PIECE;
		if (!usb_serial_jtag_write_bytes(at, count, 0))
			break;
		at += count;
		length -= count;
	}
}

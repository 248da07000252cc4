/*
 * A UART and its two tasks: what serial.c shares with port.c.
 *
 * Three parties: JavaScript's task, the receiver (waits for the driver's events) and the sender (waits for bytes to send; the driver
 * blocks it, never JavaScript). They share a Port, which lives until the last of them let go. Towards JavaScript there is one message
 * under way at most, whatever happens: its queue is short, and a full one stops the network.
 *
 * The end: JavaScript tells the sender to leave, the sender the receiver, the receiver removes the driver. Each of them stays until it is
 * told, whatever it sees meanwhile, so that nobody notifies a task or fills a queue that is gone.
 */
#ifndef RACKPOD_SERIAL_PORT_H
#define RACKPOD_SERIAL_PORT_H

#include "xsmc.h"
#include "xsHost.h"

#include "driver/uart.h"
#include "freertos/FreeRTOS.h"
#include "freertos/queue.h"
#include "freertos/semphr.h"
#include "freertos/task.h"

#include "transmit.h"

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

/* A Port without anything in it; null when there is no memory. */
Port *portNew(void);
/* Starts both tasks, which open the driver and take the pins. What is wrong; null when nothing is. Then the Port is gone. */
char *portOpen(Port *port);
/* JavaScript lets go; the tasks wind up by themselves. */
void portClose(Port *port);
/* There is something to send, or room that JavaScript waits for. */
void portWake(Port *port);

#endif

/*
 * modules/esp32/serial (port.c, serial.c) with FreeRTOS made of threads, where tasks, queues and semaphores are memory that is really freed: opens, uses and
 * closes the port again and again at all moments. Built with a sanitizer; exits 0 when nothing was left behind.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "../../modules/esp32/serial/port.c"
#include "../../modules/esp32/serial/serial.c"

/* ---- FreeRTOS */

struct tskTaskControlBlock {
	pthread_mutex_t lock;
	pthread_cond_t change;
	uint32_t bits;
	void (*code)(void *);
	void *argument;
};

struct QueueDefinition {
	pthread_mutex_t lock;
	pthread_cond_t change;
	size_t size, length, first, count;
	uint8_t items[];
};

static _Thread_local TaskHandle_t self;
static _Atomic int tasks, queues, blocks;

static void *run(void *argument)
{
	self = argument;
	self->code(self->argument);
	abort();	/* a task deletes itself */
}

BaseType_t xTaskCreatePinnedToCore(void (*code)(void *), const char *name, uint32_t stack, void *argument, UBaseType_t priority, TaskHandle_t *task, BaseType_t core)
{
	pthread_t thread;
	TaskHandle_t created = calloc(1, sizeof(*created));
	(void)name, (void)stack, (void)priority, (void)core;
	pthread_mutex_init(&created->lock, NULL);
	pthread_cond_init(&created->change, NULL);
	created->code = code;
	created->argument = argument;
	if (task)
		*task = created;
	atomic_fetch_add(&tasks, 1);
	pthread_create(&thread, NULL, run, created);
	pthread_detach(thread);
	return pdPASS;
}

void vTaskDelete(TaskHandle_t task)
{
	if (task)
		abort();
	free(self);
	atomic_fetch_sub(&tasks, 1);
	pthread_exit(NULL);
}

void vTaskDelay(TickType_t ticks)
{
	usleep(ticks * 10);
}

BaseType_t xTaskNotify(TaskHandle_t task, uint32_t value, eNotifyAction action)
{
	(void)action;
	usleep(30);	/* the caller is preempted just before: the others go on */
	pthread_mutex_lock(&task->lock);
	task->bits |= value;
	pthread_cond_signal(&task->change);
	pthread_mutex_unlock(&task->lock);
	return pdPASS;
}

BaseType_t xTaskNotifyWait(uint32_t clearOnEntry, uint32_t clearOnExit, uint32_t *value, TickType_t ticks)
{
	(void)ticks;
	pthread_mutex_lock(&self->lock);
	self->bits &= ~clearOnEntry;
	while (!self->bits)
		pthread_cond_wait(&self->change, &self->lock);
	*value = self->bits;
	self->bits &= ~clearOnExit;
	pthread_mutex_unlock(&self->lock);
	return pdPASS;
}

static QueueHandle_t queueOf(size_t length, size_t size)
{
	QueueHandle_t queue = calloc(1, sizeof(*queue) + length * size);
	pthread_mutex_init(&queue->lock, NULL);
	pthread_cond_init(&queue->change, NULL);
	queue->length = length;
	queue->size = size;
	atomic_fetch_add(&queues, 1);
	return queue;
}

static void deleteQueue(QueueHandle_t queue)
{
	pthread_mutex_lock(&queue->lock);	/* whoever is inside leaves first, as FreeRTOS's critical sections make it */
	pthread_mutex_unlock(&queue->lock);
	free(queue);
	atomic_fetch_sub(&queues, 1);
}

BaseType_t xQueueSend(QueueHandle_t queue, const void *item, TickType_t ticks)
{
	BaseType_t sent = pdFALSE;
	if (ticks)
		usleep(30);
	pthread_mutex_lock(&queue->lock);
	while (ticks && queue->count == queue->length)
		pthread_cond_wait(&queue->change, &queue->lock);
	if (queue->count < queue->length) {
		if (queue->size)
			memcpy(queue->items + (queue->first + queue->count) % queue->length * queue->size, item, queue->size);
		queue->count++;
		sent = pdTRUE;
		pthread_cond_broadcast(&queue->change);
	}
	pthread_mutex_unlock(&queue->lock);
	return sent;
}

BaseType_t xQueueReceive(QueueHandle_t queue, void *item, TickType_t ticks)
{
	(void)ticks;
	pthread_mutex_lock(&queue->lock);
	while (!queue->count)
		pthread_cond_wait(&queue->change, &queue->lock);
	if (queue->size)
		memcpy(item, queue->items + queue->first % queue->length * queue->size, queue->size);
	queue->first++;
	queue->count--;
	pthread_cond_broadcast(&queue->change);
	pthread_mutex_unlock(&queue->lock);
	return pdTRUE;
}

SemaphoreHandle_t xSemaphoreCreateBinary(void) { return queueOf(1, 0); }
BaseType_t xSemaphoreGive(SemaphoreHandle_t semaphore) { return xQueueSend(semaphore, NULL, 0); }
BaseType_t xSemaphoreTake(SemaphoreHandle_t semaphore, TickType_t ticks) { return xQueueReceive(semaphore, NULL, ticks); }
void vSemaphoreDelete(SemaphoreHandle_t semaphore) { deleteQueue(semaphore); }

void *heap_caps_calloc(size_t count, size_t size, uint32_t caps)
{
	(void)caps;
	atomic_fetch_add(&blocks, 1);
	return calloc(count, size);
}

void heap_caps_free(void *block)
{
	atomic_fetch_sub(&blocks, 1);
	free(block);
}

/* ---- the driver: what is sent comes back as an event */

static QueueHandle_t driver;

esp_err_t uart_driver_install(uart_port_t port, int receive, int transmit, int events, QueueHandle_t *queue, int flags)
{
	(void)port, (void)receive, (void)transmit, (void)flags;
	*queue = driver = queueOf((size_t)events, sizeof(uart_event_t));
	return ESP_OK;
}

esp_err_t uart_driver_delete(uart_port_t port)
{
	(void)port;
	deleteQueue(driver);
	return ESP_OK;
}

int uart_write_bytes(uart_port_t port, const void *bytes, size_t count)
{
	uart_event_t event = { .type = UART_DATA };
	(void)port, (void)bytes;
	xQueueSend(driver, &event, 0);
	return (int)count;
}

bool uart_is_driver_installed(uart_port_t port) { (void)port; return false; }
esp_err_t uart_param_config(uart_port_t port, const uart_config_t *config) { (void)port, (void)config; return ESP_OK; }
esp_err_t uart_set_pin(uart_port_t port, int tx, int rx, int rts, int cts) { (void)port, (void)tx, (void)rx, (void)rts, (void)cts; return ESP_OK; }
esp_err_t uart_set_rx_full_threshold(uart_port_t port, int threshold) { (void)port, (void)threshold; return ESP_OK; }
esp_err_t uart_set_baudrate(uart_port_t port, uint32_t baud) { (void)port, (void)baud; return ESP_OK; }
esp_err_t uart_get_baudrate(uart_port_t port, uint32_t *baud) { (void)port; *baud = 115200; return ESP_OK; }
esp_err_t uart_set_line_inverse(uart_port_t port, uint32_t mask) { (void)port, (void)mask; return ESP_OK; }
esp_err_t uart_get_buffered_data_len(uart_port_t port, size_t *size) { (void)port; *size = 1; return ESP_OK; }
esp_err_t uart_wait_tx_done(uart_port_t port, TickType_t ticks) { (void)port, (void)ticks; return ESP_OK; }
esp_err_t uart_flush_input(uart_port_t port) { (void)port; return ESP_OK; }
int uart_read_bytes(uart_port_t port, void *bytes, uint32_t count, TickType_t ticks) { (void)port, (void)bytes, (void)count, (void)ticks; return 0; }

/* ---- XS and the SDK: options and one host object */

static xsSlot slots[32];
static void *host;
static int asked;
static pthread_mutex_t posting = PTHREAD_MUTEX_INITIALIZER;
static struct { modMessageDeliver deliver; void *refcon; } messages[64];
static unsigned posted;

int modMessagePostToMachine(xsMachine *the, uint8_t *message, uint16_t length, modMessageDeliver deliver, void *refcon)
{
	int full;
	(void)the, (void)message, (void)length;
	pthread_mutex_lock(&posting);
	full = posted == 64;
	if (!full) {
		messages[posted].deliver = deliver;
		messages[posted++].refcon = refcon;
	}
	pthread_mutex_unlock(&posting);
	return full ? -1 : 0;
}

static void turn(void)
{
	for (;;) {
		modMessageDeliver deliver = NULL;
		void *refcon = NULL;
		pthread_mutex_lock(&posting);
		if (posted) {
			deliver = messages[0].deliver;
			refcon = messages[0].refcon;
			memmove(messages, messages + 1, --posted * sizeof(messages[0]));
		}
		pthread_mutex_unlock(&posting);
		if (!deliver)
			return;
		deliver(NULL, refcon, NULL, 0);
	}
}

xsSlot *xsSlots(xsMachine *the) { (void)the; return slots; }
int xsVarsOf(xsMachine *the, int count) { (void)the; return count; }
int xsArgc(xsMachine *the) { (void)the; return 1; }
void xsThrow(xsMachine *the, const char *kind, const char *message) { (void)the; fprintf(stderr, "%s: %s\n", kind, message); exit(1); }
void xsCall(xsMachine *the, xsSlot function, xsSlot object, xsSlot argument) { (void)the, (void)function, (void)object, (void)argument; }
xsSlot xsReferenced(xsMachine *the, xsSlot *reference) { (void)the; return *reference; }
xsMachine *xsBegin(void *the) { return the; }
void xsEnd(xsMachine *the) { (void)the; }
void xsRememberSlot(xsMachine *the, xsSlot *slot) { (void)the, (void)slot; }
void xsForgetSlot(xsMachine *the, xsSlot *slot) { (void)the, (void)slot; }
void xsHooks(xsMachine *the, xsSlot *slot, xsHostHooks *hooks) { (void)the, (void)slot, (void)hooks; }
void xsmcSlotGet(xsMachine *the, xsSlot *into, xsSlot *object, xsIdentifier id) { (void)the, (void)into, (void)object; asked = id; }
int xsmcInteger(xsMachine *the, xsSlot *slot) { (void)the, (void)slot; return asked == xsID_baud ? 115200 : asked == xsID_port ? 1 : asked == xsID_transmit ? 17 : 18; }
bool xsmcTruth(xsMachine *the, xsSlot *slot) { (void)the, (void)slot; return true; }
void xsmcIntegerInto(xsMachine *the, xsSlot *slot, int value) { (void)the, (void)slot, (void)value; }
void xsmcNumberInto(xsMachine *the, xsSlot *slot, double value) { (void)the, (void)slot, (void)value; }
void xsmcBooleanInto(xsMachine *the, xsSlot *slot, int value) { (void)the, (void)slot, (void)value; }
void *xsmcHost(xsMachine *the, xsSlot *slot, const void *validator) { (void)the, (void)slot, (void)validator; return host; }
void xsmcHostInto(xsMachine *the, xsSlot *slot, void *data) { (void)the, (void)slot; host = data; }
void xsmcDestructorInto(xsMachine *the, xsSlot *slot, xsDestructor destructor) { (void)the, (void)slot, (void)destructor; }
void xsmcBuffer(xsMachine *the, xsSlot *slot, void **bytes, xsUnsignedValue *count, int writable)
{
	static uint8_t some[300];
	(void)the, (void)slot, (void)writable;
	*bytes = some;
	*count = sizeof(some);
}
xsSlot *builtinGetCallback(xsMachine *the, xsIdentifier id) { (void)the, (void)id; return &slots[30]; }
uint8_t builtinArePinsFree(uint32_t bank, uint32_t pin) { (void)bank, (void)pin; return 1; }
uint8_t builtinUsePins(uint32_t bank, uint32_t pin) { (void)bank, (void)pin; return 1; }
void builtinFreePins(uint32_t bank, uint32_t pin) { (void)bank, (void)pin; }

int main(int argc, char **argv)
{
	unsigned seed = argc > 1 ? (unsigned)atoi(argv[1]) : 1;
	for (int round = 0; round < 600; round++) {
		xs_podserial(NULL);
		for (unsigned left = rand_r(&seed) % 4; left; left--) {
			xs_podserial_write(NULL);
			if (rand_r(&seed) % 3 == 0)
				usleep(rand_r(&seed) % 50);
			turn();
		}
		if (rand_r(&seed) % 2)
			xs_podserial_flush(NULL);
		xs_podserial_close(NULL);
		xs_podserial_close(NULL);
		/* as the firmware does: the port is opened again only when the one before is gone */
		while (atomic_load(&tasks)) {
			turn();
			usleep(20);
		}
		turn();
	}
	if (atomic_load(&queues) || atomic_load(&blocks)) {
		printf("%d queues and %d blocks are left\n", atomic_load(&queues), atomic_load(&blocks));
		return 1;
	}
	return 0;
}

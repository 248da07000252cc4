/*
 * What modules/esp32/sockets meets on the chip, made of Debian's lwIP: an interface of the stack whose other end is in the hands of a test (wire.ts),
 * the SDK's message queue, and allocations that fail when a test wants them to.
 */
#include "host.h"
#include "xsHost.h"
#include "builtinCommon.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "lwip/ip.h"
#include "lwip/memp.h"
#include "lwip/netif.h"
#include "lwip/tcpip.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/priv/tcpip_priv.h"

/* ---- allocations: of the sockets, and inside of lwIP */

static atomic_int fail_at = -1, allocations, held;
static _Thread_local bool inside;	/* of memp_malloc or memp_free, which call mem_malloc and mem_free */

static bool fails(void)
{
	int number = atomic_fetch_add(&allocations, 1);
	return number == atomic_load(&fail_at);
}

void *failing_calloc(size_t count, size_t size)
{
	return fails() ? NULL : calloc(count, size);
}

void *memp_malloc(memp_t type)
{
	static void *(*_Atomic next)(memp_t);
	void *result;
	if (!next)
		next = (void *(*)(memp_t))dlsym(RTLD_NEXT, "memp_malloc");
	/* not messages to the stack's task: the chip's wait for room. Not timers: without one for itself lwIP aborts, on the chip too */
	if (type != MEMP_TCPIP_MSG_API && type != MEMP_TCPIP_MSG_INPKT && type != MEMP_SYS_TIMEOUT && fails())
		return NULL;
	inside = true;
	result = next(type);
	inside = false;
	atomic_fetch_add(&held, result != NULL);
	return result;
}

void memp_free(memp_t type, void *block)
{
	static void (*_Atomic next)(memp_t, void *);
	if (!next)
		next = (void (*)(memp_t, void *))dlsym(RTLD_NEXT, "memp_free");
	atomic_fetch_sub(&held, block != NULL);
	inside = true;
	next(type, block);
	inside = false;
}

void *mem_malloc(mem_size_t size)
{
	static void *(*_Atomic next)(mem_size_t);
	void *result;
	if (!next)
		next = (void *(*)(mem_size_t))dlsym(RTLD_NEXT, "mem_malloc");
	if (inside)
		return next(size);
	if (fails())
		return NULL;
	result = next(size);
	atomic_fetch_add(&held, result != NULL);
	return result;
}

void mem_free(void *block)
{
	static void (*_Atomic next)(void *);
	if (!next)
		next = (void (*)(void *))dlsym(RTLD_NEXT, "mem_free");
	if (!inside)
		atomic_fetch_sub(&held, block != NULL);
	next(block);
}

/*
 * ---- 0.0.0.0
 *
 * Debian's lwIP has no DHCP client in it, and so drops what comes from 0.0.0.0 with what comes from a broadcast address (ip4_input: "packet
 * source is not valid"). ESP-IDF's has one (LWIP_DHCP in its lwipopts.h), which makes an exception of 0.0.0.0. That exception, at the only
 * place where a program can make it: 0.0.0.0 is no broadcast address.
 */

u8_t ip4_addr_isbroadcast_u32(u32_t address, const struct netif *netif)
{
	static u8_t (*_Atomic next)(u32_t, const struct netif *);
	if (!next)
		next = (u8_t (*)(u32_t, const struct netif *))dlsym(RTLD_NEXT, "ip4_addr_isbroadcast_u32");
	return address != IPADDR_ANY && next(address, netif);
}

/* ---- the SDK's message queue: as short as a full one may be */

enum { QUEUE = 64 };

struct message {
	xsMachine *the;
	modMessageDeliver callback;
	void *refcon;
};

static struct message queue[QUEUE];
static unsigned queue_first, queue_count, queue_most;
static pthread_mutex_t queue_lock = PTHREAD_MUTEX_INITIALIZER;
static struct source queue_source = { .fd = -1 };

static void raise(int fd)
{
	uint64_t one = 1;
	if (write(fd, &one, sizeof(one)) != sizeof(one))
		abort();
}

static void lower(int fd)
{
	uint64_t count;
	if (read(fd, &count, sizeof(count)) != sizeof(count))
		return;
}

int modMessagePostToMachine(xsMachine *the, uint8_t *message, uint16_t length, modMessageDeliver callback, void *refcon)
{
	bool full;
	(void)message;
	(void)length;
	pthread_mutex_lock(&queue_lock);
	full = queue_count == QUEUE;
	if (!full)
		queue[(queue_first + queue_count++) % QUEUE] = (struct message){ the, callback, refcon };
	if (queue_count > queue_most)
		queue_most = queue_count;
	pthread_mutex_unlock(&queue_lock);
	raise(queue_source.fd);
	return full ? -2 : 0;
}

static void queue_ready(struct source *source, uint32_t events)
{
	(void)events;
	lower(source->fd);
	for (;;) {
		struct message message = { 0 };
		pthread_mutex_lock(&queue_lock);
		if (queue_count) {
			message = queue[queue_first++ % QUEUE];
			queue_count--;
		}
		pthread_mutex_unlock(&queue_lock);
		if (!message.callback)
			return;
		message.callback(message.the, message.refcon, NULL, 0);
		engine_settle(message.the);
	}
}

/* ---- the SDK's common code */

xsSlot *builtinGetCallback(xsMachine *the, xsIdentifier id)
{
	xsSlot slot;
	xsmcGet(slot, xsArg(0), id);
	if (xsmcTypeOf(slot) == xsUndefinedType)
		return NULL;
	if (!xsmcIsCallable(slot))
		xsUnknownError("not a function");
	return fxToReference(the, &slot);
}

void builtinInitializeTarget(xsMachine *the)
{
	if (xsmcHas(xsArg(0), xsID("target"))) {
		xsSlot target;
		xsmcGet(target, xsArg(0), xsID("target"));
		xsmcSet(xsThis, xsID("target"), target);
	}
}

/* ---- the wire */

enum { PACKETS = 512, HEADERS = 40 };

struct wire {
	struct object object;		/* first */
	struct source source;
	struct netif netif;
	ip4_addr_t address, mask;
	pthread_mutex_t lock;
	struct pbuf *packets[PACKETS];	/* from the stack to the test */
	unsigned first, count;
	bool added;
};

static const xsHostHooks hooks = { object_destroy, object_mark, NULL };

void xs_wire_destructor(void *data)
{
	object_destroy(data);
}

static err_t wire_output(struct netif *netif, struct pbuf *packet, const ip4_addr_t *to)
{
	struct wire *wire = netif->state;
	struct pbuf *copy = pbuf_clone(PBUF_RAW, PBUF_RAM, packet);
	bool full;
	(void)to;
	if (!copy)
		return ERR_MEM;
	pthread_mutex_lock(&wire->lock);
	full = wire->count == PACKETS;
	if (!full)
		wire->packets[(wire->first + wire->count++) % PACKETS] = copy;
	pthread_mutex_unlock(&wire->lock);
	if (full)
		pbuf_free(copy);
	raise(wire->source.fd);
	return ERR_OK;
}

static err_t wire_init(struct netif *netif)
{
	netif->name[0] = 'w';
	netif->name[1] = 'i';
	netif->mtu = 1500;
	netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_LINK_UP | NETIF_FLAG_IGMP;
	netif->output = wire_output;
	return ERR_OK;
}

struct visit {
	struct tcpip_api_call_data call;	/* first */
	struct wire *wire;
};

static err_t add(struct tcpip_api_call_data *call)
{
	struct wire *wire = ((struct visit *)call)->wire;
	netif_add(&wire->netif, &wire->address, &wire->mask, NULL, wire, wire_init, tcpip_input);
	netif_set_up(&wire->netif);
	if (!netif_default)
		netif_set_default(&wire->netif);
	return ERR_OK;
}

static err_t take_away(struct tcpip_api_call_data *call)
{
	netif_remove(&((struct visit *)call)->wire->netif);
	return ERR_OK;
}

static err_t change(struct tcpip_api_call_data *call)
{
	struct wire *wire = ((struct visit *)call)->wire;
	netif_set_addr(&wire->netif, &wire->address, &wire->mask, NULL);
	return ERR_OK;
}

static void wire_ready(struct source *source, uint32_t events)
{
	struct wire *wire = (struct wire *)((char *)source - offsetof(struct wire, source));
	unsigned count;
	(void)events;
	lower(source->fd);
	pthread_mutex_lock(&wire->lock);
	count = wire->count;
	pthread_mutex_unlock(&wire->lock);
	object_retain(&wire->object);
	if (count)
		object_call(&wire->object, ON_READABLE, (int)count);
	object_release(&wire->object);
}

static void wire_free(struct object *object)
{
	struct wire *wire = (struct wire *)object;
	struct visit visit = { .wire = wire };
	if (wire->added)
		tcpip_api_call(take_away, &visit.call);
	if (wire->source.fd >= 0) {
		source_unwatch(&wire->source);
		close(wire->source.fd);
	}
	while (wire->count--)
		pbuf_free(wire->packets[wire->first++ % PACKETS]);
	free(wire);
}

static void start(void)
{
	static bool started;
	if (started)
		return;
	started = true;
	queue_source.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	queue_source.ready = queue_ready;
	source_watch(&queue_source, EPOLLIN);
	tcpip_init(NULL, NULL);
}

static void text_address(xsMachine *the, xsSlot *text, ip4_addr_t *address)
{
	if (!ip4addr_aton(xsmcToString(*text), address))
		xsUnknownError("invalid address");
}

/* new Wire({onReadable}, address, mask) */
void xs_wire(xsMachine *the)
{
	struct wire *wire = calloc(1, sizeof(*wire));
	struct visit visit = { .wire = wire };
	start();
	pthread_mutex_init(&wire->lock, NULL);
	wire->source.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	wire->source.ready = wire_ready;
	object_create(the, &wire->object, wire_free, &hooks);
	text_address(the, &xsArg(1), &wire->address);
	text_address(the, &xsArg(2), &wire->mask);
	tcpip_api_call(add, &visit.call);
	wire->added = true;
	source_watch(&wire->source, EPOLLIN);
	object_open(&wire->object);
}

void xs_wire_close(xsMachine *the)
{
	struct wire *wire = object_get_if(the, &xsThis, &hooks);
	if (wire)
		object_close(&wire->object);
}

/* readdress(address, mask): as when the link comes up */
void xs_wire_readdress(xsMachine *the)
{
	struct wire *wire = object_get(the, &hooks);
	struct visit visit = { .wire = wire };
	text_address(the, &xsArg(0), &wire->address);
	text_address(the, &xsArg(1), &wire->mask);
	tcpip_api_call(change, &visit.call);
}

/* read(): the next packet the stack has sent, undefined when there is none */
void xs_wire_read(xsMachine *the)
{
	struct wire *wire = object_get(the, &hooks);
	struct pbuf *packet = NULL;
	pthread_mutex_lock(&wire->lock);
	if (wire->count) {
		packet = wire->packets[wire->first++ % PACKETS];
		wire->count--;
	}
	pthread_mutex_unlock(&wire->lock);
	if (!packet)
		return;
	pbuf_copy_partial(packet, xsmcSetArrayBuffer(xsResult, NULL, packet->tot_len), packet->tot_len, 0);
	pbuf_free(packet);
}

/* A packet in two pieces, as a driver may leave it: not every socket takes a chain for one. */
static struct pbuf *chain(const uint8_t *bytes, u16_t count)
{
	u16_t first = count > HEADERS ? HEADERS + (count - HEADERS) / 3 : count;
	struct pbuf *packet = pbuf_alloc(PBUF_RAW, first, PBUF_RAM);
	pbuf_take(packet, bytes, first);
	if (first < count) {
		struct pbuf *rest = pbuf_alloc(PBUF_RAW, count - first, PBUF_RAM);
		pbuf_take(rest, bytes + first, count - first);
		pbuf_cat(packet, rest);
	}
	return packet;
}

/* write(bytes): a packet to the stack. No allocation of this fails. */
void xs_wire_write(xsMachine *the)
{
	struct wire *wire = object_get(the, &hooks);
	int fail = atomic_exchange(&fail_at, -1), before = atomic_load(&allocations);
	struct pbuf *packet;
	void *bytes;
	xsUnsignedValue count;
	xsmcGetBufferReadable(xsArg(0), &bytes, &count);
	packet = chain(bytes, (u16_t)count);
	atomic_store(&allocations, before);
	atomic_store(&fail_at, fail);
	if (wire->netif.input(packet, &wire->netif) != ERR_OK)
		pbuf_free(packet);
}

/* failAt(n): the nth allocation from now fails; -1: none */
void xs_wire_failAt(xsMachine *the)
{
	atomic_store(&fail_at, -1);
	atomic_store(&allocations, 0);
	atomic_store(&fail_at, xsmcToInteger(xsArg(0)));
}

void xs_wire_get_allocations(xsMachine *the)
{
	xsmcSetInteger(xsResult, atomic_load(&allocations));
}

struct passing {
	int seconds;
	sys_sem_t done;
};

static void pass(void *what)
{
	struct passing *passing = what;
	for (int ticks = passing->seconds * 1000 / TCP_TMR_INTERVAL; ticks > 0; ticks--)
		tcp_tmr();
	sys_sem_signal(&passing->done);
}

/*
 * pass(seconds): so many more of TCP's time, at once: lwIP's timers call tcp_tmr() four times in each. As a message, and not with the core
 * locked: time is not to overtake packets that were written before.
 */
void xs_wire_pass(xsMachine *the)
{
	struct passing passing = { .seconds = xsmcToInteger(xsArg(0)) };
	if (sys_sem_new(&passing.done, 0) != ERR_OK)
		xsUnknownError("no semaphore");
	tcpip_callback(pass, &passing);
	sys_sem_wait(&passing.done);
	sys_sem_free(&passing.done);
}

/* lwIP's blocks in use */
void xs_wire_get_held(xsMachine *the)
{
	xsmcSetInteger(xsResult, atomic_load(&held));
}

/* most messages that were in the queue at once */
void xs_wire_get_queued(xsMachine *the)
{
	xsmcSetInteger(xsResult, (int)queue_most);
}

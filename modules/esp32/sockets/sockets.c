/* The common part of the sockets: see sockets.h. */
#include "sockets.h"
#include "lwip/ip4_addr.h"

/* Between two attempts to ring when JavaScript's queue is full. Only the SDK's debug builds say that it is. */
enum { AGAIN = 20 };

static struct {
	struct socket *first, *last;	/* with news; guarded */
	bool rung;	/* guarded */
	struct socket *delivering;	/* JavaScript's task only */
} sockets;

struct callbacks socketsCallbacks(xsMachine *the)
{
	struct callbacks callbacks;
	callbacks.onReadable = builtinGetCallback(the, xsID_onReadable);
	callbacks.onWritable = builtinGetCallback(the, xsID_onWritable);
	callbacks.onError = builtinGetCallback(the, xsID_onError);
	return callbacks;
}

void socketsOpen(xsMachine *the, struct socket *socket, const xsHostHooks *hooks, struct callbacks callbacks)
{
	xsmcSetHostData(xsThis, socket);
	xsSetHostHooks(xsThis, (xsHostHooks *)hooks);
	socket->object = xsThis;
	xsRemember(socket->object);
	socket->callbacks = callbacks;
	builtinInitializeTarget(the);
}

void socketsClose(xsMachine *the, xsSlot *object, struct socket *socket)
{
	xsForget(socket->object);
	xsmcSetHostData(*object, NULL);
	xsmcSetHostDestructor(*object, NULL);
}

static uint16_t portOption(xsMachine *the)
{
	int port;
	if (!xsmcHas(xsArg(0), xsID_port))
		return 0;
	xsmcGet(xsVar(0), xsArg(0), xsID_port);
	port = xsmcToInteger(xsVar(0));
	if (port < 0 || port > 65535)
		xsRangeError("invalid port");
	return (uint16_t)port;
}

uint32_t socketsParse(xsMachine *the, xsSlot *text)
{
	ip4_addr_t address;
	if (!ip4addr_aton(xsmcToString(*text), &address))
		xsRangeError("invalid address");
	return address.addr;
}

uint32_t socketsAddress(xsMachine *the)
{
	if (!xsmcHas(xsArg(0), xsID_address))
		return 0;
	xsmcGet(xsVar(0), xsArg(0), xsID_address);
	return xsmcTypeOf(xsVar(0)) == xsUndefinedType ? 0 : socketsParse(the, &xsVar(0));
}

bool socketsFlag(xsMachine *the, xsIdentifier id)
{
	if (!xsmcHas(xsArg(0), id))
		return false;
	xsmcGet(xsVar(0), xsArg(0), id);
	return xsmcTest(xsVar(0));
}

void *socketsBind(xsMachine *the, const struct boundClass *class)
{
	struct bound *bound;
	struct callbacks callbacks;
	uint32_t address;
	uint16_t port;
	err_t err;
	if (!netif_list)	/* lwIP would abort the program */
		xsUnknownError("no network");
	callbacks = socketsCallbacks(the);
	address = socketsAddress(the);
	port = portOption(the);
	bound = c_calloc(1, class->size);
	if (!bound)
		xsUnknownError("no memory");
	bound->address = address;
	bound->port = port;
	bound->socket.the = the;
	bound->socket.deliver = class->deliver;
	bound->socket.mute = true;
	err = socketsVisit(class->bind, bound);
	if (err != ERR_OK) {
		c_free(bound);
		xsUnknownError(err == ERR_USE ? "port in use" : "no memory");
	}
	socketsOpen(the, &bound->socket, &class->hooks, callbacks);
	socketsUnmute(&bound->socket, class->news);
	return bound;
}

void socketsGetPort(xsMachine *the, const struct boundClass *class)
{
	struct bound *bound = xsmcGetHostDataValidate(xsThis, (void *)&class->hooks);
	xsmcSetInteger(xsResult, bound->port);
}

void socketsEnd(xsMachine *the, const xsHostHooks *hooks)
{
	struct socket *socket = xsmcGetHostData(xsThis);
	if (!socket)
		return;
	socket = xsmcGetHostDataValidate(xsThis, (void *)hooks);
	socketsClose(the, &xsThis, socket);
	(*hooks->destructor)(socket);
}

void socketsSetAddress(xsMachine *the, xsSlot *slot, uint32_t address)
{
	char text[IP4ADDR_STRLEN_MAX];
	ip4_addr_t from = { address };
	xsmcSetString(*slot, ip4addr_ntoa_r(&from, text, sizeof(text)));
}

void socketsMark(xsMachine *the, void *data, xsMarkRoot markRoot)
{
	struct callbacks *callbacks = &((struct socket *)data)->callbacks;
	if (callbacks->onReadable)
		(*markRoot)(the, callbacks->onReadable);
	if (callbacks->onWritable)
		(*markRoot)(the, callbacks->onWritable);
	if (callbacks->onError)
		(*markRoot)(the, callbacks->onError);
}

struct visit {
	struct tcpip_api_call_data call;	/* first */
	err_t (*function)(void *what);
	void *what;
};

static err_t visiting(struct tcpip_api_call_data *call)
{
	struct visit *visit = (struct visit *)call;
	return (*visit->function)(visit->what);
}

err_t socketsVisit(err_t (*function)(void *what), void *what)
{
	struct visit visit = { .function = function, .what = what };
	return tcpip_api_call(visiting, &visit.call);
}

bool socketsCall(struct socket *socket, xsSlot *callback, int count)
{
	xsMachine *machine = socket->the;
	if (!callback)
		return true;
	xsBeginHost(machine);
		if (count < 0)
			xsCallFunction0(xsReference(callback), socket->object);
		else {
			xsmcSetInteger(xsResult, count);
			xsCallFunction1(xsReference(callback), socket->object, xsResult);
		}
	xsEndHost(machine);
	return sockets.delivering == socket;
}

/* The queue's first socket and its news; null at its end. */
static struct socket *take(unsigned *news)
{
	struct socket *socket;
	SYS_ARCH_DECL_PROTECT(level);
	SYS_ARCH_PROTECT(level);
	socket = sockets.first;
	if (socket) {
		sockets.first = socket->next;
		if (!sockets.first)
			sockets.last = NULL;
		socket->queued = false;
		*news = socket->news;
		socket->news = 0;
	}
	SYS_ARCH_UNPROTECT(level);
	return socket;
}

/*
 * In JavaScript's task. Delivers to those that are queued when it begins; who comes in meanwhile rings again, so that others get their
 * turn.
 */
static void deliver(void *the, void *refcon, uint8_t *message, uint16_t length)
{
	unsigned count = 0, news;
	SYS_ARCH_DECL_PROTECT(level);
	(void)the;
	(void)refcon;
	(void)message;
	(void)length;
	SYS_ARCH_PROTECT(level);
	sockets.rung = false;
	for (struct socket *socket = sockets.first; socket; socket = socket->next)
		count++;
	SYS_ARCH_UNPROTECT(level);
	while (count--) {
		struct socket *socket = take(&news);
		if (!socket)
			break;
		sockets.delivering = socket;
		socket->deliver(socket, news);
	}
	sockets.delivering = NULL;
}

static void ring(xsMachine *the)
{
	while (modMessagePostToMachine(the, NULL, 0, deliver, NULL))
		sys_msleep(AGAIN);
}

/* Guarded: puts the socket into the queue; true when somebody must ring. */
static bool enqueue(struct socket *socket)
{
	bool silent = !sockets.rung;
	if (socket->queued || socket->mute)
		return false;
	socket->queued = true;
	socket->next = NULL;
	if (sockets.last)
		sockets.last->next = socket;
	else
		sockets.first = socket;
	sockets.last = socket;
	sockets.rung = true;
	return silent;
}

void socketsTell(struct socket *socket, unsigned news)
{
	bool must;
	xsMachine *the = socket->the;	/* the socket may be gone when the lock is */
	SYS_ARCH_DECL_PROTECT(level);
	SYS_ARCH_PROTECT(level);
	socket->news |= news;
	must = enqueue(socket);
	SYS_ARCH_UNPROTECT(level);
	if (must)
		ring(the);
}

void socketsSoon(struct socket *socket, unsigned news)
{
	if (sockets.delivering != socket)
		socketsTell(socket, news);
}

void socketsUnmute(struct socket *socket, unsigned news)
{
	SYS_ARCH_DECL_PROTECT(level);
	SYS_ARCH_PROTECT(level);
	socket->mute = false;
	SYS_ARCH_UNPROTECT(level);
	socketsTell(socket, news);
}

void socketsForget(struct socket *socket)
{
	struct socket **place, *before = NULL;
	SYS_ARCH_DECL_PROTECT(level);
	SYS_ARCH_PROTECT(level);
	if (socket->queued) {
		for (place = &sockets.first; *place != socket; place = &(*place)->next)
			before = *place;
		*place = socket->next;
		if (sockets.last == socket)
			sockets.last = before;
		socket->queued = false;
	}
	SYS_ARCH_UNPROTECT(level);
	if (sockets.delivering == socket)
		sockets.delivering = NULL;
}

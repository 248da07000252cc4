/*
 * What XS asks of its platform: the end of the program, promise jobs, and a debugger that is never there.
 */
#include "xsAll.h"
#include "xsScript.h"
#include "engine.h"

#ifndef mxStress
	#define mxStress 0
#endif

void fxCreateMachinePlatform(txMachine* the)
{
	the->promise_jobs = false;
}

void fxDeleteMachinePlatform(txMachine* the)
{
	(void)the;
}

void fxQueuePromiseJobs(txMachine* the)
{
	the->promise_jobs = true;
}

void engine_settle(void *machine)
{
	txMachine* the = machine;
	while (the->promise_jobs) {
		the->promise_jobs = false;
		fxBeginHost(the);
		fxRunPromiseJobs(the);
		fxEndHost(the);
	}
	fxCheckUnhandledRejections(the, 1);
}

void engine_stress(void)
{
#if mxStress
	extern int gxStress;
	gxStress = 1;
#endif
}

#ifdef __SANITIZE_ADDRESS__
/*
 * Every chunk is malloc'ed anew at every collection: a long memory of who allocated what costs more than everything else. Leaks
 * are looked for only when ASAN_OPTIONS=detect_leaks=1 asks for it: that stops all threads by ptrace, which not every sandbox bears.
 */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
	return "malloc_context_size=3:quarantine_size_mb=8:detect_leaks=0";
}
#endif

int engine_slots(void *the)
{
	return (int)((txMachine*)the)->currentHeapCount;
}

int engine_chunks(void *the)
{
	return (int)((txMachine*)the)->currentChunksSize;
}

int engine_free_slots(void *machine)
{
	txMachine* the = machine;
	return (int)(the->maximumHeapCount - the->currentHeapCount);
}

int engine_free_chunks(void *machine)
{
	txMachine* the = machine;
	return (int)(the->maximumChunksSize - the->currentChunksSize);
}

void machine_die(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	fflush(stdout);
	fputs("xs-host: ", stderr);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
	va_end(arguments);
	exit(1);
}

/* The exception's stack when it has one, else the exception. What throws here isn't worth more words. */
static void print_exception(txMachine* the)
{
	mxTry(the) {
		mxPush(mxException);
		if (mxIsReference(the->stack)) {
			mxDub();
			mxGetID(mxID(_stack));
			if (mxIsUndefined(the->stack))
				mxPop();
		}
		fprintf(stderr, "%s\n", fxToString(the, the->stack));
	}
	mxCatch(the) {
		fprintf(stderr, "(an exception without a description)\n");
	}
}

void fxAbort(txMachine* the, int status)
{
	static const char* const reasons[] = {
		[XS_DEBUGGER_EXIT] = "debugger",
		[XS_NOT_ENOUGH_MEMORY_EXIT] = "memory full",
		[XS_STACK_OVERFLOW_EXIT] = "stack overflow",
		[XS_FATAL_CHECK_EXIT] = "fatal check",
		[XS_DEAD_STRIP_EXIT] = "dead strip",
		[XS_UNHANDLED_EXCEPTION_EXIT] = "unhandled exception",
		[XS_NO_MORE_KEYS_EXIT] = "not enough keys",
		[XS_TOO_MUCH_COMPUTATION_EXIT] = "too much computation",
		[XS_UNHANDLED_REJECTION_EXIT] = "unhandled rejection"
	};
	fflush(stdout);
	fprintf(stderr, "xs-host: %s\n", reasons[status]);
	if ((status == XS_UNHANDLED_EXCEPTION_EXIT) || (status == XS_UNHANDLED_REJECTION_EXIT)) {
		txJump* jump = the->firstJump;
		/* An exception that left xsBeginHost's block comes here before the machine's registers were put back. */
		if ((status == XS_UNHANDLED_EXCEPTION_EXIT) && jump) {
			the->stack = jump->stack;
			the->scope = jump->scope;
			the->frame = jump->frame;
			the->code = jump->code;
		}
		fxBeginHost(the);
		print_exception(the);
	}
	exit(1);
}

#ifdef mxDebug

void fxConnect(txMachine* the)
{
	(void)the;
}

void fxDisconnect(txMachine* the)
{
	(void)the;
}

txBoolean fxIsConnected(txMachine* the)
{
	(void)the;
	return 0;
}

txBoolean fxIsReadable(txMachine* the)
{
	(void)the;
	return 0;
}

void fxReceive(txMachine* the)
{
	(void)the;
}

void fxSend(txMachine* the, txBoolean more)
{
	(void)the;
	(void)more;
}

#endif

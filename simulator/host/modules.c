/*
 * Loading modules: a specifier becomes a file by the map, the file becomes code, and the C functions the code names are looked up
 * in this program (it is linked with -rdynamic). Positions in stack traces are those of the TypeScript source, by the source map
 * that the compiler leaves beside the file.
 */
#include "xsAll.h"
#include "xsScript.h"
#include "engine.h"
#include <dlfcn.h>

struct hosts {
	struct hosts* next;
	txHostFunctionBuilder builders[];
};

static struct hosts* all_hosts;
static txString current_path;
static txScript* current_script;

/*
 * `./name` is beside the importing module, by specifier; a relative path that ends in .js loses it. Everything else is a specifier as it
 * stands.
 */
static void resolve(txString name, const char* importer, char* result, size_t size)
{
	const char* slash = (*name == '.') ? c_strrchr(importer, '/') : C_NULL;
	int length = slash ? (int)(slash - importer) : 0;
	int suffix;
	if (*name != '.') {
		snprintf(result, size, "%s", name);
		return;
	}
	for (;;) {
		if (!c_strncmp(name, "./", 2))
			name += 2;
		else if (!c_strncmp(name, "../", 3)) {
			name += 3;
			while (length && (importer[--length] != '/'))
				;
		}
		else
			break;
	}
	suffix = (int)c_strlen(name);
	if ((suffix > 3) && !c_strcmp(name + suffix - 3, ".js"))
		suffix -= 3;
	snprintf(result, size, "%.*s%s%.*s", length, importer, length ? "/" : "", suffix, name);
}

txID fxFindModule(txMachine* the, txSlot* realm, txID moduleID, txSlot* slot)
{
	char name[256], path[512];
	const char* specifier;
	(void)realm;
	fxToStringBuffer(the, slot, name, sizeof(name));
	resolve(name, (moduleID == XS_NO_ID) ? "" : fxGetKeyName(the, moduleID), path, sizeof(path));
	specifier = map_specifier(path);
	return specifier ? fxNewNameC(the, (txString)specifier) : XS_NO_ID;
}

static void report(void* console, txString path, txInteger line, txString format, va_list arguments)
{
	(void)console;
	fprintf(stderr, "%s:%d: ", path ? path : current_path, (int)line);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
}

static void ignore(void* console, txString path, txInteger line, txString format, va_list arguments)
{
	(void)console;
	(void)path;
	(void)line;
	(void)format;
	(void)arguments;
}

/* The path as people know it: relative to the current folder when it is below. */
static txString shorten(txString path)
{
	static char folder[C_PATH_MAX];
	size_t length;
	if (!folder[0] && !getcwd(folder, sizeof(folder)))
		return path;
	length = c_strlen(folder);
	return (!c_strncmp(path, folder, length) && (path[length] == '/')) ? path + length + 1 : path;
}

/* `name` is what the file says about its source map, relative to the file; the map names the source relative to itself. */
static void apply_source_map(txParser* parser, txString path, txString name)
{
	char real[C_PATH_MAX];
	FILE* file;
	if (!realpath(fxCombinePath(parser, path, name), real))
		return;
	file = fopen(real, "r");
	if (!file)
		return;
	name = C_NULL;
	fxParserSourceMap(parser, file, (txGetter)fgetc, mxDebugFlag, &name);
	fclose(file);
	if (name && realpath(fxCombinePath(parser, real, name), real))
		parser->path = fxNewParserSymbol(parser, shorten(real));
}

static txScript* parse(txMachine* the, txString path)
{
	txParser parser;
	txParserJump jump;
	txScript* volatile script = C_NULL;
	txString name = C_NULL;
	FILE* file = fopen(path, "r");
	if (!file)
		machine_die("%s: %s", path, strerror(errno));
	current_path = path;
	fxInitializeParser(&parser, the, the->parserBufferSize, the->parserTableModulo);
	parser.reportError = report;
	parser.reportWarning = ignore;
	parser.firstJump = &jump;
	if (c_setjmp(jump.jmp_buf) == 0) {
		parser.path = fxNewParserSymbol(&parser, path);
		/* mxCFlag admits `@ "C function"`. */
		fxParserTree(&parser, file, (txGetter)fgetc, mxCFlag | mxDebugFlag, &name);
		if (name)
			apply_source_map(&parser, path, name);
		fxParserHoist(&parser);
		fxParserBind(&parser);
		script = fxParserCode(&parser);
	}
	fclose(file);
	fxTerminateParser(&parser);
	return script;
}

/*
 * Runs before a module's body: makes the host functions and destructors that its code refers to by index. The table stays as long
 * as the program: functions are made from it when they are first used.
 */
static void build_hosts(txMachine* the)
{
	txByte* p = current_script->hostsBuffer;
	txByte* q = current_script->symbolsBuffer;
	txID* ids;
	struct hosts* hosts;
	txHostFunctionBuilder* builders;
	txID count, symbol_count, i;
	mxDecodeID(p, count);
	mxDecodeID(q, symbol_count);
	hosts = c_calloc(1, sizeof(*hosts) + (size_t)count * sizeof(*builders));
	ids = c_calloc((size_t)symbol_count + 1, sizeof(*ids));
	if (!hosts || !ids)
		machine_die("no memory");
	hosts->next = all_hosts;
	all_hosts = hosts;
	builders = hosts->builders;
	for (i = 1; i < symbol_count; i++) {
		ids[i] = fxNewNameC(the, (txString)q);
		q += c_strlen((txString)q) + 1;
	}
	for (i = 0; i < count; i++) {
		txID id;
		builders[i].length = *p++;
		mxDecodeID(p, id);
		builders[i].id = (id == XS_NO_ID) ? XS_NO_ID : ids[id];
		builders[i].callback = (txCallback)dlsym(RTLD_DEFAULT, (char*)p);
		if (!builders[i].callback)
			machine_die("%s: no C function %s", current_path, (char*)p);
		p += c_strlen((char*)p) + 1;
	}
	c_free(ids);
	fxBuildHosts(the, count, builders);
	device_hold(the, the->stack);
	mxPullSlot(mxResult);
}

void fxLoadModule(txMachine* the, txSlot* module, txID moduleID)
{
	txString path = (txString)map_path(fxGetKeyName(the, moduleID));
	txScript* script = path ? parse(the, path) : C_NULL;
	if (!script)
		return;
	if (script->hostsBuffer) {
		current_path = path;
		current_script = script;
		script->callback = build_hosts;
	}
	fxResolveModule(the, module, moduleID, script, C_NULL, C_NULL);
}

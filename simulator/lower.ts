/**
 * Turns the SDK's way of writing native functions, which is TypeScript, into the one XS 13 understands, which isn't:
 *
 *     class X extends Native("xs_x_destructor") {            class X @ "xs_x_destructor" {
 *         constructor(o) { super(); native("xs_x").call(this, o); }    constructor(o) @ "xs_x";
 *         read(n) { return native("xs_x_read").call(this, n); }        read(n) @ "xs_x_read";
 *
 * Lines stay lines, so that source maps stay true. A body must be exactly that, on the line of its head or below it: what is left over is
 * an error.
 */

const CLASS = /^(.*\bclass\s+\w+) extends Native\("(\w+)"\) \{(.*)$/;
const BODY = /^(\s*(?:static )?(?:get |set )?(\w+)\(([^()]*)\)) \{ (?:super\(\); )?(?:return )?native\("(\w+)"\)\.call\(this((?:, \w+)*)\); \}$/;

/** A body on lines of its own. */
const FOLDED = /(?<=\) )\{\n\s*((?:super\(\);\s*)?(?:return )?native\("[^"]*"\)\.call\([^()]*\);)\n\s*\}/g;

/** Puts the body onto the line of its head, with as many lines behind it as there were. */
function unfold(all: string, body: string): string {
	return `{ ${body.replace(/\s*\n\s*/, " ")} }${"\n".repeat(all.split("\n").length - 1)}`;
}

/** The compiled `text` of the module at `path`, which is named in errors. Returned unchanged when there is nothing native in it. */
export function lower(text: string, path: string): string {
	if (!/\b[nN]ative\(/.test(text))
		return text;
	return text.replace(FOLDED, unfold).split("\n").map((line, index) => {
		const where = `${path}:${index + 1}`;
		const lowered = lowerLine(line, where);
		if (/\b[nN]ative\(/.test(lowered) && !/^\s*(\/\/|\*|\/\*)/.test(lowered))
			throw new Error(`${where}: a native function must be the whole body of a method, with the method's own parameters: ${line.trim()}`);
		return lowered;
	}).join("\n");
}

function lowerLine(line: string, where: string): string {
	const header = CLASS.exec(line);
	if (header)
		return `${header[1]} @ "${header[2]}" {${header[3]}`;
	const body = BODY.exec(line);
	if (!body)
		return line;
	const [, head, , parameters, name, given] = body;
	if (parameters !== given!.slice(2))
		throw new Error(`${where}: ${name} must be given exactly the parameters (${parameters})`);
	return `${head} @ "${name}";`;
}

import { strict as assert } from "node:assert";
import { lower } from "../../simulator/lower.ts";

describe("lowering of native functions", function () {
	it("when a class has a destructor and native methods then they become host functions, line by line", function () {
		assert.equal(lower([
			`import a from "a";`,
			`export default class X extends Native("xs_x_destructor") {`,
			`    constructor(options) { super(); native("xs_x").call(this, options); }`,
			`    // native("in a comment") stays`,
			`    read(a, b) { return native("xs_x_read").call(this, a, b); }`,
			`    close() { native("xs_x_close").call(this); }`,
			`    get port() { return native("xs_x_get_port").call(this); }`,
			`    set port(value) { native("xs_x_set_port").call(this, value); }`,
			`    static make(n) { return native("xs_x_make").call(this, n); }`,
			`    own() { return this.read(1, 2); }`,
			`}`
		].join("\n"), "x.ts"), [
			`import a from "a";`,
			`export default class X @ "xs_x_destructor" {`,
			`    constructor(options) @ "xs_x";`,
			`    // native("in a comment") stays`,
			`    read(a, b) @ "xs_x_read";`,
			`    close() @ "xs_x_close";`,
			`    get port() @ "xs_x_get_port";`,
			`    set port(value) @ "xs_x_set_port";`,
			`    static make(n) @ "xs_x_make";`,
			`    own() { return this.read(1, 2); }`,
			`}`
		].join("\n"));
	});

	it("when text is lowered already, or has nothing native, then it stays as it is", function () {
		const text = `class X @ "d" {\n    read() @ "r";\n}\n`;
		assert.equal(lower(text, "x.ts"), text);
	});

	it("when a body has lines of its own then it becomes the same, and all other lines keep their numbers", function () {
		assert.equal(lower([
			`    constructor(options) {`,
			`        super();`,
			`        native("xs_x").call(this, options);`,
			`    }`,
			`    static copy(to, at) {`,
			`        return native("xs_x_copy").call(this, to, at);`,
			`    }`,
			`    own() {}`
		].join("\n"), "x.ts"), `    constructor(options) @ "xs_x";\n\n\n\n    static copy(to, at) @ "xs_x_copy";\n\n\n    own() {}`);
	});

	for (const [what, line] of [
		["a body of two statements", `read() { this.n++; return native("r").call(this); }`],
		["a part of a body", `    return native("r").call(this);`],
		["a native function outside of a class", `const f = native("r");`],
		["arguments that are made up", `read(a) { return native("r").call(this, a + 1); }`],
		["a default value", `read(a = 1) { return native("r").call(this, a); }`]
	] as const)
		it(`when there is ${what} then it is refused with its place`, function () {
			assert.throws(() => lower(`class X {\n${line}\n}`, "modules/x/x.ts"), /modules\/x\/x\.ts:2: /);
		});

	it("when the parameters given differ from the method's then it is refused", function () {
		assert.throws(() => lower(`read(a, b) { return native("r").call(this, b, a); }`, "x.ts"), /x\.ts:1: r must be given exactly the parameters \(a, b\)/);
		assert.throws(() => lower(`read(a, b) { return native("r").call(this, a); }`, "x.ts"), /exactly/);
	});
});

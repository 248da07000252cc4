import { strict as assert } from "node:assert";
import type { Refusal } from "base/refusal";
import "../support/strings.ts";
import { checkNothing, numberField, parseFlat } from "json";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const parse = (text: string): unknown => parseFlat(bytes(text), { fields: ["a", "b", "c"], wanted: "an object of a, b and c" });
const code = (text: string, with_ = parse): string => {
	try {
		with_(text);
	}
	catch (error) {
		return (error as Refusal).code;
	}
	return "taken";
};

describe("small JSON objects", () => {
	it("when an object is flat then it is what JSON.parse makes of it", () => {
		for (const text of [
			"{}", " { } \n", '{"a":1}', '\t{ "a" : 1 , "b":"x" ,\r\n"c" : null } ', '{"a":-1.5e3,"b":true,"c":false}', '{"a":"","b":"{[,:]}\\"\\\\","c":"\\\\\\""}',
			'{"\\u0061":"\\u00e4\\ud83d\\ude00"}', '{"a":"\u00e4\u20ac\u{1f600}"}', `{"a":"${"x".repeat(3000)}"}`, `{"a":1${" ".repeat(100)},"b":true${"\n".repeat(100)}}`
		])
			assert.deepEqual(parse(text), JSON.parse(text), text);
	});

	it("when it is anything else then it is refused", () => {
		for (const text of [
			"", " ", "{", "}", "[]", "null", "1", '"a"', "{a:1}", "{'a':1}", '{"a"}', '{"a":}', '{"a":1,}', '{,"a":1}', '{"a":1 "b":2}', '{"a":1}}', '{"a":1};', '{"a":01}', '{"a":+1}', '{"a":1.}', '{"a":.5}',
			'{"a":NaN}', '{"a":Infinity}', '{"a":0x10}', '{"a":undefined}', '{"a":[1]}', '{"a":{}}', '{"a":{"b":1}}', '{"a":tru}', '{"a":"x}', '{"a":"\\"}', '{"a":"\\x"}', '{"a":"\n"}', '{"a":1//\n}', "\ufeff{}", '{"a":1,"a":1}', '{"a":1,"\\u0061":2}'
		])
			assert.equal(code(text), "bad_json", text);
		assert.equal(code('{"d":1}'), "unknown_field");
		assert.equal(code('{"__proto__":1}'), "unknown_field");
		assert.equal(code('{"toString":1}'), "unknown_field");
	});

	it("when it is cut anywhere then it is refused", () => {
		const text = '{"a":"x\\"y","b":-12.5,"c":true}';
		for (let length = 0; length < text.length; length++)
			assert.equal(code(text.slice(0, length)), "bad_json", text.slice(0, length));
	});

	it("when a field is not known then the fault says which are, in characters that harm nobody", () => {
		assert.throws(() => parse('{"\\u001b[31m\\u202e":1}'), { code: "unknown_field", message: 'there is no field "?[31m?" here; this takes "a", "b", "c"', detail: { field: "?[31m?", takes: ["a", "b", "c"] } });
	});

	it("when it is not UTF-8 then that is said", () => {
		assert.throws(() => parseFlat(new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d]), { fields: [], wanted: "" }), { code: "bad_request" });
	});

	it("when a number is asked for then it comes, in its limits, alone", () => {
		assert.equal(numberField(bytes('{"rate":115200}'), "rate", 1, 200_000), 115_200);
		assert.equal(numberField(bytes(""), "rate", 1, 10, 5), 5);
		assert.equal(numberField(bytes("{}"), "rate", 1, 10, 5), 5);
		for (const [text, expected] of [["", "bad_json"], ["{}", "bad_number"], ['{"rate":null}', "bad_number"], ['{"rate":"5"}', "bad_number"], ['{"rate":0}', "bad_number"], ['{"rate":11}', "bad_number"], ['{"rate":5,"x":1}', "unknown_field"]] as const)
			assert.equal(code(text, each => numberField(bytes(each), "rate", 1, 10)), expected, text);
	});

	it("when nothing is to be asked for then an empty object is as good as none", () => {
		for (const [text, expected] of [["", "taken"], ["{}", "taken"], [" {\n} ", "taken"], ['{"seconds":5}', "unknown_field"], ["seconds=5", "unexpected_body"], ["[]", "unexpected_body"], ["null", "unexpected_body"], [" ", "unexpected_body"]] as const)
			assert.equal(code(text, each => checkNothing(bytes(each))), expected, JSON.stringify(text));
	});
});

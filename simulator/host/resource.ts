/** The SDK's class of the files that manifests name under "data": a read-only buffer, mapped and never copied. */
export default class Resource extends Native("xs_resource_destructor") {
	/** Throws when no manifest names such a file. */
	constructor(name: string) { super(); native("xs_resource").call(this, name); }
	static exists(name: string): boolean { return native("xs_resource_exists").call(this, name); }
	get byteLength(): number { return native("xs_resource_get_byteLength").call(this); }
}

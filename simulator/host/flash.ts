/** A NOR flash chip of `size` bytes in the file `path`: erasing sets bits, writing clears bits. */
export default class FlashFile extends Native("xs_flash_destructor") {
	constructor(path: string, size: number) { super(); native("xs_flash").call(this, path, size); }
	read(view: Uint8Array, offset: number): void { return native("xs_flash_read").call(this, view, offset); }
	write(bytes: Uint8Array, offset: number): void { return native("xs_flash_write").call(this, bytes, offset); }
	erase(offset: number, length: number): void { return native("xs_flash_erase").call(this, offset, length); }
}

/**
 * What a camera says about its own life: that it restarted, that U-Boot writes to the flash by itself, that Linux gave up. Pure: text in,
 * facts out. Texts of HiSilicon's, OpenIPC's and upstream's U-Boots and of Linux.
 */

/** The line that a boot loader begins with; undefined when none has begun in `text`. `version` and `ver=` don't look like it. */
export function bannerIn(text: string): string | undefined {
	return line(/^(?:U-Boot (?:SPL |TPL )?\d{4}\.\d\d.*|System startup.*)(?=\n)/m, text);
}

/** What the boot ROM answers each frame of an upload with. */
const ACK = "\xaa";

/**
 * The line by which the camera tells that it has restarted since its upload was over and a U-Boot called itself `banner`, as the pod heard
 * it (null: it heard none). `said` is what came since the upload began, a character a byte. Null when it did not restart; undefined when
 * that can't be told, since `said` does not hold the U-Boot's own start.
 */
export function restartIn(said: string, banner: string | null): string | null | undefined {
	const since = said.slice(said.lastIndexOf(ACK) + 1).replace(/[^\r\n\x20-\x7e]/g, ".");
	const own = banner ?? /^U-Boot \d.*/m.exec(since)?.[0];
	const at = own === undefined ? -1 : since.indexOf(own);
	if (at < 0)
		return undefined;
	const rest = since.slice(at + own!.length);
	// the boot ROM of a blank flash says nothing but its markers
	return bannerIn(rest) ?? line(/^resetting\b.*/m, rest) ?? (/ {5}$/.test(rest) ? "the boot ROM's markers" : null);
}

/** The line with which a kernel was started in place of a prompt. */
export function kernelIn(text: string): string | undefined {
	return line(/^(?:Starting kernel.*|Uncompressing Linux.*|\[ *0\.0+\] .*)(?=\n)/m, text);
}

/**
 * The line by which U-Boot says that it writes to the flash: its environment, when it found none. More than one word: a file may be called
 * `saveenv`.
 */
export function selfWritingIn(text: string): string | undefined {
	return line(/^.*(?:saving (?:the )?(?:default )?environment|(?:erasing|writing to) SPI flash\.\.\.).*$/im, text);
}

/** The line by which Linux, or U-Boot in its place, says that it won't start. */
export function giveUpIn(text: string): string | undefined {
	return line(/^.*Kernel panic - not syncing.*(?=\n)/m, text)
		?? line(/^.*(?:can't get kernel image|Wrong Image Format for bootm|Bad (?:Data|Header|Linux).*(?:CRC|Checksum|Magic)).*$/im, text);
}

/** What to do when it has given up so. */
export function giveUpAdvice(said: string): string {
	if (/unable to mount root|cannot open root device/i.test(said))
		return "the kernel runs and does not find its root file system: the map (--layout) is another one than the camera's boot arguments " +
			"name, or the root file system is of another kind";
	if (/init/i.test(said))
		return "the kernel runs and its root file system holds no program to start: is it one for this chip?";
	return /panic/i.test(said) ? "look with `rackpod console`" : "U-Boot does not find a kernel where it looks for one: the map (--layout) " +
		"is another one than its boot command's, or the kernel is for another chip";
}

function line(pattern: RegExp, text: string): string | undefined {
	return pattern.exec(text.replaceAll("\r", "\n"))?.[0].trim();
}

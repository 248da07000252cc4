/** What to do about the complaints of QEMU that have their cause here and not in the camera. */

const ADVICE: readonly [RegExp, string][] = [
	[/type'? (does not accept value 'stream'|expects a netdev backend type)/, "this QEMU has no `-netdev stream`: it needs QEMU 7.2 or newer, or --tap as root"],
	[/\/dev\/net\/tun \(.*\): Device or resource busy/, "another program has this tap device: end it, or start a pod with a --tap of its own"],
	[/\/dev\/net\/tun.*: (Operation not permitted|Permission denied)/, "a tap device needs root: leave --tap out, or start the pod as root"],
	[/Failed to get (shared )?"write" lock/, "another QEMU has this image: end it, or name another one by --nor or --disk"],
	[/failed to read the initial flash content|block backend provides/, "the image of the NOR has not the size of the flash, 33554432 bytes: name another one by --nor"]
];

/** `complaint`, followed by what to do where that is known; one line. */
export function advised(complaint: string): string {
	const advice = ADVICE.find(([symptom]) => symptom.test(complaint))?.[1];
	const line = complaint.replace(/\s*\n\s*/g, "; ");
	return advice ? `${line}; ${advice}` : line;
}

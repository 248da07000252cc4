/**
 * Numbers as people read them.
 */
import { printable } from "../../base/printable.ts";

export function secondsText(milliseconds: number): string {
	return `${(milliseconds / 1000).toFixed(1)} s`;
}

/** A time nobody knows to the second: `40 s`, `3 min`. */
export function durationText(seconds: number): string {
	return seconds < 90 ? `${Math.ceil(seconds / 10) * 10} s` : `${Math.ceil(seconds / 60)} min`;
}

/** How long something has been so: `5 s`, `12 min`, `3 h 20 min`, `4 d 3 h`. */
export function agoText(seconds: number): string {
	const minutes = Math.floor(seconds / 60);
	const hours = Math.floor(minutes / 60);
	if (minutes < 1)
		return `${Math.floor(seconds)} s`;
	if (hours < 1)
		return `${minutes} min`;
	return hours < 24 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** Bytes per second, from bytes and the time they took; "" for times too short to tell. */
export function rateText(bytes: number, milliseconds: number): string {
	if (milliseconds < 10)
		return "";
	const rate = bytes / milliseconds * 1000;
	return rate >= 1024 * 1024 ? `${(rate / 1024 / 1024).toFixed(1)} MB/s` : `${(rate / 1024).toFixed(1)} KB/s`;
}

/** Behind a bar: bytes per second so far, and the time left at that rate. */
export function paceText(done: number, total: number, milliseconds: number): string {
	const rate = rateText(done, milliseconds);
	return rate && done && total > done ? `${rate}, ${durationText((total - done) / done * milliseconds / 1000)} left` : rate;
}

/** How long `bytes` took, and how fast that was. */
export function timed(bytes: number, milliseconds: number): string {
	return [secondsText(milliseconds), rateText(bytes, milliseconds)].filter(text => text).join(", ");
}

/** Rows with their columns under each other; numbers to the right. */
export function table(given: readonly (readonly (string | number)[])[]): string[] {
	const rows = given.map(row => row.map(cell => typeof cell === "number" ? cell : printable(cell)));
	const widths: number[] = [];
	for (const row of rows)
		row.forEach((cell, column) => widths[column] = Math.max(widths[column] ?? 0, String(cell).length));
	return rows.map(row => row.map((cell, column) => typeof cell === "number" ? String(cell).padStart(widths[column]!)
		: cell.padEnd(widths[column]!)).join("  ").trimEnd());
}

/** An object of the pod's JSON as indented lines: `name: value`, nested ones deeper. */
export function outline(value: unknown, indent = ""): string[] {
	if (typeof value !== "object" || value === null)
		return [`${indent}${printable(String(value))}`];
	return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
		if (typeof inner !== "object" || inner === null)
			return [`${indent}${printable(key)}: ${printable(String(inner))}`];
		return Object.keys(inner).length ? [`${indent}${printable(key)}:`, ...outline(inner, `${indent}  `)]
			: [`${indent}${printable(key)}: none`];
	});
}

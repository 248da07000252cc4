/** docs/wiring.svg: the board's pins (wiring.ts) and what stands at their other ends. */
import { pins, type Pin } from "./wiring.ts";

/** Pixels. */
const WIDTH = 900;
const ROW = 26;
const GAP = 34;
const CHIP = { left: 60, right: 260 };
const PART = { left: 480, right: 660 };

const STYLE = "text { font: 14px Arial, sans-serif } .name { font-weight: bold } .small { font-size: 12px; fill: #456 } rect { fill: #fff; stroke: #345 } path { fill: none; stroke: #345; stroke-width: 1.6 }";

const OUTSIDE: Readonly<Record<Pin["part"], readonly string[]>> = {
	"supply switch": ["N-FET, P-FET", "switches the camera's 5 V"],
	"camera's UART": ["3.3 V; the camera's", "ground is the pod's"],
	"W5500": ["Ethernet to the camera,", "192.168.1.1"],
	"USB": ["flashing and", "set-up console"]
};

function text(x: number, y: number, content: string, attributes = ""): string {
	return `<text x="${x}" y="${y}"${attributes}>${content}</text>`;
}

function box(left: number, right: number, top: number, height: number): string {
	return `<rect x="${left}" y="${top}" width="${right - left}" height="${height}" rx="4"/>`;
}

function line(left: number, right: number, y: number): string {
	return `<path d="M${left} ${y}H${right}"/>`;
}

export function wiringPicture(): string {
	const shapes: string[] = [];
	let y = 50;
	for (const part of Object.keys(OUTSIDE) as Pin["part"][]) {
		const wires = pins().filter(pin => pin.part === part).map(({ pin, signal }) => ({ left: `GPIO ${pin}`, right: signal }));
		if (part !== "USB")
			wires.push({ left: "GND", right: "GND" });
		if (part === "W5500")
			wires.push({ left: "3.3 V", right: "3.3 V" });
		shapes.push(box(PART.left, PART.right, y, wires.length * ROW + ROW), text(PART.right - 10, y + 18, part, " text-anchor=\"end\" class=\"name\""));
		OUTSIDE[part].forEach((words, index) => shapes.push(text(PART.right + 14, y + 34 + index * 17, words, " class=\"small\"")));
		y += ROW;
		for (const { left, right } of wires) {
			shapes.push(line(CHIP.right, PART.left, y + ROW / 2), text(CHIP.right - 8, y + ROW / 2 + 5, left, " text-anchor=\"end\""), text(PART.left + 8, y + ROW / 2 + 5, right));
			y += ROW;
		}
		y += GAP;
	}
	const height = y;
	return [
		`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}">`,
		"<title>Wiring of a pod</title>",
		`<style>${STYLE}</style>`,
		`<rect width="${WIDTH}" height="${height}" style="stroke: none"/>`,
		box(CHIP.left, CHIP.right, 24, height - 48),
		text(CHIP.left + 12, 50, "ESP32-S3", " class=\"name\""), text(CHIP.left + 12, 70, "WROOM-1 N16R8", " class=\"small\""),
		...shapes,
		"</svg>", ""
	].join("\n");
}

/**
 * The set-up console: the few commands with which a new pod gets into a network, typed at a terminal (on the device: USB).
 *
 * Not for: everyday use (HTTP) and the camera's console (the UART bridge). Danger: whoever can plug in a cable is trusted, no token
 * is asked for; passwords are shown as they are typed.
 */
import { Refusal } from "base/refusal";
import { printable } from "base/text";
import { fieldOf, fromText } from "settings/schema";
import type { Settings } from "settings/settings";
import { Lines, words } from "./lines";

export interface SetupOptions {
	settings: Settings;
	write: (text: string) => void;
	/** State of the pod, one fact a line. */
	status: () => string[];
	restart: () => void;
	/** Throws Refusal when settings can't be changed, or the pod can't be restarted, just now. */
	check: (action: "settings" | "restart") => void;
}

const HELP = "wifi SSID PASSWORD   the lab's Wi-Fi (quote what has spaces; no PASSWORD: an open network)\r\n"
	+ "name NAME            the pod's name; without NAME the one from its MAC address\r\n"
	+ "set SETTING VALUE    any setting; without VALUE its default\r\n"
	+ "status               settings, networks\r\n"
	+ "restart              what was set takes effect\r\n";

export class Setup {
	private options: SetupOptions;
	private lines: Lines;

	constructor(options: SetupOptions) {
		this.options = options;
		this.lines = new Lines({ onLine: line => this.line(line), echo: options.write });
	}

	/** What was typed, in pieces of any size. */
	receive(bytes: Uint8Array): void {
		this.lines.receive(bytes);
	}

	private line(line: string | undefined): void {
		const { write } = this.options;
		const parts = line === undefined ? undefined : words(line);
		if (parts === undefined)
			write("the line is too long, is not UTF-8, or a quote is not closed\r\n");
		else if (parts.length > 0)
			this.command(parts[0]!, parts.slice(1));
		write("> ");
	}

	private command(command: string, given: string[]): void {
		const { write, status } = this.options;
		if (command === "wifi" && (given.length === 1 || given.length === 2))
			this.change({ wifi_ssid: given[0], wifi_password: given[1] ?? "" });
		else if (command === "name" && given.length <= 1)
			this.change({ name: given[0] ?? null });
		else if (command === "set" && (given.length === 1 || given.length === 2))
			this.set(given[0]!, given[1]);
		else if (command === "status" && given.length === 0)
			write(status().map(fact => `${fact}\r\n`).join(""));
		else if (command === "restart" && given.length === 0)
			this.try(() => {
				this.options.check("restart");
				this.options.restart();
			});
		else
			write(HELP);
	}

	private try(action: () => void): void {
		try {
			action();
		}
		catch (error) {
			this.options.write(`refused: ${error instanceof Refusal ? error.message : String(error)}\r\n`);
		}
	}

	private set(name: string, text: string | undefined): void {
		const { settings: { schema }, write } = this.options;
		const field = fieldOf(schema, name);
		if (field === undefined)
			write(`refused: there is no setting "${printable(name, 64)}"\r\n`);
		else
			this.change({ [name]: text === undefined ? null : fromText(field, text) });
	}

	private change(patch: Record<string, unknown>): void {
		const { settings, write, check } = this.options;
		this.try(() => {
			check("settings");
			const changed = settings.change(patch);
			const stored = settings.kept ? "stored" : "set, but there is no flash to keep it";
			const waits = settings.waiting.length > 0 ? "; takes effect after: restart" : "";
			write(changed.length > 0 ? `${stored}${waits}\r\n` : "nothing to change\r\n");
		});
	}
}

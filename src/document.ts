/**
 * JSON that is made while it is sent, one member after the other and long lists entry by entry: no list is ever one string, however
 * slowly its reader reads. What an entry tells is what is true when it is sent.
 *
 *     replyDocument(exchange, pod, [{ name: "files", list: files, entry: described }, { name: "max_slots", value: slots }]);
 */
import type { Exchange } from "http/exchange";
import { Pieces } from "http/pieces";

/** One member of an object that tells about a T: a value, or a list. */
export interface Member<T> {
	readonly name: string;
	readonly value?: (about: T) => unknown;
	/** Asked once, when the list begins. */
	readonly list?: (about: T) => readonly any[];
	readonly entry?: (about: T, item: any) => unknown;
	/** Makes the list an object: the name of each entry's member. */
	readonly key?: (item: any) => string;
}

/** A member of an answer of the shape `Answer`, by its name there and with a value, or entries, of its type. */
export type MemberOf<T, Answer> = { [Name in keyof Answer & string]: Omit<Member<T>, "name" | "value" | "entry"> & {
	readonly name: Name;
	readonly value?: (about: T) => Answer[Name];
	readonly entry?: (about: T, item: any) => EntryOf<Answer[Name]>;
} }[keyof Answer & string];

type EntryOf<List> = List extends readonly (infer Entry)[] | undefined ? Entry
	: List extends Readonly<Record<string, infer Entry>> ? Entry : never;

class Document<T> extends Pieces {
	private about: T;
	private members: readonly Member<T>[];
	/** The next member, and the next entry of the list that has begun. */
	private at = 0;
	private items: readonly any[] | undefined;
	private item = 0;

	constructor(about: T, members: readonly Member<T>[]) {
		super();
		this.about = about;
		this.members = members;
	}

	override next(): string | undefined {
		const member = this.members[this.at];
		if (this.items)
			return this.nextEntry(member!, this.items);
		if (!member)
			return this.at++ === this.members.length ? "}\n" : undefined;
		const name = `${this.at === 0 ? "{" : ","}"${member.name}":`;
		if (member.list) {
			this.items = member.list(this.about);
			this.item = 0;
			return name + (member.key ? "{" : "[");
		}
		this.at++;
		return name + JSON.stringify(member.value!(this.about));
	}

	private nextEntry({ entry, key }: Member<T>, items: readonly any[]): string {
		const item = items[this.item];
		if (this.item++ === items.length) {
			this.items = undefined;
			this.at++;
			return key ? "}" : "]";
		}
		return (this.item > 1 ? "," : "") + (key ? `"${key(item)}":` : "") + JSON.stringify(entry!(this.about, item));
	}
}

/** Answers the object that `members` tell about `about`, as JSON with a line end. */
export function replyDocument<T>(exchange: Exchange, about: T, members: readonly Member<T>[]): void {
	exchange.respond(200, new Document(about, members), { "Content-Type": "application/json" });
}

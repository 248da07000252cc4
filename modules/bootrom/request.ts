/**
 * The body of `POST /fastboot`: what the boot ROM gets, and where. All numbers big-endian, nothing after the last field:
 *
 *     u32 spl_address, u32 ddr_step_address, u32 uboot_address
 *     u16 n + PRESTEP0, u16 n + DDRSTEP0, u16 n + PRESTEP1      n = 0: the chip has none (DDRSTEP0: every chip has it)
 *     u32 n + SPL, u32 n + agent                                 the agent is a U-Boot or a flash agent
 *
 * The bytes stay where they are; a request says where in the body each part lies.
 */
import { Refusal } from "base/refusal";
import { FASTBOOT_BODY, FASTBOOT_SPL, FASTBOOT_STEP } from "protocol/limits";
import type { Content } from "store/content";
import { gather } from "./gather";
import type { BootROMCode } from "./codes";

/** Where a part lies in the body. */
export interface Part {
	readonly offset: number;
	readonly length: number;
}

export interface FastbootRequest {
	readonly splAddress: number;
	readonly ddrStepAddress: number;
	readonly ubootAddress: number;
	/** Its presence means that this ROM is to be met with frame_for_start and need not answer the SPL's TAIL. */
	readonly prestep0: Part | undefined;
	readonly ddrstep0: Part;
	readonly prestep1: Part | undefined;
	readonly spl: Part;
	readonly agent: Part;
	/** Bytes of all parts. */
	readonly total: number;
}

/** What stands before the SPL's bytes lies within this many bytes: enough to tell a request from anything else. */
export const HEAD_SIZE = 3 * 4 + 3 * (2 + FASTBOOT_STEP) + 4;

/** Throws Refusal `bad_blob` {field, offset, ...} when the body is malformed, `blob_too_large` {limit, size} when it is too long. */
export function parseRequest(content: Content): FastbootRequest {
	const fields = new Fields(content, content.size);
	const head = parseHead(fields);
	const agent = fields.part("agent", 4, 1, FASTBOOT_BODY);
	fields.end();
	const { prestep0, ddrstep0, prestep1, spl } = head;
	return {
		...head,
		prestep0: prestep0.length > 0 ? prestep0 : undefined,
		prestep1: prestep1.length > 0 ? prestep1 : undefined,
		agent,
		total: prestep0.length + ddrstep0.length + prestep1.length + spl.length + agent.length
	};
}

/** Throws what parseRequest will throw for the fields in `head`, the first HEAD_SIZE bytes of a body of `size` bytes (Infinity: not known). */
export function checkHead(head: Content, size: number): void {
	parseHead(new Fields(head, size));
}

interface Head {
	splAddress: number;
	ddrStepAddress: number;
	ubootAddress: number;
	prestep0: Part;
	ddrstep0: Part;
	prestep1: Part;
	spl: Part;
}

function parseHead(fields: Fields): Head {
	return {
		splAddress: fields.number("spl_address", 4),
		ddrStepAddress: fields.number("ddr_step_address", 4),
		ubootAddress: fields.number("uboot_address", 4),
		prestep0: fields.part("prestep0", 2, 0, FASTBOOT_STEP),
		ddrstep0: fields.part("ddrstep0", 2, 1, FASTBOOT_STEP),
		prestep1: fields.part("prestep1", 2, 0, FASTBOOT_STEP),
		spl: fields.part("spl", 4, 1, FASTBOOT_SPL)
	};
}

class Fields {
	private readonly content: Content;
	/** Bytes of the whole body. */
	private readonly size: number;
	private offset = 0;

	constructor(content: Content, size: number) {
		if (size !== Infinity && size > FASTBOOT_BODY)
			throw new Refusal<BootROMCode>("blob_too_large", `a fastboot body has at most ${FASTBOOT_BODY} bytes`, { limit: FASTBOOT_BODY, size });
		this.content = content;
		this.size = size;
	}

	number(field: string, size: 2 | 4): number {
		this.need(field, size);
		const bytes = new Uint8Array(size);
		gather(this.content, this.offset, bytes);
		this.offset += size;
		let value = 0;
		for (const byte of bytes)
			value = value * 256 + byte;
		return value;
	}

	part(field: string, size: 2 | 4, minimum: number, maximum: number): Part {
		const lengthOffset = this.offset;
		const length = this.number(field, size);
		if (length < minimum)
			throw new Refusal<BootROMCode>("bad_blob", `${field} is empty`, { field, offset: lengthOffset, length, minimum });
		if (length > maximum)
			throw new Refusal<BootROMCode>("bad_blob", `${field} has more than ${maximum} bytes`, { field, offset: lengthOffset, length, limit: maximum });
		this.need(field, length);
		const part = { offset: this.offset, length };
		this.offset += length;
		return part;
	}

	end(): void {
		const trailing = this.size - this.offset;
		if (trailing > 0)
			throw new Refusal<BootROMCode>("bad_blob", `${trailing} bytes follow the last field`, { field: "agent", offset: this.offset, trailing });
	}

	private need(field: string, bytes: number): void {
		const available = this.size - this.offset;
		if (available < bytes)
			throw new Refusal<BootROMCode>("bad_blob", `${field} is cut short`, { field, offset: this.offset, needed: bytes, available });
	}
}

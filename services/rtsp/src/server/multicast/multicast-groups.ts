import { isIPv4 } from 'node:net';

/** Who may use which multicast group: each belongs to one stream at a time. */
export interface MulticastGroups {
  /** As many addresses as asked for, or undefined when there are not so many. */
  take(count: number): readonly string[] | undefined;
  release(groups: readonly string[]): void;
}

/** A part of the range, so that gateways with the same configuration never share a group: part `index` (from 0) of `count`. */
export interface RangeShare {
  readonly index: number;
  readonly count: number;
}

const WHOLE: RangeShare = { index: 0, count: 1 };
/** 224.0.0.0/4 */
const FIRST_GROUP = 0xe000_0000;
const END_GROUP = 0xf000_0000;

/**
 * The groups of a range (`multicastIPRange`) or of a part of it, one after the other: an address that was released rests as long as possible.
 *
 * Errors: TypeError when the range is not a network of IPv4 multicast addresses, or the part has none.
 */
export class RangeGroups implements MulticastGroups {
  readonly range: string;
  private readonly first: number;
  private readonly size: number;
  private readonly used = new Set<number>();
  private next = 0;

  constructor(range: string, share: RangeShare = WHOLE) {
    this.range = range;
    const { base, size } = parseRange(range);
    const { index, count } = share;
    const start = Math.floor((size * index) / count);
    this.first = base + start;
    this.size = Math.floor((size * (index + 1)) / count) - start;
    if (this.size < 1) throw new TypeError(`the multicast range ${range} is too small for ${count} gateways`);
    // The network's own address is the last one that is taken, as MediaMTX does it.
    if (index === 0 && this.size > 1) this.next = 1;
  }

  take(count: number): readonly string[] | undefined {
    if (this.size - this.used.size < count) return undefined;
    const taken: string[] = [];
    while (taken.length < count) {
      const offset = this.next;
      this.next = (this.next + 1) % this.size;
      if (this.used.has(offset)) continue;
      this.used.add(offset);
      taken.push(addressText(this.first + offset));
    }
    return taken;
  }

  release(groups: readonly string[]): void {
    for (const group of groups) this.used.delete(addressNumber(group) - this.first);
  }
}

/** `2/3` is the second of three parts; undefined is all. Errors: TypeError when it is malformed. */
export function parseRangeShare(text: string | undefined): RangeShare {
  if (text === undefined || text === '') return WHOLE;
  const match = /^(\d{1,5})\/(\d{1,5})$/.exec(text);
  const part = Number(match?.[1]);
  const count = Number(match?.[2]);
  if (match === null || part < 1 || part > count) throw new TypeError(`'${text}' is not a part of a range, such as 1/3`);
  return { index: part - 1, count };
}

function parseRange(range: string): { readonly base: number; readonly size: number } {
  const match = /^([\d.]+)\/(\d{1,2})$/.exec(range);
  const address = match?.[1] ?? '';
  const bits = Number(match?.[2]);
  if (!isIPv4(address) || bits > 32) throw new TypeError(`multicastIPRange '${range}' is not an IPv4 network, such as 224.1.0.0/16`);
  const size = 2 ** (32 - bits);
  const base = Math.floor(addressNumber(address) / size) * size;
  if (base < FIRST_GROUP || base + size > END_GROUP) throw new TypeError(`multicastIPRange '${range}' is not within 224.0.0.0/4`);
  return { base, size };
}

function addressNumber(address: string): number {
  return address.split('.').reduce((number, part) => number * 256 + Number(part), 0);
}

function addressText(number: number): string {
  return `${number >>> 24}.${(number >>> 16) & 0xff}.${(number >>> 8) & 0xff}.${number & 0xff}`;
}

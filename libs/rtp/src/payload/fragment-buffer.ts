import { ByteSlab, ParseError } from '@mediamesh/bytes';
import { MAX_ACCESS_UNIT_BYTES, MAX_FRAGMENTS } from './limits.ts';

/**
 * Fragments of one frame or NAL unit, joined when it is complete.
 *
 * Errors:   ParseError past MAX_ACCESS_UNIT_BYTES or MAX_FRAGMENTS.
 * Aliasing: fragments are kept as views and copied once, by `take`, into memory that they share with those before;
 *           a single fragment without header is not copied.
 */
export class FragmentBuffer {
  private readonly structure: string;
  private readonly fragments: Uint8Array[] = [];
  private readonly slab = new ByteSlab();
  private bytes = 0;

  constructor(structure: string) {
    this.structure = structure;
  }

  get sizeBytes(): number {
    return this.bytes;
  }

  add(fragment: Uint8Array): void {
    if (fragment.length === 0) return;
    this.bytes += fragment.length;
    if (this.bytes > MAX_ACCESS_UNIT_BYTES) throw new ParseError(this.structure, 0, `exceeds ${MAX_ACCESS_UNIT_BYTES} bytes`);
    if (this.fragments.length >= MAX_FRAGMENTS) throw new ParseError(this.structure, 0, `has more than ${MAX_FRAGMENTS} fragments`);
    this.fragments.push(fragment);
  }

  /** All fragments behind `headerBytes` of room, and forgets them. */
  take(headerBytes = 0): Uint8Array {
    const { fragments } = this;
    let joined: Uint8Array;
    if (headerBytes === 0 && fragments.length === 1) joined = fragments[0]!;
    else {
      joined = this.slab.cut(headerBytes + this.bytes);
      let offset = headerBytes;
      for (const fragment of fragments) {
        joined.set(fragment, offset);
        offset += fragment.length;
      }
    }
    this.clear();
    return joined;
  }

  clear(): void {
    this.fragments.length = 0;
    this.bytes = 0;
  }
}

import { BitReader, copyBytes, equalBytes } from '@mediamesh/bytes';

/** Picture parameter sets beside the first one. Encoders use a handful; each is prepended to every key unit. */
export const MAX_FURTHER_PICTURE_PARAMETER_SETS = 16;
/** NAL header and the identifier's Exp-Golomb code. */
const ID_BYTES = 8;

/**
 * The picture parameter sets in force. The first one goes into the description; streams that use several identifiers need the others too.
 */
export class PictureParameterSets {
  first: Uint8Array | undefined;
  readonly further: Uint8Array[] = [];
  private readonly headerBytes: number;
  private replaceAll = false;

  constructor(headerBytes: 1 | 2, first: Uint8Array | undefined) {
    this.headerBytes = headerBytes;
    this.first = first;
  }

  /** The sequence changed: the next set replaces all. */
  startSequence(): void {
    this.replaceAll = true;
  }

  /** Returns whether the first set became another. Errors: ParseError when the identifier is truncated. */
  put(nalUnit: Uint8Array): boolean {
    const { first, further } = this;
    if (this.replaceAll || !first) {
      this.replaceAll = false;
      further.length = 0;
      return this.replaceFirst(nalUnit);
    }
    if (equalBytes(first, nalUnit)) return false;
    for (const known of further) if (equalBytes(known, nalUnit)) return false;
    const id = this.id(nalUnit);
    if (id === this.id(first)) return this.replaceFirst(nalUnit);
    const at = further.findIndex((known) => this.id(known) === id);
    if (at >= 0) further[at] = copyBytes(nalUnit);
    else if (further.length < MAX_FURTHER_PICTURE_PARAMETER_SETS) further.push(copyBytes(nalUnit));
    return false;
  }

  private replaceFirst(nalUnit: Uint8Array): boolean {
    if (this.first && equalBytes(this.first, nalUnit)) return false;
    this.id(nalUnit);
    this.first = copyBytes(nalUnit);
    return true;
  }

  private id(nalUnit: Uint8Array): number {
    const reader = new BitReader(nalUnit.subarray(0, this.headerBytes + ID_BYTES), 'PPS');
    reader.skip(this.headerBytes * 8);
    return reader.unsignedExpGolomb();
  }
}

/**
 * Sizes in bits of the AU header's fields, from the SDP's `sizelength`, `indexlength` and `indexdeltalength`.
 *
 * Source: RFC 3640 3.2.1, 4.1.
 */
export interface AuHeaderLengths {
  readonly sizeLength: number;
  readonly indexLength: number;
  readonly indexDeltaLength: number;
}

/** Those of the AAC-hbr mode. Source: RFC 3640 3.3.6. */
export const AAC_HBR_LENGTHS: AuHeaderLengths = { sizeLength: 13, indexLength: 3, indexDeltaLength: 3 };

export const MAX_AU_HEADER_FIELD_BITS = 32;

/** Errors: RangeError when a length cannot be written or read. */
export function checkAuHeaderLengths(lengths: AuHeaderLengths): void {
  const { sizeLength, indexLength, indexDeltaLength } = lengths;
  if (!(sizeLength > 0)) throw new RangeError('sizelength must be greater than 0: constant sizes are not supported');
  for (const length of [sizeLength, indexLength, indexDeltaLength]) {
    if (!Number.isInteger(length) || length < 0 || length > MAX_AU_HEADER_FIELD_BITS)
      throw new RangeError(`a length of the AU header is ${length}, it must be 0 to ${MAX_AU_HEADER_FIELD_BITS}`);
  }
}

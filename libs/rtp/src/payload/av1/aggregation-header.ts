/**
 * First byte of each payload.
 *
 * Source: AV1 RTP payload 4.4.
 */
export const AggregationHeader = {
  /** Z: the first element goes on from the packet before. */
  continues: 0x80,
  /** Y: the last element goes on in the next packet. */
  continued: 0x40,
  /** W: count of elements; the last has no length then. 0: all have lengths. */
  countShift: 4,
  /** N: first packet of a coded video sequence. */
  newSequence: 0x08,
} as const;

export const AGGREGATION_HEADER_BYTES = 1;

/** What W can count. */
export const MAX_COUNTED_ELEMENTS = 3;

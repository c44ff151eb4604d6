/** Two bytes: frame type, then the count of frames or of fragments. Source: RFC 4184 4.1.1. */
export const AC3_PAYLOAD_HEADER_BYTES = 2;

export const Ac3FrameType = {
  complete: 0,
  /** With the first 5/8 of the frame. */
  initialLong: 1,
  initialShort: 2,
  further: 3,
} as const;

/** What the count can say. */
export const MAX_AC3_COUNT = 255;

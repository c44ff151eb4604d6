/** Where a tag is written to: a `ByteWriter`, or the chunks of a message. */
export interface TagSink {
  u8(value: number): unknown;
  u24(value: number): unknown;
  u32(value: number): unknown;
  bytes(value: Uint8Array): unknown;
}

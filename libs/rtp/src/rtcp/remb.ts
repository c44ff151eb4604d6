import type { ByteReader, ByteWriter } from '@mediamesh/bytes';

/** `REMB`, before what is application layer feedback only by its name. */
const IDENTIFIER = 0x52_45_4d_42;
const IDENTIFIER_BYTES = 4;
const MANTISSA_BITS = 18;
const MAX_EXPONENT = 63;

/** The most that a sender is to send, over all `ssrcs`. Source: draft-alvestrand-rmcat-remb-03 2.2. */
export interface ReceiverEstimatedMaxBitrate {
  readonly type: 'receiverEstimatedMaxBitrate';
  readonly senderSsrc: number;
  readonly bitrateBps: number;
  readonly ssrcs: readonly number[];
}

/** Undefined for other application layer feedback. Errors: ParseError when truncated. */
export function parseReceiverEstimatedMaxBitrate(reader: ByteReader): ReceiverEstimatedMaxBitrate | undefined {
  const senderSsrc = reader.u32();
  reader.skip(4);
  if (reader.remaining < IDENTIFIER_BYTES || reader.u32() !== IDENTIFIER) return undefined;
  const count = reader.u8();
  const value = reader.u24();
  const bitrateBps = (value & (2 ** MANTISSA_BITS - 1)) * 2 ** (value >> MANTISSA_BITS);
  const ssrcs: number[] = [];
  for (let i = 0; i < count; i++) ssrcs.push(reader.u32());
  return { type: 'receiverEstimatedMaxBitrate', senderSsrc, bitrateBps, ssrcs };
}

/** The bitrate keeps its highest 18 bits. */
export function writeReceiverEstimatedMaxBitrate({ senderSsrc, bitrateBps, ssrcs }: ReceiverEstimatedMaxBitrate, writer: ByteWriter): void {
  let mantissa = Math.floor(bitrateBps);
  let exponent = 0;
  for (; mantissa >= 2 ** MANTISSA_BITS && exponent < MAX_EXPONENT; exponent++) mantissa = Math.floor(mantissa / 2);
  writer.u32(senderSsrc).u32(0).u32(IDENTIFIER).u8(ssrcs.length);
  writer.u24(exponent * 2 ** MANTISSA_BITS + mantissa);
  for (const ssrc of ssrcs) writer.u32(ssrc);
}

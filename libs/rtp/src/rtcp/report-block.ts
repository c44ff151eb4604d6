import type { ByteReader, ByteWriter } from '@mediamesh/bytes';

/** The header's 5-bit count allows no more; a serializer gets no more tracks than this either. */
export const MAX_REPORT_BLOCKS = 31;

const MAX_CUMULATIVE_LOST = 0x7f_ffff;

/**
 * What a receiver says of one sender.
 *
 * Source: RFC 3550 6.4.1.
 */
export interface ReportBlock {
  readonly ssrc: number;
  /** In 1/256, of the packets expected since the previous report. */
  readonly fractionLost: number;
  /** Negative when duplicates came; 24 bits on the wire. */
  readonly cumulativeLost: number;
  readonly extendedHighestSequenceNumber: number;
  readonly jitterTicks: number;
  /** Middle 32 bits of the last sender report's NTP time; 0 before the first. */
  readonly lastSenderReport: number;
  /** In 1/65536 seconds. */
  readonly delaySinceLastSenderReport: number;
}

/** Errors: ParseError when truncated. */
export function parseReportBlock(reader: ByteReader): ReportBlock {
  const ssrc = reader.u32();
  const fractionLost = reader.u8();
  return {
    ssrc,
    fractionLost,
    cumulativeLost: (reader.u24() << 8) >> 8,
    extendedHighestSequenceNumber: reader.u32(),
    jitterTicks: reader.u32(),
    lastSenderReport: reader.u32(),
    delaySinceLastSenderReport: reader.u32(),
  };
}

export function writeReportBlock(block: ReportBlock, writer: ByteWriter): void {
  const lost = Math.max(-MAX_CUMULATIVE_LOST - 1, Math.min(MAX_CUMULATIVE_LOST, block.cumulativeLost));
  writer.u32(block.ssrc).u8(block.fractionLost).u24(lost).u32(block.extendedHighestSequenceNumber).u32(block.jitterTicks);
  writer.u32(block.lastSenderReport).u32(block.delaySinceLastSenderReport);
}

/** `count` blocks. */
export function parseReportBlocks(reader: ByteReader, count: number): readonly ReportBlock[] {
  const reports: ReportBlock[] = [];
  for (let i = 0; i < count; i++) reports.push(parseReportBlock(reader));
  return reports;
}

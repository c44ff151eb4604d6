import type { ByteReader, ByteWriter } from '@mediamesh/bytes';
import { parseReportBlocks, writeReportBlock } from './report-block.ts';
import type { ReportBlock } from './report-block.ts';

/** Source: RFC 3550 6.4.2. Profile-specific extensions are skipped. */
export interface ReceiverReport {
  readonly type: 'receiverReport';
  /** Of the receiver that reports. */
  readonly ssrc: number;
  readonly reports: readonly ReportBlock[];
}

/** Errors: ParseError when truncated. */
export function parseReceiverReport(reader: ByteReader, reportCount: number): ReceiverReport {
  return { type: 'receiverReport', ssrc: reader.u32(), reports: parseReportBlocks(reader, reportCount) };
}

export function writeReceiverReport(report: ReceiverReport, writer: ByteWriter): void {
  writer.u32(report.ssrc);
  for (const block of report.reports) writeReportBlock(block, writer);
}

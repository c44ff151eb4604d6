import type { ByteReader, ByteWriter } from '@mediamesh/bytes';
import type { NtpTimestamp } from '../ntp.ts';
import { parseReportBlocks, writeReportBlock } from './report-block.ts';
import type { ReportBlock } from './report-block.ts';

/** Source: RFC 3550 6.4.1. Profile-specific extensions are skipped. */
export interface SenderReport {
  readonly type: 'senderReport';
  readonly ssrc: number;
  readonly ntp: NtpTimestamp;
  /** The same instant as `ntp`, in the RTP clock. */
  readonly rtpTimestamp: number;
  readonly packetCount: number;
  /** Payload bytes, without headers and padding. */
  readonly octetCount: number;
  readonly reports: readonly ReportBlock[];
}

/** Errors: ParseError when truncated. */
export function parseSenderReport(reader: ByteReader, reportCount: number): SenderReport {
  return {
    type: 'senderReport',
    ssrc: reader.u32(),
    ntp: { seconds: reader.u32(), fraction: reader.u32() },
    rtpTimestamp: reader.u32(),
    packetCount: reader.u32(),
    octetCount: reader.u32(),
    reports: parseReportBlocks(reader, reportCount),
  };
}

export function writeSenderReport(report: SenderReport, writer: ByteWriter): void {
  writer.u32(report.ssrc).u32(report.ntp.seconds).u32(report.ntp.fraction).u32(report.rtpTimestamp);
  writer.u32(report.packetCount).u32(report.octetCount);
  for (const block of report.reports) writeReportBlock(block, writer);
}

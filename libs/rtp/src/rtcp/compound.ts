import { ByteReader, ByteWriter, ParseError } from '@mediamesh/bytes';
import {
  parseFullIntraRequest,
  parseNack,
  parsePictureLossIndication,
  writeFullIntraRequest,
  writeNack,
  writePictureLossIndication,
} from './feedback.ts';
import type { FullIntraRequest, Nack, PictureLossIndication } from './feedback.ts';
import { parseGoodbye, writeGoodbye } from './goodbye.ts';
import type { Goodbye } from './goodbye.ts';
import { FeedbackFormat, RtcpPacketType } from './packet-type.ts';
import { parseReceiverReport, writeReceiverReport } from './receiver-report.ts';
import type { ReceiverReport } from './receiver-report.ts';
import { parseReceiverEstimatedMaxBitrate, writeReceiverEstimatedMaxBitrate } from './remb.ts';
import type { ReceiverEstimatedMaxBitrate } from './remb.ts';
import { MAX_REPORT_BLOCKS } from './report-block.ts';
import { parseSenderReport, writeSenderReport } from './sender-report.ts';
import type { SenderReport } from './sender-report.ts';
import { parseSourceDescription, writeSourceDescription } from './source-description.ts';
import type { SourceDescription } from './source-description.ts';
import { parseTransportWideFeedback, writeTransportWideFeedback } from './transport-wide-feedback.ts';
import type { TransportWideFeedback } from './transport-wide-feedback.ts';

const STRUCTURE = 'RTCP packet';
const HEADER_BYTES = 4;
const VERSION = 2;

/** A compound packet of one report, its description and feedback has 4; bundled WebRTC sessions send up to a dozen. */
export const MAX_COMPOUND_PACKETS = 64;

export type RtcpPacket =
  | SenderReport
  | ReceiverReport
  | SourceDescription
  | Goodbye
  | Nack
  | PictureLossIndication
  | FullIntraRequest
  | ReceiverEstimatedMaxBitrate
  | TransportWideFeedback;

/**
 * The packets of one RTCP datagram; those of other types are skipped.
 *
 * Errors: ParseError on another version, a length past the end, a packet shorter than its contents, or past MAX_COMPOUND_PACKETS.
 * Source: RFC 3550 6.1; the first packet need not be a report (RFC 5506).
 */
export function parseRtcpCompound(bytes: Uint8Array): readonly RtcpPacket[] {
  const packets: RtcpPacket[] = [];
  let count = 0;
  for (let at = 0; at < bytes.length; count++) {
    if (count === MAX_COMPOUND_PACKETS) throw new ParseError(STRUCTURE, at, `follows ${MAX_COMPOUND_PACKETS} others`);
    if (at + HEADER_BYTES > bytes.length) throw new ParseError(STRUCTURE, at, 'its header is truncated');
    const first = bytes[at]!;
    if (first >> 6 !== VERSION) throw new ParseError(STRUCTURE, at, `has version ${first >> 6}`);
    const end = at + HEADER_BYTES + ((bytes[at + 2]! << 8) | bytes[at + 3]!) * 4;
    if (end > bytes.length) throw new ParseError(STRUCTURE, at, `ends at ${end} of ${bytes.length} bytes`);
    const padding = (first & 0x20) === 0 ? 0 : bytes[end - 1]!;
    if (at + HEADER_BYTES + padding > end) throw new ParseError(STRUCTURE, end - 1, 'its padding exceeds it');
    const body = new ByteReader(bytes.subarray(at + HEADER_BYTES, end - padding), STRUCTURE);
    const packet = parseBody(bytes[at + 1]!, first & 0x1f, body);
    if (packet !== undefined) packets.push(packet);
    at = end;
  }
  return packets;
}

function parseBody(type: number, count: number, body: ByteReader): RtcpPacket | undefined {
  switch (type) {
    case RtcpPacketType.senderReport:
      return parseSenderReport(body, count);
    case RtcpPacketType.receiverReport:
      return parseReceiverReport(body, count);
    case RtcpPacketType.sourceDescription:
      return parseSourceDescription(body, count);
    case RtcpPacketType.goodbye:
      return parseGoodbye(body, count);
    case RtcpPacketType.transportFeedback:
      if (count === FeedbackFormat.transportWide) return parseTransportWideFeedback(body);
      return count === FeedbackFormat.nack ? parseNack(body) : undefined;
    case RtcpPacketType.payloadFeedback:
      if (count === FeedbackFormat.pictureLossIndication) return parsePictureLossIndication(body);
      if (count === FeedbackFormat.applicationLayer) return parseReceiverEstimatedMaxBitrate(body);
      return count === FeedbackFormat.fullIntraRequest ? parseFullIntraRequest(body) : undefined;
    default:
      return undefined;
  }
}

/** Errors: RangeError when a packet has more than MAX_REPORT_BLOCKS blocks or sources, or a text is too long. */
export function serializeRtcpCompound(packets: readonly RtcpPacket[]): Uint8Array {
  const writer = new ByteWriter();
  for (const packet of packets) {
    const body = new ByteWriter();
    const [type, count] = writeBody(packet, body);
    if (count > MAX_REPORT_BLOCKS) throw new RangeError(`an RTCP packet holds ${count} entries, more than ${MAX_REPORT_BLOCKS}`);
    writer
      .u8((VERSION << 6) | count)
      .u8(type)
      .u16(body.position / 4)
      .bytes(body.finish());
  }
  return writer.finish();
}

/** Packet type and the 5-bit count or format of the header. */
function writeBody(packet: RtcpPacket, writer: ByteWriter): readonly [type: number, count: number] {
  switch (packet.type) {
    case 'senderReport':
      writeSenderReport(packet, writer);
      return [RtcpPacketType.senderReport, packet.reports.length];
    case 'receiverReport':
      writeReceiverReport(packet, writer);
      return [RtcpPacketType.receiverReport, packet.reports.length];
    case 'sourceDescription':
      writeSourceDescription(packet, writer);
      return [RtcpPacketType.sourceDescription, packet.sources.length];
    case 'goodbye':
      writeGoodbye(packet, writer);
      return [RtcpPacketType.goodbye, packet.ssrcs.length];
    case 'nack':
      writeNack(packet, writer);
      return [RtcpPacketType.transportFeedback, FeedbackFormat.nack];
    case 'pictureLossIndication':
      writePictureLossIndication(packet, writer);
      return [RtcpPacketType.payloadFeedback, FeedbackFormat.pictureLossIndication];
    case 'fullIntraRequest':
      writeFullIntraRequest(packet, writer);
      return [RtcpPacketType.payloadFeedback, FeedbackFormat.fullIntraRequest];
    case 'receiverEstimatedMaxBitrate':
      writeReceiverEstimatedMaxBitrate(packet, writer);
      return [RtcpPacketType.payloadFeedback, FeedbackFormat.applicationLayer];
    case 'transportWideFeedback':
      writeTransportWideFeedback(packet, writer);
      return [RtcpPacketType.transportFeedback, FeedbackFormat.transportWide];
  }
}

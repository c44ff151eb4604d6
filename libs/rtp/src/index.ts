export { RTP_HEADER_BYTES, parseRtpPacket, serializeRtpPacket, writeRtpHeaderInto } from './packet.ts';
export type { RtpPacket } from './packet.ts';
export { headerExtension } from './header-extension.ts';
export { RETRANSMISSION_HEADER_BYTES, originalOf, writeRetransmissionInto } from './retransmission.ts';
export type { RetransmissionStream } from './retransmission.ts';
export { INTERLEAVED_PREFIX_BYTES, RtpFrame } from './rtp-frame.ts';
export type { RtpSender } from './rtp-frame.ts';
export { PayloadTooLargeError } from './packetizer.ts';
export type { DepacketizedUnit, Depacketizer, Packetizer } from './packetizer.ts';
export { MIN_PAYLOAD_BYTES, MAX_PAYLOAD_BYTES, createPacketizer } from './create-packetizer.ts';
export type { PacketizerOptions } from './create-packetizer.ts';
export { createDepacketizer } from './create-depacketizer.ts';
export type { DepacketizerOptions } from './create-depacketizer.ts';
export { AAC_HBR_LENGTHS } from './payload/mpeg4-audio/au-header.ts';
export type { AuHeaderLengths } from './payload/mpeg4-audio/au-header.ts';
export { MAX_ACCESS_UNIT_BYTES, MAX_AUDIO_FRAMES, MAX_FRAGMENTS, MAX_NAL_UNITS, MAX_OBUS } from './payload/limits.ts';
export { compactNtp, ntpFromWallClockUs, wallClockUsFromNtp } from './ntp.ts';
export type { NtpTimestamp } from './ntp.ts';
export { MAX_COMPOUND_PACKETS, parseRtcpCompound, serializeRtcpCompound } from './rtcp/compound.ts';
export type { RtcpPacket } from './rtcp/compound.ts';
export type { FullIntraRequest, Nack, PictureLossIndication } from './rtcp/feedback.ts';
export type { Goodbye } from './rtcp/goodbye.ts';
export type { ReceiverReport } from './rtcp/receiver-report.ts';
export type { ReportBlock } from './rtcp/report-block.ts';
export type { SenderReport } from './rtcp/sender-report.ts';
export type { SourceDescription } from './rtcp/source-description.ts';
export {
  ARRIVAL_TICKS_A_SECOND,
  MAX_DELTA_TICKS,
  MAX_FEEDBACK_STATUSES,
  MIN_DELTA_TICKS,
  REFERENCE_TIME_TICKS,
} from './rtcp/transport-wide-feedback.ts';
export type { TransportWideFeedback } from './rtcp/transport-wide-feedback.ts';
export { RtpReceiver } from './reception/receiver.ts';
export type { RtpReceiverOptions } from './reception/receiver.ts';
export { MAX_AWAITED_PACKETS, MAX_REORDERED_PACKETS, MAX_REORDER_WAIT_US, ReorderBuffer } from './reception/reorder-buffer.ts';
export type { ReleasedPackets } from './reception/reorder-buffer.ts';
export { RtpSenderReporter } from './reception/sender-reporter.ts';
export { RtpSentCounters } from './reception/sent-counters.ts';
export type { SentTrack } from './reception/sent-counters.ts';
export { RtpTimestampUnwrapper } from './reception/timestamp-unwrapper.ts';
export { SRTP_KEY_AND_SALT_BYTES } from './srtp/master-key.ts';
export { MAX_SRTP_SOURCES, SRTP_TAG_BYTES, SrtpContext } from './srtp/srtp-context.ts';
export { SRTCP_TRAILER_BYTES, SrtcpContext } from './srtp/srtcp-context.ts';
export { SrtpError } from './srtp/srtp-error.ts';
export type { SrtpFailure } from './srtp/srtp-error.ts';

export { RTP_HEADER_BYTES, parseRtpPacket, serializeRtpPacket, writeRtpHeaderInto } from './packet.ts';
export type { RtpPacket } from './packet.ts';
export { INTERLEAVED_PREFIX_BYTES, RtpFrame } from './rtp-frame.ts';
export type { RtpSender } from './rtp-frame.ts';
export type { DepacketizedUnit, Depacketizer, Packetizer } from './packetizer.ts';

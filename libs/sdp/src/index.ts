export { isSecureMedia, parseSessionDescription, serializeSessionDescription } from './session-description.ts';
export type { MediaDescription, MediaDirection, SessionDescription } from './session-description.ts';
export type { RtpFormat, WireOptions } from './rtp-format.ts';
export { formatLines } from './format/lines.ts';
export type { FormatLines } from './format/format-source.ts';
export { parseFmtp, serializeFmtp } from './fmtp.ts';
export type { FmtpParameters } from './fmtp.ts';
export { MAX_AU_HEADER_FIELD_BITS } from './format/mpeg4-audio.ts';
export { MAX_CHANNELS, MAX_FMTP_PARAMETERS, MAX_FORMATS, MAX_LINES, MAX_LINE_CHARS, MAX_MEDIAS, MAX_SDP_CHARS } from './limits.ts';

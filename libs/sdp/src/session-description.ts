import { ParseError } from '@mediamesh/bytes';
import sdpTransform, { type TransformMedia, type TransformSection, type TransformSession } from 'sdp-transform';
import { parseFmtp, serializeFmtp } from './fmtp.ts';
import { parseFormat } from './format/detect.ts';
import { formatLines } from './format/lines.ts';
import { lenientLines } from './lenient-lines.ts';
import { MAX_FORMATS } from './limits.ts';
import type { RtpFormat } from './rtp-format.ts';
import { parseRtpMap } from './rtp-map.ts';

export type MediaDirection = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** One `m=` section. */
export interface MediaDescription {
  /** video, audio, application, metadata, meta or text. */
  readonly mediaType: string;
  readonly port: number;
  /** e.g. `RTP/AVP`, `RTP/SAVP`, `RTP/AVP/TCP`. */
  readonly protocol: string;
  readonly mid?: string;
  readonly control?: string;
  readonly direction?: MediaDirection;
  /** `c=` address with its TTL, e.g. `239.1.2.3/127`. */
  readonly connectionAddress?: string;
  /** The base64 of `a=key-mgmt:mikey`. */
  readonly mikey?: string;
  /** The media is for the other direction (ONVIF): the peer receives what is sent to it. */
  readonly backChannel: boolean;
  /** At least one. */
  readonly formats: readonly RtpFormat[];
}

export interface SessionDescription {
  /** `s=`; empty when there is none. */
  readonly title: string;
  readonly control?: string;
  readonly connectionAddress?: string;
  readonly mikey?: string;
  readonly media: readonly MediaDescription[];
}

/** The media has the secure profile. */
export function isSecureMedia(media: Pick<MediaDescription, 'protocol'>): boolean {
  return media.protocol.includes('SAVP');
}

/**
 * Shape:  the text of an SDP in; session and medias out, each payload type as a codec with its parameters. An SDP without media is parsed.
 * Errors: ParseError when a line or a known codec's format is malformed, mids are ambiguous, or a limit is exceeded.
 * Source: RFC 4566, with the leniency of `lenientLines`.
 */
export function parseSessionDescription(text: string): SessionDescription {
  const session = sdpTransform.parse(lenientLines(text));
  const parsed = session.media.map((media) => parseMedia(media));
  // Some cameras mark all their medias as back channels: then none of them is.
  const media = parsed.every((one) => one.backChannel) ? parsed.map((one) => ({ ...one, backChannel: false })) : parsed;
  const mids = new Set(media.map((one) => one.mid));
  if (media.some((one) => one.mid !== undefined) && (mids.has(undefined) || mids.size !== media.length))
    throw new ParseError('SessionDescription', 0, 'has media ids that are missing or not unique');
  return { title: String(session.name ?? '').trim(), ...sectionFields(session), media };
}

function parseMedia(media: TransformMedia): MediaDescription {
  const words = String(media.payloads ?? '').split(' ');
  if (words.length > MAX_FORMATS) throw new ParseError('MediaDescription', 0, `has more than ${MAX_FORMATS} formats`);
  const { mid, direction } = media;
  return {
    mediaType: media.type,
    port: media.port,
    protocol: media.protocol,
    ...(mid !== undefined && { mid: `${mid}` }),
    ...(direction !== undefined && { direction: direction as MediaDirection }),
    ...sectionFields(media),
    backChannel: direction === 'sendonly',
    formats: words.map((word) => parsePayloadType(word, media)),
  };
}

function sectionFields(section: TransformSection): { control?: string; connectionAddress?: string; mikey?: string } {
  const { control, connection } = section;
  const mikey = section.invalid?.map((attribute) => /^key-mgmt:mikey +(\S+)/.exec(String(attribute.value))?.[1]).find(Boolean);
  return {
    ...(control !== undefined && { control: String(control) }),
    ...(connection !== undefined && { connectionAddress: String(connection.ip) }),
    ...(mikey !== undefined && { mikey }),
  };
}

function parsePayloadType(word: string, media: TransformMedia): RtpFormat {
  // TP-Link writes `smart/1/90000` in place of the payload type, which stands in the rtpmap.
  const type = /^smart\/\d\/\d+$/.test(word) ? String(media.rtp?.[0]?.payload ?? '') : word;
  const payloadType = Number.parseInt(type, 10);
  if (!/^\d{1,3}$/.test(type) || payloadType > 127)
    throw new ParseError('MediaDescription', 0, `has the payload type ${JSON.stringify(word.substring(0, 32))}`);
  const rtp = media.rtp?.find((entry) => entry.payload === payloadType);
  const fmtp = media.fmtp?.find((entry) => entry.payload === payloadType);
  const rtpMap = rtp === undefined ? '' : [rtp.codec, rtp.rate, rtp.encoding].filter((part) => part !== undefined && part !== '').join('/');
  return parseFormat({
    payloadType,
    mediaType: media.type,
    rtpMap: parseRtpMap(rtpMap),
    fmtp: parseFmtp(String(fmtp?.config ?? '')),
  });
}

/** CRLF line ends; origin and timing are constant. */
export function serializeSessionDescription(description: SessionDescription): string {
  const session: TransformSession = {
    version: 0,
    origin: { username: '-', sessionId: 0, sessionVersion: 0, netType: 'IN', ipVer: 4, address: '127.0.0.1' },
    // RFC 4566 5.3: a session without a name has one blank.
    name: description.title === '' ? ' ' : singleLine(description.title),
    timing: { start: 0, stop: 0 },
    ...writtenFields(description),
    media: description.media.map((media) => writtenMedia(media)),
  };
  return sdpTransform.write(session);
}

function writtenMedia(media: MediaDescription): TransformMedia {
  const rtp: NonNullable<TransformMedia['rtp']> = [];
  const fmtp: NonNullable<TransformMedia['fmtp']> = [];
  for (const format of media.formats) {
    const lines = formatLines(format);
    const [codec, rate, encoding] = lines.rtpMap.split('/');
    if (lines.rtpMap !== '')
      rtp.push({
        payload: format.payloadType,
        codec: codec!,
        ...(rate !== undefined && { rate }),
        ...(encoding !== undefined && { encoding }),
      });
    const config = serializeFmtp(lines.fmtp);
    if (config !== '') fmtp.push({ payload: format.payloadType, config: singleLine(config) });
  }
  return {
    type: media.mediaType,
    port: media.port,
    protocol: media.protocol,
    payloads: media.formats.map((format) => format.payloadType).join(' '),
    rtp,
    fmtp,
    ...(media.mid !== undefined && { mid: media.mid }),
    ...(media.direction !== undefined && { direction: media.direction }),
    ...writtenFields(media),
  };
}

function writtenFields(section: { control?: string; connectionAddress?: string; mikey?: string }): TransformSection {
  const { control, connectionAddress, mikey } = section;
  return {
    ...(control !== undefined && { control: singleLine(control) }),
    ...(connectionAddress !== undefined && { connection: { version: connectionAddress.includes(':') ? 6 : 4, ip: connectionAddress } }),
    ...(mikey !== undefined && { invalid: [{ value: `key-mgmt:mikey ${mikey}` }] }),
  };
}

/** A line end inside of a value would add lines to the description. */
function singleLine(text: string): string {
  return text.replace(/[\r\n]+/g, ' ');
}

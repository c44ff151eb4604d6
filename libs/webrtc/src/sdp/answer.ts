import { serializeFmtp } from '@mediamesh/sdp';
import { dataLines } from './data-media.ts';
import type { OfferedMedia, SdpCodec, SdpDirection, WebRtcOffer } from './offer.ts';

export interface IceCandidateLine {
  readonly foundation: string;
  readonly protocol: 'udp' | 'tcp';
  readonly priority: number;
  readonly address: string;
  readonly port: number;
  /** Default: `host`. */
  readonly type?: 'host' | 'srflx' | 'relay' | undefined;
}

/** What is sent in one media. */
export interface OutgoingMedia {
  readonly ssrc: number;
  /** Of packets that are sent again; absent when they are sent as they were. */
  readonly rtxSsrc?: number | undefined;
  readonly streamId: string;
  readonly trackId: string;
  readonly cname: string;
}

/** What the answer says of one media of the offer. */
export interface AnsweredMedia {
  readonly offered: OfferedMedia;
  /** Data channels are taken. */
  readonly hasData?: boolean;
  /** Undefined, and no data channels: the media is refused. */
  readonly accepted?: {
    readonly direction: SdpDirection;
    readonly codecs: readonly SdpCodec[];
    readonly outgoing?: OutgoingMedia;
    /** Simulcast layers that are taken. */
    readonly rids?: readonly string[];
    readonly extensions?: readonly { readonly id: number; readonly uri: string }[];
  };
}

export interface WebRtcAnswer {
  /** We make no checks of our own. */
  readonly isLite: boolean;
  readonly sessionId: number;
  readonly ufrag: string;
  readonly password: string;
  /** SHA-256 of our certificate. */
  readonly fingerprint: string;
  readonly setup: 'active' | 'passive';
  readonly candidates: readonly IceCandidateLine[];
  readonly media: readonly AnsweredMedia[];
}

/** The other side of what was offered: the answerer lets the offerer begin, when it may. Source: RFC 8842 5.3. */
export function answeringSetup({ setup }: Pick<WebRtcOffer, 'setup'>): 'active' | 'passive' {
  return setup === 'passive' ? 'active' : 'passive';
}

/**
 * An answer with all candidates, one transport for all medias.
 *
 * Source: RFC 8829 5.3, RFC 8839 5.3 (`ice-lite`), RFC 8843.
 */
export function serializeAnswer(answer: WebRtcAnswer): string {
  const accepted = answer.media.filter(isTaken);
  const mids = accepted.map(({ offered }) => offered.mid).filter((mid) => mid !== '');
  const lines = ['v=0', `o=- ${answer.sessionId} 2 IN IP4 127.0.0.1`, 's=-', 't=0 0'];
  if (mids.length > 0) lines.push(`a=group:BUNDLE ${mids.join(' ')}`);
  if (answer.isLite) lines.push('a=ice-lite');
  lines.push(`a=fingerprint:sha-256 ${answer.fingerprint}`, 'a=msid-semantic: WMS *');
  let transported = false;
  for (const media of answer.media) {
    lines.push(...mediaLines(media, answer, transported));
    transported ||= isTaken(media);
  }
  return `${lines.join('\r\n')}\r\n`;
}

function isTaken({ accepted, hasData }: AnsweredMedia): boolean {
  return accepted !== undefined || hasData === true;
}

function mediaLines({ offered, accepted, hasData }: AnsweredMedia, answer: WebRtcAnswer, transported: boolean): readonly string[] {
  const { mediaType, protocol, formats, mid } = offered;
  if (hasData === true) {
    const { media, attributes } = dataLines(offered);
    return [...media, ...transportLines(answer), ...attributes, ...(transported ? [] : candidateLines(answer))];
  }
  if (accepted === undefined) {
    const lines = [`m=${mediaType} 0 ${protocol} ${formats.join(' ')}`, 'c=IN IP4 0.0.0.0', 'a=inactive'];
    return mid === '' ? lines : [...lines, `a=mid:${mid}`];
  }
  const { codecs, direction } = accepted;
  const lines = [`m=${mediaType} 9 ${protocol} ${codecs.map(({ payloadType }) => payloadType).join(' ')}`, 'c=IN IP4 0.0.0.0'];
  if (mid !== '') lines.push(`a=mid:${mid}`);
  lines.push(...transportLines(answer), 'a=rtcp-mux', 'a=rtcp-rsize', `a=${direction}`, ...codecs.flatMap((codec) => codecLines(codec)));
  for (const { id, uri } of accepted.extensions ?? []) lines.push(`a=extmap:${id} ${uri}`);
  const rids = accepted.rids ?? [];
  for (const rid of rids) lines.push(`a=rid:${rid} recv`);
  if (rids.length > 0) lines.push(`a=simulcast:recv ${rids.join(';')}`);
  if (accepted.outgoing !== undefined) lines.push(...outgoingLines(accepted.outgoing));
  if (!transported) lines.push(...candidateLines(answer));
  return lines;
}

function transportLines({ setup, ufrag, password }: WebRtcAnswer): readonly string[] {
  return [`a=setup:${setup}`, `a=ice-ufrag:${ufrag}`, `a=ice-pwd:${password}`];
}

function candidateLines({ candidates }: WebRtcAnswer): readonly string[] {
  return [...candidates.map(candidateLine), 'a=end-of-candidates'];
}

export function codecLines(codec: SdpCodec): readonly string[] {
  const { payloadType, name, clockRateHz, channelCount } = codec;
  const lines = [`a=rtpmap:${payloadType} ${name}/${clockRateHz}${channelCount > 1 ? `/${channelCount}` : ''}`];
  const fmtp = serializeFmtp(Object.fromEntries(codec.fmtp)).replaceAll('; ', ';');
  if (fmtp !== '') lines.push(`a=fmtp:${payloadType} ${fmtp}`);
  for (const feedback of codec.feedback) lines.push(`a=rtcp-fb:${payloadType} ${feedback}`);
  return lines;
}

/** Source: RFC 5576, RFC 4588 8.8 for FID. */
export function outgoingLines({ ssrc, rtxSsrc, streamId, trackId, cname }: OutgoingMedia): readonly string[] {
  const ssrcs = rtxSsrc === undefined ? [ssrc] : [ssrc, rtxSsrc];
  const lines = [`a=msid:${streamId} ${trackId}`];
  if (ssrcs.length > 1) lines.push(`a=ssrc-group:FID ${ssrcs.join(' ')}`);
  for (const each of ssrcs) lines.push(`a=ssrc:${each} cname:${cname}`, `a=ssrc:${each} msid:${streamId} ${trackId}`);
  return lines;
}

/** The address behind a NAT or a relay is nobody's business. Source: RFC 8839 5.1. */
export function candidateLine({ foundation, protocol, priority, address, port, type = 'host' }: IceCandidateLine): string {
  const line = `a=candidate:${foundation} 1 ${protocol} ${priority} ${address} ${port} typ ${type}`;
  if (type !== 'host') return `${line} raddr ${address.includes(':') ? '::' : '0.0.0.0'} rport 0`;
  return protocol === 'tcp' ? `${line} tcptype passive` : line;
}

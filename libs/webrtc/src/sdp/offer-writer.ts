import { candidateLine, codecLines, outgoingLines } from './answer.ts';
import type { IceCandidateLine, OutgoingMedia } from './answer.ts';
import type { OfferedMedia, SdpCodec } from './offer.ts';

/** What is offered of one media. */
export interface MediaOffer {
  readonly mediaType: 'video' | 'audio';
  readonly codecs: readonly SdpCodec[];
  /** Of packet headers. */
  readonly extensions?: OfferedMedia['extensions'];
  /** Of what we send; without, we offer to receive. */
  readonly outgoing?: OutgoingMedia;
}

export interface OwnOffer {
  readonly sessionId: number;
  readonly ufrag: string;
  readonly password: string;
  /** SHA-256 of our certificate. */
  readonly fingerprint: string;
  readonly candidates: readonly IceCandidateLine[];
  readonly media: readonly MediaOffer[];
}

/**
 * An offer with all candidates, one transport for all medias, either side of DTLS.
 *
 * Source: RFC 8829 5.2, RFC 8839, RFC 8842, RFC 8843.
 */
export function serializeOffer(offer: OwnOffer): string {
  const mids = offer.media.map((_, index) => index).join(' ');
  const lines = ['v=0', `o=- ${offer.sessionId} 2 IN IP4 127.0.0.1`, 's=-', 't=0 0', `a=group:BUNDLE ${mids}`];
  lines.push(`a=fingerprint:sha-256 ${offer.fingerprint}`, 'a=msid-semantic: WMS *');
  offer.media.forEach((media, mid) => {
    lines.push(...mediaLines(media, mid, offer));
    if (mid === 0) lines.push(...offer.candidates.map(candidateLine), 'a=end-of-candidates');
  });
  return `${lines.join('\r\n')}\r\n`;
}

function mediaLines(
  { mediaType, codecs, extensions = [], outgoing }: MediaOffer,
  mid: number,
  { ufrag, password }: OwnOffer,
): readonly string[] {
  return [
    `m=${mediaType} 9 UDP/TLS/RTP/SAVPF ${codecs.map(({ payloadType }) => payloadType).join(' ')}`,
    'c=IN IP4 0.0.0.0',
    `a=mid:${mid}`,
    'a=setup:actpass',
    `a=ice-ufrag:${ufrag}`,
    `a=ice-pwd:${password}`,
    'a=rtcp-mux',
    'a=rtcp-rsize',
    outgoing === undefined ? 'a=recvonly' : 'a=sendonly',
    ...codecs.flatMap((codec) => codecLines(codec)),
    ...extensions.map(({ id, uri }) => `a=extmap:${id} ${uri}`),
    ...(outgoing === undefined ? [] : outgoingLines(outgoing)),
  ];
}

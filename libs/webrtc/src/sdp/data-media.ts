import { MAX_INBOUND_MESSAGE_BYTES } from '../sctp/inbound-data.ts';
import { SCTP_PORT } from '../sctp/packet.ts';
import type { OfferedMedia } from './offer.ts';

const PROTOCOL = 'UDP/DTLS/SCTP';
const FORMAT = 'webrtc-datachannel';

/** Whether the media is for data channels. Its port may have been written with TCP, as RFC 8841 4.2 wants it for such candidates. */
export function isDataMedia({ mediaType, protocol, formats }: OfferedMedia): boolean {
  return mediaType === 'application' && protocol.toUpperCase().endsWith('/DTLS/SCTP') && formats.includes(FORMAT);
}

/** What an answer says of data channels, without its transport. Source: RFC 8841. */
export function dataLines({ mid }: OfferedMedia): { readonly media: readonly string[]; readonly attributes: readonly string[] } {
  const media = [`m=application 9 ${PROTOCOL} ${FORMAT}`, 'c=IN IP4 0.0.0.0'];
  if (mid !== '') media.push(`a=mid:${mid}`);
  return { media, attributes: [`a=sctp-port:${SCTP_PORT}`, `a=max-message-size:${MAX_INBOUND_MESSAGE_BYTES}`] };
}

import { ParseError } from '@mediamesh/bytes';
import { descriptionOf } from './offer.ts';
import type { WebRtcOffer } from './offer.ts';
import { parseSdpSections } from './sections.ts';

const STRUCTURE = 'WebRTC answer';

/** What of an answer to our offer the session needs. */
export interface ReceivedAnswer extends Omit<WebRtcOffer, 'setup'> {
  /** Of DTLS, for us. */
  readonly role: 'client' | 'server';
}

/**
 * `mediaCount`: of the offer, which an answer mirrors.
 * Errors: ParseError when it is no SDP, lacks ICE credentials or the DTLS fingerprint, or has other medias than the offer.
 * Source: RFC 8829, RFC 8839, RFC 8842 5.3.
 */
export function parseAnswer(text: string, mediaCount: number): ReceivedAnswer {
  const sections = parseSdpSections(text);
  const { setup, ...description } = descriptionOf(sections, STRUCTURE);
  if (description.media.length !== mediaCount)
    throw new ParseError(STRUCTURE, 0, `has ${description.media.length} medias, the offer had ${mediaCount}`);
  return { ...description, role: setup === 'active' ? 'server' : 'client' };
}

import { ParseError } from '@mediamesh/bytes';
import { MAX_REMOTE_CANDIDATES, parseCandidate } from '../ice/remote-candidate.ts';
import type { RemoteCandidate } from '../ice/remote-candidate.ts';
import { descriptionOf } from './offer.ts';
import type { WebRtcOffer } from './offer.ts';
import { attributes, parseSdpSections } from './sections.ts';

const STRUCTURE = 'WebRTC answer';

/** What of an answer to our offer the session needs. */
export interface ReceivedAnswer extends Omit<WebRtcOffer, 'setup'> {
  /** Of DTLS, for us. */
  readonly role: 'client' | 'server';
  /** Of the one transport, those that can be used. */
  readonly candidates: readonly RemoteCandidate[];
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
  const values = [...sections.media, sections.session].flatMap((section) => attributes(section, 'candidate'));
  const candidates: RemoteCandidate[] = [];
  for (const value of values) {
    const candidate = candidates.length < MAX_REMOTE_CANDIDATES ? parseCandidate(value) : undefined;
    if (candidate !== undefined) candidates.push(candidate);
  }
  return { ...description, role: setup === 'active' ? 'server' : 'client', candidates };
}

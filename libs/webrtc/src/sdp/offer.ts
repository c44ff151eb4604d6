import { ParseError } from '@mediamesh/bytes';
import { MAX_FORMATS, parseFmtp } from '@mediamesh/sdp';
import type { FmtpParameters } from '@mediamesh/sdp';
import { MAX_REMOTE_CANDIDATES, parseCandidate } from '../ice/remote-candidate.ts';
import type { RemoteCandidate } from '../ice/remote-candidate.ts';
import { attribute, attributes, parseSdpSections } from './sections.ts';
import type { SdpMediaSection, SdpSection, SdpSections } from './sections.ts';

const LAST_PAYLOAD_TYPE = 127;

export type SdpDirection = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** A payload type that a side can send, or receive. */
export interface SdpCodec {
  readonly payloadType: number;
  /** As written; compared without regard to case. */
  readonly name: string;
  readonly clockRateHz: number;
  readonly channelCount: number;
  readonly fmtp: FmtpParameters;
  /** `nack`, `nack pli`, ... */
  readonly feedback: readonly string[];
}

export interface OfferedMedia {
  readonly mediaType: string;
  readonly protocol: string;
  /** 0 in an answer: the media is refused. */
  readonly port: number;
  /** Empty when the offer has none. */
  readonly mid: string;
  readonly direction: SdpDirection;
  readonly codecs: readonly SdpCodec[];
  readonly formats: readonly string[];
  /** Simulcast layers that are sent, in the order of the offer. */
  readonly rids: readonly string[];
  readonly extensions: readonly { readonly id: number; readonly uri: string }[];
}

export interface DtlsFingerprint {
  readonly algorithm: string;
  readonly value: string;
}

/** What of an offer the answer and the session need. */
export interface WebRtcOffer {
  readonly ufrag: string;
  readonly password: string;
  readonly fingerprints: readonly DtlsFingerprint[];
  /** Of DTLS: who begins. */
  readonly setup: 'actpass' | 'active' | 'passive';
  readonly bundle: readonly string[];
  readonly media: readonly OfferedMedia[];
  /** It makes no checks of its own. */
  readonly isLite: boolean;
  /** Of the one transport, those that can be used. */
  readonly candidates: readonly RemoteCandidate[];
}

/**
 * Errors: ParseError when it is no SDP, or lacks medias, ICE credentials, or the DTLS fingerprint.
 * Source: RFC 8829, RFC 8839, RFC 8842.
 */
export function parseOffer(text: string): WebRtcOffer {
  return descriptionOf(parseSdpSections(text), 'WebRTC offer');
}

/** What offers and answers have in common. `structure`: of errors. */
export function descriptionOf({ session, media }: SdpSections, structure: string): WebRtcOffer {
  if (media.length === 0) throw new ParseError(structure, 0, 'has no media');
  const sections: readonly SdpSection[] = [...media, session];
  const ufrag = firstOf(sections, 'ice-ufrag');
  const password = firstOf(sections, 'ice-pwd');
  if (!ufrag || !password) throw new ParseError(structure, 0, 'has no ICE credentials');
  return {
    ufrag,
    password,
    fingerprints: fingerprintsOf(sections, structure),
    setup: setupOf(firstOf(sections, 'setup')),
    bundle: bundleOf(session),
    media: media.map((section) => mediaOf(section, session, structure)),
    isLite: attribute(session, 'ice-lite') !== undefined,
    candidates: candidatesIn({ session, media }),
  };
}

/** Of an SDP, or of a fragment of one: up to MAX_REMOTE_CANDIDATES. */
export function candidatesIn({ session, media }: SdpSections): readonly RemoteCandidate[] {
  const candidates: RemoteCandidate[] = [];
  for (const value of [...media, session].flatMap((section) => attributes(section, 'candidate'))) {
    const candidate = candidates.length < MAX_REMOTE_CANDIDATES ? parseCandidate(value) : undefined;
    if (candidate !== undefined) candidates.push(candidate);
  }
  return candidates;
}

function firstOf(sections: readonly SdpSection[], name: string): string | undefined {
  for (const section of sections) {
    const value = attribute(section, name);
    if (value !== undefined) return value.trim();
  }
  return undefined;
}

function fingerprintsOf(sections: readonly SdpSection[], structure: string): readonly DtlsFingerprint[] {
  const found = sections.flatMap((section) => attributes(section, 'fingerprint')).map((value) => value.trim().split(/ +/));
  const fingerprints = found.flatMap(([algorithm, value]) => (algorithm && value ? [{ algorithm, value }] : []));
  const seen = new Set<string>();
  const distinct = fingerprints.filter(({ algorithm, value }) => {
    const text = `${algorithm} ${value}`;
    return !seen.has(text) && seen.add(text);
  });
  if (distinct.length === 0) throw new ParseError(structure, 0, 'has no DTLS fingerprint');
  return distinct;
}

function setupOf(value: string | undefined): WebRtcOffer['setup'] {
  return value === 'active' || value === 'passive' ? value : 'actpass';
}

function bundleOf(session: SdpSection): readonly string[] {
  for (const group of attributes(session, 'group')) {
    const [semantics, ...mids] = group.trim().split(/ +/);
    if (semantics === 'BUNDLE') return mids;
  }
  return [];
}

const DIRECTIONS: readonly SdpDirection[] = ['sendrecv', 'sendonly', 'recvonly', 'inactive'];

function directionOf(media: SdpMediaSection, session: SdpSection): SdpDirection {
  const isDirection = ({ name }: { readonly name: string }): boolean => (DIRECTIONS as readonly string[]).includes(name);
  const found = media.attributes.find(isDirection) ?? session.attributes.find(isDirection);
  return (found?.name as SdpDirection | undefined) ?? 'sendrecv';
}

function mediaOf(section: SdpMediaSection, session: SdpSection, structure: string): OfferedMedia {
  const { mediaType, protocol, port, formats } = section;
  if (formats.length > MAX_FORMATS) throw new ParseError(structure, 0, `has a media with more than ${MAX_FORMATS} formats`);
  return {
    mediaType,
    protocol,
    port,
    formats,
    mid: attribute(section, 'mid')?.trim() ?? '',
    direction: directionOf(section, session),
    codecs: mediaType === 'application' ? [] : codecsOf(section),
    rids: attributes(section, 'rid').flatMap((value) => ridOf(value)),
    extensions: attributes(section, 'extmap').flatMap((value) => extensionOf(value)),
  };
}

/** Static payload types that need no `a=rtpmap`. */
const STATIC_RTP_MAPS: ReadonlyMap<number, string> = new Map([
  [0, 'PCMU/8000'],
  [8, 'PCMA/8000'],
  [9, 'G722/8000'],
]);

function codecsOf(section: SdpMediaSection): readonly SdpCodec[] {
  const maps = valuesByPayloadType(attributes(section, 'rtpmap'));
  const fmtps = valuesByPayloadType(attributes(section, 'fmtp'));
  const feedbacks = attributes(section, 'rtcp-fb');
  return section.formats.flatMap((format) => {
    const payloadType = Number(format);
    if (!/^\d{1,3}$/.test(format) || payloadType > LAST_PAYLOAD_TYPE) return [];
    const [name, clock, channels] = (maps.get(payloadType) ?? STATIC_RTP_MAPS.get(payloadType) ?? '').split('/');
    if (!name || clock === undefined || !/^[1-9]\d{0,8}$/.test(clock)) return [];
    const feedback = feedbacks.flatMap((value) => {
      const [target, ...rest] = value.trim().split(/ +/);
      return target === format || target === '*' ? [rest.join(' ')] : [];
    });
    const fmtp = parseFmtp(fmtps.get(payloadType) ?? '');
    const channelCount = channels !== undefined && /^[1-9]\d{0,2}$/.test(channels) ? Number(channels) : 1;
    return [{ payloadType, name, clockRateHz: Number(clock), channelCount, fmtp, feedback }];
  });
}

function valuesByPayloadType(values: readonly string[]): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  for (const value of values) {
    const parts = /^(\d{1,3}) +(.*)$/.exec(value.trim());
    if (parts !== null) found.set(Number(parts[1]), parts[2]!.trim());
  }
  return found;
}

function ridOf(value: string): string[] {
  const [rid, direction] = value.trim().split(/ +/);
  return rid && direction === 'send' ? [rid] : [];
}

function extensionOf(value: string): { readonly id: number; readonly uri: string }[] {
  const parts = /^(\d{1,5})(?:\/\w+)? +(\S+)/.exec(value.trim());
  return parts === null ? [] : [{ id: Number(parts[1]), uri: parts[2]! }];
}

import { ParseError } from '@mediamesh/bytes';
import { parseKeyMgmt } from '../header/key-mgmt.ts';
import { parseTransports, type TransportHeader } from '../header/transport.ts';
import type { RtspRequest } from '../message/message.ts';
import { RtspStatus } from '../message/status.ts';
import { parseMikeyMessage } from '../mikey/mikey-message.ts';
import { srtpKeysFromMikey, type SrtpKeys } from '../mikey/srtp-keys.ts';
import { agreeTransport, supportedTransport } from './choose-transport.ts';
import type { MediaTransport, Refusal, RtspServerOptions } from './handler.ts';
import { announcedMediaIndex, playTarget, type Target } from './request-context.ts';
import type { RtspUrl } from '../message/url.ts';
import { MAX_SETUP_MEDIAS, type RtspServerSession } from './session.ts';

export interface PreparedSetup {
  readonly kind: 'ok';
  readonly target: Target;
  readonly mediaIndex: number;
  readonly transport: MediaTransport;
  readonly clientKeys?: SrtpKeys;
}

/**
 * 400, but the connection stays: GStreamer resolves the control against a URL with query as RFC 3986 has it, which drops path and query,
 * and appends it only when that was refused.
 */
interface WrongUrl {
  readonly kind: 'wrongUrl';
}

/** The protocol's own checks of a SETUP, before anybody is asked. */
export function prepareSetup(
  request: RtspRequest,
  url: RtspUrl,
  session: RtspServerSession,
  options: RtspServerOptions,
): PreparedSetup | Refusal | { readonly kind: 'unsupportedTransport' } | WrongUrl {
  const record = session.state === 'preRecord';
  const value = request.headers.single('Transport');
  if (value === undefined) return refusal('the Transport header is missing or repeated');
  let offers: readonly TransportHeader[];
  try {
    offers = parseTransports(value);
  } catch (error) {
    return refusal(message(error));
  }
  const offer = supportedTransport(offers, options, record);
  if (offer === undefined) return { kind: 'unsupportedTransport' };
  const media = record ? recordMedia(url, session) : playMedia(url, session);
  if (media.kind !== 'ok') return media;
  const agreed = agreeTransport(offer, session);
  if ('problem' in agreed) return refusal(agreed.problem);
  const { transport } = agreed;
  if (!transport.secure) return { ...media, transport };
  try {
    const keyMgmt = parseKeyMgmt(request.headers.single('KeyMgmt') ?? '');
    return { ...media, transport, clientKeys: srtpKeysFromMikey(parseMikeyMessage(keyMgmt.data), options.wallClockMs()) };
  } catch (error) {
    return refusal(message(error));
  }
}

type SetupTarget = Pick<PreparedSetup, 'kind' | 'target' | 'mediaIndex'>;

function recordMedia(url: RtspUrl, session: RtspServerSession): SetupTarget | Refusal {
  const controls = session.announced!.media.map((media) => media.control ?? '');
  const mediaIndex = announcedMediaIndex(url, session.target, controls);
  if (mediaIndex === undefined) return refusal('the media was not announced');
  if (session.hasMedia(mediaIndex)) return refusal('the media is already set up');
  return { kind: 'ok', target: session.target, mediaIndex };
}

function playMedia(url: RtspUrl, session: RtspServerSession): SetupTarget | Refusal | WrongUrl {
  const target = playTarget(url);
  if (target === undefined || !target.path.startsWith('/')) return { kind: 'wrongUrl' };
  if (session.state === 'prePlay' && target.path !== session.target.path) return { kind: 'wrongUrl' };
  // An empty track is the first one: some clients leave the number out.
  const mediaIndex = target.track === '' ? 0 : Number.parseInt(target.track, 10);
  if (!/^\d{0,4}$/.test(target.track)) return refusal('the media was not found');
  if (session.hasMedia(mediaIndex)) return refusal('the media is already set up');
  if (session.medias.length >= MAX_SETUP_MEDIAS) return refusal('too many medias are set up');
  return { kind: 'ok', target, mediaIndex };
}

function refusal(reason: string): Refusal {
  return { kind: 'refused', status: RtspStatus.badRequest, reason };
}

function message(error: unknown): string {
  if (error instanceof ParseError) return error.message;
  throw error;
}

import { ParseError } from '@mediamesh/bytes';
import { isSecureMedia, type MediaDescription, type SessionDescription } from '@mediamesh/sdp';
import { parseRtpInfo, type RtpInfoEntry } from '../header/rtp-info.ts';
import type { RtspHeaders } from '../message/headers.ts';
import { parseTransport, type PortPair, type TransportHeader } from '../header/transport.ts';
import { hasH264PacketizationMode0 } from '../server/announcement.ts';
import type { ClientMediaTransport, ClientProtocol, RtspClientOptions } from './handler.ts';

export interface SetupPlan {
  readonly protocol: ClientProtocol;
  readonly secure: boolean;
  /** Why an automatic choice is not UDP. */
  readonly reason?: string;
}

/** Errors: ParseError when the medias can't travel as the user has ordered. */
export function planSetup(medias: readonly MediaDescription[], tls: boolean, record: boolean, options: RtspClientOptions): SetupPlan {
  const secure = tls && isSecureMedia(medias[0]!);
  const mode0 = hasH264PacketizationMode0(medias);
  if (mode0 && record) throw new ParseError('description', 0, 'has H264 with packetization-mode 0, which is not supported');
  if (options.transport !== 'automatic') {
    const { transport } = options;
    if (transport !== 'tcp' && tls && !secure)
      throw new ParseError('description', 0, 'has no secure profile, so that UDP would not be encrypted');
    if (transport !== 'tcp' && mode0) throw new ParseError('description', 0, 'has H264 with packetization-mode 0, which needs TCP');
    return { protocol: transport, secure };
  }
  if (mode0) return { protocol: 'tcp', secure, reason: 'H264 with packetization-mode 0 needs TCP' };
  if (tls && !secure) return { protocol: 'tcp', secure, reason: 'the stream is encrypted over TCP only' };
  return { protocol: options.tunnelled ? 'tcp' : 'udp', secure };
}

export function offeredTransport(plan: SetupPlan, record: boolean, pair: PortPair | undefined): TransportHeader {
  const { protocol, secure } = plan;
  // Readers leave the mode out: some servers fail on it.
  const mode = record ? { mode: 'record' as const } : {};
  if (protocol === 'multicast') return { protocol: 'udp', secure, delivery: 'multicast', ...mode };
  if (protocol === 'udp') return { protocol, secure, delivery: 'unicast', clientPort: pair!, ...mode };
  return { protocol, secure, delivery: 'unicast', interleaved: pair!, ...mode };
}

/**
 * What the server made of the offer.
 *
 * Errors: ParseError when it is malformed, or lacks what this transport needs.
 */
export function agreedTransport(
  value: string,
  plan: SetupPlan,
  pair: PortPair | undefined,
  anyPort: boolean,
): ClientMediaTransport & { ssrc?: number } {
  const answer = parseTransport(value);
  const ssrc = answer.ssrc === undefined ? {} : { ssrc: answer.ssrc };
  const source = answer.source === undefined ? {} : { source: answer.source };
  if (plan.protocol === 'tcp') {
    if (answer.protocol !== 'tcp') throw new ParseError('Transport', 0, 'of the server is UDP, TCP was asked for');
    const channels = answer.interleaved ?? pair!;
    if (channels[0] + 1 !== channels[1]) throw new ParseError('Transport', 0, 'of the server has channels that are not a pair');
    return { protocol: 'tcp', channels, ...ssrc };
  }
  if (plan.protocol === 'multicast') {
    if (answer.delivery !== 'multicast' || answer.destination === undefined || answer.port === undefined)
      throw new ParseError('Transport', 0, 'of the server has no multicast group and ports');
    return { protocol: 'multicast', address: answer.destination, ports: answer.port, ...source, ...ssrc };
  }
  if (answer.delivery === 'multicast') throw new ParseError('Transport', 0, 'of the server is multicast, unicast was asked for');
  const ports = answer.serverPort;
  const named = ports !== undefined && ports[0] !== 0 && ports[1] !== 0;
  if (!named && !anyPort) throw new ParseError('Transport', 0, 'of the server has no ports: set rtspAnyPort if it sends from any');
  return { protocol: 'udp', clientPorts: pair!, ...(named && { serverPorts: ports }), ...source, ...ssrc };
}

/** Whether the server wants TCP although UDP was offered. A malformed header is none. */
export function answersTcp(value: string | undefined, plan: SetupPlan): boolean {
  try {
    return plan.protocol !== 'tcp' && parseTransport(value ?? '').protocol === 'tcp';
  } catch {
    return false;
  }
}

/** Indexes of the medias that are set up: all but back channels. */
export function playedMedias(description: SessionDescription): readonly number[] {
  return description.media.flatMap((media, index) => (media.backChannel ? [] : [index]));
}

/** RTP-Info is only a hint: a malformed one counts as none. */
export function rtpInfoOf(headers: RtspHeaders): readonly RtpInfoEntry[] {
  try {
    const value = headers.get('RTP-Info');
    return value === undefined ? [] : parseRtpInfo(value);
  } catch {
    return [];
  }
}

import { ParseError } from '@mediamesh/bytes';
import { parseDecimal, parseKeyValues } from './key-values.ts';

/** Alternatives of one Transport header; clients offer two or three. */
export const MAX_TRANSPORTS = 16;
const MAX_PORT = 0xffff;
const MAX_CHANNEL = 0xff;

export type PortPair = readonly [first: number, second: number];

/** One alternative of a Transport header. Source: RFC 2326 12.39. */
export interface TransportHeader {
  readonly protocol: 'udp' | 'tcp';
  /** SAVP: packets are SRTP. */
  readonly secure: boolean;
  readonly delivery?: 'unicast' | 'multicast';
  readonly source?: string;
  readonly destination?: string;
  readonly interleaved?: PortPair;
  readonly ttl?: number;
  readonly port?: PortPair;
  readonly clientPort?: PortPair;
  readonly serverPort?: PortPair;
  readonly ssrc?: number;
  readonly mode?: 'play' | 'record';
}

const PROFILES: ReadonlyMap<string, Pick<TransportHeader, 'protocol' | 'secure'>> = new Map([
  ['RTP/AVP', { protocol: 'udp', secure: false }],
  ['RTP/AVP/UDP', { protocol: 'udp', secure: false }],
  ['RTP/AVP/TCP', { protocol: 'tcp', secure: false }],
  ['RTP/SAVP', { protocol: 'udp', secure: true }],
  ['RTP/SAVP/UDP', { protocol: 'udp', secure: true }],
  ['RTP/SAVP/TCP', { protocol: 'tcp', secure: true }],
]);

/**
 * Alternatives in the sender's order of preference.
 *
 * Errors: ParseError when one has no known profile, or a malformed port, channel, TTL or mode.
 */
export function parseTransports(value: string): readonly TransportHeader[] {
  const alternatives = value.split(',');
  if (alternatives.length > MAX_TRANSPORTS) throw new ParseError('Transport', 0, `has more than ${MAX_TRANSPORTS} alternatives`);
  return alternatives.map((text) => parseTransport(text.trim()));
}

export function parseTransport(text: string): TransportHeader {
  const pairs = parseKeyValues(text, ';');
  let transport: TransportHeader | undefined;
  for (const key of pairs.keys()) {
    const profile = PROFILES.get(key.toUpperCase());
    if (profile !== undefined) transport = { ...profile };
  }
  if (transport === undefined) throw new ParseError('Transport', 0, `has no known profile: ${JSON.stringify(text.substring(0, 64))}`);
  for (const [key, value] of pairs) transport = { ...transport, ...parameter(key.toLowerCase(), value) };
  return transport;
}

function parameter(key: string, value: string): Partial<TransportHeader> {
  switch (key) {
    case 'unicast':
    case 'multicast':
      return { delivery: key };
    case 'source':
      return value === '' ? {} : { source: value };
    case 'destination':
      return value === '' ? {} : { destination: value };
    case 'interleaved':
      return { interleaved: pair(value, MAX_CHANNEL) };
    case 'ttl':
      return { ttl: parseDecimal(value, 'Transport ttl', 0xff) };
    case 'port':
      return { port: pair(value, MAX_PORT) };
    case 'client_port':
      return { clientPort: pair(value, MAX_PORT) };
    case 'server_port':
      return { serverPort: pair(value, MAX_PORT) };
    case 'ssrc':
      // Cameras pad it with blanks, or send more than 32 bits: then it is left out.
      return /^[0-9a-f]{1,8}$/i.test(value.trim()) ? { ssrc: Number.parseInt(value.trim(), 16) } : {};
    case 'mode':
      return { mode: mode(value) };
    default:
      return {};
  }
}

function mode(value: string): 'play' | 'record' {
  const name = value.toLowerCase();
  // `receive` is Darwin Streaming Server's and `ffmpeg -rtsp_flags listen`'s word for record.
  if (name === 'record' || name === 'receive') return 'record';
  if (name === 'play') return 'play';
  throw new ParseError('Transport', 0, `has the mode ${JSON.stringify(value.substring(0, 32))}`);
}

function pair(value: string, max: number): PortPair {
  const [first, second, ...rest] = value.split('-');
  if (rest.length > 0) throw new ParseError('Transport', 0, `has the range ${JSON.stringify(value.substring(0, 32))}`);
  const low = parseDecimal(first!.trim(), 'Transport port', max);
  const high = second === undefined ? low + 1 : parseDecimal(second.trim(), 'Transport port', max);
  if (high > max) throw new ParseError('Transport', 0, `has the range ${JSON.stringify(value.substring(0, 32))}`);
  return [low, high];
}

export function serializeTransport(transport: TransportHeader): string {
  const words = [`RTP/${transport.secure ? 'SAVP' : 'AVP'}${transport.protocol === 'tcp' ? '/TCP' : ''}`];
  if (transport.delivery !== undefined) words.push(transport.delivery);
  if (transport.source !== undefined) words.push(`source=${transport.source}`);
  if (transport.destination !== undefined) words.push(`destination=${transport.destination}`);
  if (transport.interleaved !== undefined) words.push(`interleaved=${transport.interleaved.join('-')}`);
  if (transport.port !== undefined) words.push(`port=${transport.port.join('-')}`);
  if (transport.ttl !== undefined) words.push(`ttl=${transport.ttl}`);
  if (transport.clientPort !== undefined) words.push(`client_port=${transport.clientPort.join('-')}`);
  if (transport.serverPort !== undefined) words.push(`server_port=${transport.serverPort.join('-')}`);
  if (transport.ssrc !== undefined) words.push(`ssrc=${transport.ssrc.toString(16).toUpperCase().padStart(8, '0')}`);
  if (transport.mode !== undefined) words.push(`mode=${transport.mode}`);
  return words.join(';');
}

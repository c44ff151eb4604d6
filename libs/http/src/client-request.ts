import { Agent as HttpAgent, request as requestHttp } from 'node:http';
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { AgentOptions } from 'node:https';
import { connect, isIP } from 'node:net';
import type { NetConnectOpts } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import { DumpedStream, followTls, verifyFingerprint } from '@mediamesh/net';
import type { DumpTarget } from '@mediamesh/net';

/** As Go's client. */
export const MAX_REDIRECTS = 10;

const REDIRECTS: ReadonlySet<number | undefined> = new Set([301, 302, 303, 307, 308]);

export interface StartOptions extends Omit<RequestOptions, 'agent' | 'auth'> {
  /** By scheme; false: a connection of the request's own. */
  readonly agents: { readonly http: HttpAgent | false; readonly https: HttpsAgent };
}

/** A request that `end` sends. The URL's user and password go into a header. */
export function startRequest(url: URL, { agents, ...options }: StartOptions): ClientRequest {
  const auth = url.username === '' ? {} : { auth: `${decoded(url.username)}:${decoded(url.password)}` };
  const target = new URL(url);
  target.username = '';
  target.password = '';
  return target.protocol === 'https:'
    ? requestHttps(target, { ...options, ...auth, agent: agents.https })
    : requestHttp(target, { ...options, ...auth, agent: agents.http });
}

/** Servers redirect to anything. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Where an answer sends the client, if it does. */
export function redirectOf({ statusCode, headers }: IncomingMessage): string | undefined {
  return REDIRECTS.has(statusCode) ? headers.location : undefined;
}

/** Where a `Location` points. User and password stay with their origin. Undefined for an address that is none of HTTP. */
export function redirectTarget(from: URL, location: string): URL | undefined {
  const target = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (target?.protocol !== 'http:' && target?.protocol !== 'https:') return undefined;
  if (target.origin === from.origin && target.username === '') {
    target.username = from.username;
    target.password = from.password;
  }
  return target;
}

export interface AgentSettings extends AgentOptions {
  /** Where its connections are captured. */
  readonly dump?: DumpTarget | undefined;
}

/** For `http:`. */
export function httpAgent({ dump, ...options }: AgentSettings): HttpAgent {
  const agent = new HttpAgent(options);
  if (dump === undefined) return agent;
  return Object.assign(agent, { createConnection: (target: NetConnectOpts) => dumped(target, dump, false) });
}

/**
 * For `https:`. With a fingerprint (SHA-256, hexadecimal) exactly that certificate is accepted, and nothing is sent before it is
 * seen; with an empty one it is verified as usual. Requests fail with FingerprintError.
 */
export function httpsAgent(fingerprint: string, { dump, ...options }: AgentSettings = {}): HttpsAgent {
  const agent = new HttpsAgent(options);
  if (fingerprint === '' && dump === undefined) return agent;
  return Object.assign(agent, { createConnection: connectSecurely(fingerprint, dump) });
}

function connectSecurely(fingerprint: string, dump: DumpTarget | undefined) {
  return (options: ConnectionOptions & NetConnectOpts, created: (error: Error | null, socket: Duplex) => void): undefined => {
    const host = options.host ?? '';
    const socket = connectTls({
      ...options,
      ...(isIP(host) === 0 && { servername: host }),
      ...(fingerprint !== '' && { rejectUnauthorized: false }),
      ...(dump !== undefined && { socket: dumped(options, dump, true) }),
    });
    if (dump !== undefined) followTls(socket);
    const failed = (error: Error): void => created(error, socket);
    socket.once('error', failed);
    socket.once('secureConnect', () => {
      socket.off('error', failed);
      const error = fingerprint === '' ? undefined : verifyFingerprint(socket, fingerprint);
      created(error ?? null, socket);
      if (error !== undefined) socket.destroy();
    });
  };
}

function dumped(target: NetConnectOpts, dump: DumpTarget, tls: boolean): DumpedStream {
  return new DumpedStream(connect(target), dump, { side: 'client', tls });
}

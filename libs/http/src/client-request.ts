import { request as requestHttp } from 'node:http';
import type { Agent as HttpAgent, ClientRequest, ClientRequestArgs, IncomingMessage, RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { AgentOptions } from 'node:https';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import { verifyFingerprint } from '@mediamesh/net';

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

/** Undefined when the location is none of HTTP. */
export function redirectTarget(from: URL, location: string): URL | undefined {
  const target = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  return target?.protocol === 'http:' || target?.protocol === 'https:' ? target : undefined;
}

/**
 * For `https:`. With a fingerprint (SHA-256, hexadecimal) exactly that certificate is accepted, and nothing is sent before it is
 * seen; with an empty one it is verified as usual. Requests fail with FingerprintError.
 */
export function httpsAgent(fingerprint: string, options: AgentOptions = {}): HttpsAgent {
  const agent = new HttpsAgent(options);
  return fingerprint === '' ? agent : Object.assign(agent, { createConnection: connectPinned(fingerprint) });
}

function connectPinned(fingerprint: string) {
  return (options: ClientRequestArgs, created: (error: Error | null, socket: Duplex) => void): undefined => {
    const host = options.host ?? '';
    const server = isIP(host) === 0 ? { servername: host } : {};
    const socket = connectTls({ ...(options as ConnectionOptions), rejectUnauthorized: false, ...server });
    const failed = (error: Error): void => created(error, socket);
    socket.once('error', failed);
    socket.once('secureConnect', () => {
      socket.off('error', failed);
      const error = verifyFingerprint(socket, fingerprint);
      created(error ?? null, socket);
      if (error !== undefined) socket.destroy();
    });
  };
}

import { request as requestHttp } from 'node:http';
import type { ClientRequest, ClientRequestArgs, IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import { MAX_AUTH_ANSWER_BYTES } from '@mediamesh/auth';
import type { AuthHttpAnswer, AuthHttpRequest } from '@mediamesh/auth';
import { verifyFingerprint } from '@mediamesh/net';

/** As Go's client. */
export const MAX_AUTH_REDIRECTS = 10;

/**
 * Asks an authentication server or a JWKS server, over a connection of its own.
 *
 * Errors: rejects with an Error: of the network, FingerprintError, too many redirects, or no answer in time.
 * Source: contract 5.6; redirects as Go's client: 307 and 308 are asked the same again, others with GET.
 */
export async function askAuthServer(request: AuthHttpRequest): Promise<AuthHttpAnswer> {
  const signal = AbortSignal.timeout(request.timeoutMs);
  let step: AuthHttpRequest = request;
  try {
    for (let redirects = 0; redirects <= MAX_AUTH_REDIRECTS; redirects++) {
      const answer = await exchange(step, signal);
      if (!('location' in answer)) return answer;
      step = redirected(step, answer);
    }
  } catch (error) {
    if (signal.aborted) throw new Error(`no complete answer within ${request.timeoutMs / 1_000} s`, { cause: error });
    throw error;
  }
  throw new Error(`stopped after ${MAX_AUTH_REDIRECTS} redirects`);
}

interface Redirect {
  readonly status: number;
  readonly location: string;
}

function redirected(from: AuthHttpRequest, { status, location }: Redirect): AuthHttpRequest {
  const target = URL.canParse(location, from.url) ? new URL(location, from.url) : undefined;
  if (target?.protocol !== 'http:' && target?.protocol !== 'https:') throw new Error('redirects to an address that is none of HTTP');
  const { fingerprint, timeoutMs } = from;
  const url = target.href;
  return status === 307 || status === 308 ? { ...from, url } : { method: 'GET', url, fingerprint, timeoutMs };
}

function exchange(request: AuthHttpRequest, signal: AbortSignal): Promise<AuthHttpAnswer | Redirect> {
  return new Promise((resolve, reject) => {
    const client = send(request, signal);
    client.on('error', reject);
    client.on('response', (response) => {
      const { statusCode: status = 0 } = response;
      const { location } = response.headers;
      response.on('error', reject);
      if (isRedirect(status) && location !== undefined) {
        resolve({ status, location });
        response.destroy();
      } else collect(response, (body) => resolve({ status, body }));
    });
    client.end(request.body);
  });
}

function send({ method, url, body, fingerprint }: AuthHttpRequest, signal: AbortSignal): ClientRequest {
  const target = new URL(url);
  const auth = target.username === '' ? {} : { auth: `${decodeURIComponent(target.username)}:${decodeURIComponent(target.password)}` };
  target.username = '';
  target.password = '';
  const headers = body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  const options = { method, headers, signal, agent: false, ...auth };
  if (target.protocol !== 'https:') return requestHttp(target, options);
  return requestHttps(target, fingerprint === '' ? options : { ...options, agent: pinned(fingerprint) });
}

/** Gives undefined for a body that is too long. */
function collect(response: IncomingMessage, give: (body: string | undefined) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  response.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= MAX_AUTH_ANSWER_BYTES) return void chunks.push(chunk);
    give(undefined);
    response.destroy();
  });
  response.on('end', () => give(Buffer.concat(chunks).toString('utf8')));
}

function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

/** Exactly that certificate is accepted, and nothing is sent before it is seen: the question has a password in it. */
function pinned(fingerprint: string): HttpsAgent {
  const createConnection = (options: ClientRequestArgs, created: (error: Error | null, socket: Duplex) => void): undefined => {
    const host = options.host ?? '';
    const socket = connectTls({
      ...(options as ConnectionOptions),
      rejectUnauthorized: false,
      ...(isIP(host) === 0 ? { servername: host } : {}),
    });
    const failed = (error: Error): void => created(error, socket);
    socket.once('error', failed);
    socket.once('secureConnect', () => {
      socket.off('error', failed);
      const error = verifyFingerprint(socket, fingerprint);
      created(error ?? null, socket);
      if (error !== undefined) socket.destroy();
    });
  };
  return Object.assign(new HttpsAgent(), { createConnection });
}

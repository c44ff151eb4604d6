import { request as requestHttp } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { MAX_AUTH_ANSWER_BYTES } from '@mediamesh/auth';
import type { AuthHttpAnswer, AuthHttpRequest } from '@mediamesh/auth';
import { MAX_REDIRECTS, isRedirect, pinnedAgent, redirectTarget, withoutUser } from '@mediamesh/http';

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
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const answer = await exchange(step, signal);
      if (!('location' in answer)) return answer;
      step = redirected(step, answer);
    }
  } catch (error) {
    if (signal.aborted) throw new Error(`no complete answer within ${request.timeoutMs / 1_000} s`, { cause: error });
    throw error;
  }
  throw new Error(`stopped after ${MAX_REDIRECTS} redirects`);
}

interface Redirect {
  readonly status: number;
  readonly location: string;
}

function redirected(from: AuthHttpRequest, { status, location }: Redirect): AuthHttpRequest {
  const target = redirectTarget(new URL(from.url), location);
  if (target === undefined) throw new Error('redirects to an address that is none of HTTP');
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
  const { target, ...auth } = withoutUser(new URL(url));
  const headers = body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  const options = { method, headers, signal, agent: false, ...auth };
  if (target.protocol !== 'https:') return requestHttp(target, options);
  return requestHttps(target, fingerprint === '' ? options : { ...options, agent: pinnedAgent(fingerprint) });
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

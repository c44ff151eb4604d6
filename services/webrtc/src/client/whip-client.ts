import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { concatBytes } from '@mediamesh/bytes';
import { MAX_REDIRECTS, httpsAgent, redirectOf, redirectTarget, startRequest } from '@mediamesh/http';
import { parseIceServerLinks } from '@mediamesh/webrtc';
import type { IceServer } from '@mediamesh/webrtc';

/** As much as we take of an offer: answers have 10 KiB. */
export const MAX_ANSWER_BYTES = 128 * 1024;
/** We may be about to end ourselves. */
const END_TIMEOUT_MS = 2_000;
const SDP = 'application/sdp';
const USER_AGENT = 'mediamesh';

/** A server that cannot be reached, or that does not answer as it should. */
export class WhipError extends Error {
  override readonly name = 'WhipError';
}

export interface WhipClientOptions {
  /** `whep://`, `wheps://`, `whip://` or `whips://`; user and password become Basic authentication. */
  readonly url: string;
  /** Goes before user and password. Empty: there is none. */
  readonly bearerToken: string;
  /** SHA-256 of the server's certificate; empty: it is verified as usual. */
  readonly fingerprint: string;
  /** For a request, redirects included. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

interface Exchange {
  readonly method: 'OPTIONS' | 'POST' | 'DELETE';
  readonly body?: string;
}

interface Answer {
  /** After redirects: what is relative is relative to it. */
  readonly url: URL;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly redirect: string | undefined;
  readonly body: Uint8Array;
}

/**
 * WHIP and WHEP, as their client: an offer is answered, and the session is ended.
 *
 * Errors: WhipError, with MediaMTX's texts where it has one.
 * Trust:  user, password and token stay with the origin that was configured: neither redirects nor the session's URL take them elsewhere.
 * Source: RFC 9725, draft-ietf-wish-whep, contract 7.5.
 */
export class WhipClient {
  private readonly options: WhipClientOptions;
  private readonly endpoint: URL;
  private readonly origin: string;
  private session: URL | undefined;

  constructor(options: WhipClientOptions) {
    this.options = options;
    this.endpoint = endpointOf(options.url);
    this.origin = this.endpoint.origin;
  }

  /** Whether there is such an endpoint, and it lets us in: the STUN and TURN servers that it names. */
  async ask(): Promise<readonly IceServer[]> {
    const { status, headers } = await this.exchange(this.endpoint, { method: 'OPTIONS' });
    if (status !== 200 && status !== 204) throw badStatus(status);
    return parseIceServerLinks([headers['link'] ?? []].flat().join(', '));
  }

  /** The answer to the offer. */
  async offer(offer: string): Promise<string> {
    const { url, status, headers, body } = await this.exchange(this.endpoint, { method: 'POST', body: offer });
    if (status !== 201) throw badStatus(status);
    this.session = sessionUrlOf(url, headers.location);
    const [type = ''] = (headers['content-type'] ?? '').split(';');
    if (type.trim().toLowerCase() !== SDP) throw new WhipError(`bad Content-Type: expected '${SDP}', got '${type.substring(0, 64)}'`);
    return Buffer.from(body).toString('utf8');
  }

  /** Ends the session, if there is one. Never rejects: who does not hear it sees that the peer is gone. */
  async end(): Promise<void> {
    const { session } = this;
    this.session = undefined;
    if (session !== undefined) await this.exchange(session, { method: 'DELETE' }, AbortSignal.timeout(END_TIMEOUT_MS)).catch(() => {});
  }

  private async exchange(url: URL, what: Exchange, signal = this.options.signal): Promise<Answer> {
    const { timeoutMs } = this.options;
    const deadline = AbortSignal.timeout(timeoutMs);
    const either = AbortSignal.any([signal, deadline]);
    let target = url;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const answer = await this.request(target, what, either).catch((error: unknown) => {
        if (error instanceof WhipError) throw error;
        if (signal.aborted) throw new WhipError('terminated', { cause: error });
        if (deadline.aborted) throw new WhipError(`no complete answer within ${timeoutMs / 1000} s`, { cause: error });
        throw new WhipError(`cannot reach ${target.host}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
      });
      // 303 means that the answer is elsewhere; of an offer it is not.
      if (answer.redirect === undefined || answer.status === 303) return answer;
      const next = redirectTarget(target, answer.redirect);
      if (next === undefined) throw new WhipError('redirects to an address that is none of HTTP');
      target = next;
    }
    throw new WhipError(`stopped after ${MAX_REDIRECTS} redirects`);
  }

  private request(url: URL, what: Exchange, signal: AbortSignal): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const request = this.open(url, what, signal);
      request.on('error', reject);
      request.on('response', (response) => {
        const { statusCode: status = 0, headers } = response;
        collect(response, (body) => resolve({ url, status, headers, redirect: redirectOf(response), body }), reject);
      });
      request.end(what.body);
    });
  }

  private open(url: URL, { method, body }: Exchange, signal: AbortSignal): ClientRequest {
    const { bearerToken, fingerprint } = this.options;
    const headers = {
      'user-agent': USER_AGENT,
      ...(body !== undefined && { 'content-type': SDP, 'content-length': Buffer.byteLength(body) }),
      // Goes before user and password of the URL.
      ...(bearerToken !== '' && url.origin === this.origin && { authorization: `Bearer ${bearerToken}` }),
    };
    return startRequest(url, { method, headers, signal, agents: { http: false, https: httpsAgent(fingerprint) } });
  }
}

function collect(response: IncomingMessage, give: (body: Uint8Array) => void, fail: (error: Error) => void): void {
  const chunks: Uint8Array[] = [];
  let size = 0;
  response.on('error', fail);
  response.on('data', (chunk: Uint8Array) => {
    size += chunk.length;
    if (size <= MAX_ANSWER_BYTES) return void chunks.push(chunk);
    fail(new WhipError(`the answer is larger than ${MAX_ANSWER_BYTES} bytes`));
    response.destroy();
  });
  response.on('end', () => give(concatBytes(chunks)));
}

/** Errors: WhipError. */
function endpointOf(url: string): URL {
  const address = url.replace(/^wh[ei]p(s?):/i, 'http$1:');
  if (!/^https?:/i.test(address) || !URL.canParse(address)) throw new WhipError('invalid URL');
  return new URL(address);
}

function sessionUrlOf(from: URL, location: string | undefined): URL {
  const target = location === undefined ? undefined : redirectTarget(from, location);
  if (target === undefined) throw new WhipError('the answer has no valid Location');
  return target;
}

function badStatus(status: number): WhipError {
  return new WhipError(`bad status code: ${status}`);
}

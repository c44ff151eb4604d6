import type { Agent as HttpAgent, ClientRequest, IncomingMessage } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';
import { concatBytes } from '@mediamesh/bytes';
import type { ByteRange } from '@mediamesh/hls';
import { MAX_REDIRECTS, httpAgent, httpsAgent, redirectOf, redirectTarget, startRequest } from '@mediamesh/http';
import type { DumpTarget } from '@mediamesh/net';
import { CookieJar } from './cookie-jar.ts';

/** Playlist, segment and what follows of them, of a leading stream and some renditions. */
const MAX_SOCKETS = 8;
const USER_AGENT = 'mediamesh';

/** A server that cannot be reached, or that does not answer as it should. */
export class HttpFetchError extends Error {
  override readonly name = 'HttpFetchError';
  readonly code: 'UNREACHABLE' | 'TIMED_OUT' | 'BAD_STATUS' | 'TOO_LARGE' | 'REDIRECTS' | 'ABORTED' | 'TRUNCATED';

  constructor(code: HttpFetchError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export interface HttpClientOptions {
  /** SHA-256 of the server's certificate, hexadecimal; empty: it is verified as usual. */
  readonly fingerprint: string;
  /** For a whole request, redirects included. */
  readonly timeoutMs: number;
  readonly dump: { readonly plain: DumpTarget; readonly secure: DumpTarget } | undefined;
  readonly signal: AbortSignal;
}

export interface FetchOptions {
  readonly maxBytes: number;
  readonly range?: ByteRange | undefined;
}

export interface Fetched {
  /** After redirects: what is relative is relative to it. */
  readonly url: URL;
  readonly body: Uint8Array;
}

/**
 * GET requests of one source: connections are kept, cookies too.
 *
 * Errors: HttpFetchError; FingerprintError as its cause where the certificate is another one. Nothing is kept of an answer that fails.
 */
export class HttpClient {
  private readonly options: HttpClientOptions;
  private readonly cookies = new CookieJar();
  private readonly agents: { readonly http: HttpAgent; readonly https: HttpsAgent };

  constructor(options: HttpClientOptions) {
    this.options = options;
    const { fingerprint, dump } = options;
    const kept = { keepAlive: true, maxSockets: MAX_SOCKETS };
    this.agents = {
      http: httpAgent({ ...kept, dump: dump?.plain }),
      https: httpsAgent(fingerprint, { ...kept, dump: dump?.secure }),
    };
  }

  async get(url: URL, options: FetchOptions): Promise<Fetched> {
    const deadline = AbortSignal.timeout(this.options.timeoutMs);
    const signal = AbortSignal.any([this.options.signal, deadline]);
    let target = url;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const answer = await this.request(target, options, signal).catch((error: unknown) => {
        if (deadline.aborted) throw new HttpFetchError('TIMED_OUT', `no complete answer within ${this.options.timeoutMs / 1000} s`);
        throw error;
      });
      if (answer instanceof Uint8Array) return { url: target, body: answer };
      target = redirected(target, answer.location);
    }
    throw new HttpFetchError('REDIRECTS', `stopped after ${MAX_REDIRECTS} redirects`);
  }

  close(): void {
    this.agents.http.destroy();
    this.agents.https.destroy();
  }

  private request(url: URL, options: FetchOptions, signal: AbortSignal): Promise<Uint8Array | { readonly location: string }> {
    return new Promise((resolve, reject) => {
      const fail = (error: Error): void => reject(this.failure(url, error));
      const request = this.send(url, options.range, signal);
      request.on('error', fail);
      request.on('response', (response) => {
        this.cookies.store(url, response.headers['set-cookie'] ?? []);
        const { statusCode = 0 } = response;
        const location = redirectOf(response);
        const stop = (error: HttpFetchError): void => {
          reject(error);
          response.destroy();
        };
        if (location !== undefined) {
          resolve({ location });
          response.destroy();
        } else if (statusCode !== 200 && statusCode !== 206) stop(new HttpFetchError('BAD_STATUS', `bad status code: ${statusCode}`));
        else collect(response, options, { resolve, fail, stop });
      });
      request.end();
    });
  }

  private send(url: URL, range: ByteRange | undefined, signal: AbortSignal): ClientRequest {
    const cookie = this.cookies.headerFor(url);
    const headers = {
      'user-agent': USER_AGENT,
      accept: '*/*',
      ...(cookie !== undefined && { cookie }),
      ...(range && { range: `bytes=${range.offset}-${range.offset + range.length - 1}` }),
    };
    return startRequest(url, { headers, signal, agents: this.agents });
  }

  private failure(url: URL, error: Error): HttpFetchError {
    if (error instanceof HttpFetchError) return error;
    if (this.options.signal.aborted) return new HttpFetchError('ABORTED', 'terminated');
    return new HttpFetchError('UNREACHABLE', `cannot get ${url.host}: ${error.message}`, { cause: error });
  }
}

interface Collected {
  readonly resolve: (body: Uint8Array) => void;
  readonly fail: (error: Error) => void;
  readonly stop: (error: HttpFetchError) => void;
}

function collect(response: IncomingMessage, { maxBytes, range }: FetchOptions, { resolve, fail, stop }: Collected): void {
  const tooLarge = (): void => stop(new HttpFetchError('TOO_LARGE', `the answer is larger than ${maxBytes} bytes`));
  if (Number(response.headers['content-length'] ?? 0) > maxBytes) return tooLarge();
  const chunks: Uint8Array[] = [];
  let size = 0;
  response.on('data', (chunk: Uint8Array) => {
    size += chunk.length;
    if (size > maxBytes) return tooLarge();
    chunks.push(chunk);
  });
  response.on('error', fail);
  response.on('end', () => {
    const body = concatBytes(chunks);
    if (range === undefined || response.statusCode === 206) return resolve(body);
    // a server that does not know ranges sends everything
    if (body.length < range.offset + range.length)
      return stop(new HttpFetchError('TRUNCATED', 'the answer is shorter than the range in it'));
    resolve(body.subarray(range.offset, range.offset + range.length));
  });
}

/** Errors: HttpFetchError for another scheme. */
function redirected(from: URL, location: string): URL {
  const target = redirectTarget(from, location);
  if (target === undefined) throw new HttpFetchError('REDIRECTS', 'redirects to an address that is none of HTTP');
  return target;
}

import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import type { Config } from '@mediamesh/config';
import { AllowedOrigins, hostNameOf, isSameOrigin } from '@mediamesh/http';
import { ApiError } from './api-error.ts';

/**
 * Which changes a browser may ask for: the API can set commands, and a page of anybody can send requests to this machine.
 * Other clients are not concerned: they send neither Origin nor Sec-Fetch-Site.
 *
 * Errors: ApiError 403; 415 for a body that is not declared as JSON, since only such bodies make a browser ask beforehand.
 */
export class BrowserRules {
  private readonly listed: AllowedOrigins;
  private readonly ownHost: string;

  constructor({ apiAllowOrigins, apiAddress }: Pick<Config, 'apiAllowOrigins' | 'apiAddress'>) {
    this.listed = new AllowedOrigins(apiAllowOrigins.filter((origin) => origin !== '*'));
    this.ownHost = hostNameOf(apiAddress);
  }

  checkOrigin(headers: IncomingHttpHeaders): void {
    if (!isBrowser(headers)) return;
    const host = headers.host ?? '';
    const name = hostNameOf(host);
    // A name that resolves to this machine for one page only makes that page look like ours.
    if (!this.isKnownHost(name)) throw refusal(`host '${name}' is not known: add an origin with this host to apiAllowOrigins`);
    const { origin } = headers;
    if (origin === undefined) {
      if (headers['sec-fetch-site'] !== 'same-origin' && headers['sec-fetch-site'] !== 'none') {
        throw refusal('a page of another origin cannot change anything');
      }
    } else if (!isSameOrigin(origin, host) && !this.listed.namesOrigin(origin)) {
      throw refusal(`origin '${origin}' cannot change anything: add it to apiAllowOrigins ('*' is not enough)`);
    }
  }

  checkContent(headers: IncomingHttpHeaders, body: Uint8Array): void {
    if (!isBrowser(headers) || body.length === 0) return;
    const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
    if (type !== 'application/json') throw new ApiError(415, 'the content type of a body must be application/json');
  }

  private isKnownHost(name: string): boolean {
    if (isIP(name) !== 0 || name === 'localhost' || name.endsWith('.localhost')) return true;
    const machine = hostname().toLowerCase();
    return name !== '' && (name === this.ownHost || name === machine || name === `${machine}.local` || this.listed.namesHost(name));
  }
}

function isBrowser(headers: IncomingHttpHeaders): boolean {
  return headers.origin !== undefined || headers['sec-fetch-site'] !== undefined;
}

function refusal(message: string): ApiError {
  return new ApiError(403, message);
}

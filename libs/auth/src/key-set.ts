import { importJWK } from 'jose';
import type { CryptoKey, JWK, JWTHeaderParameters } from 'jose';
import type { AuthHttp } from './auth-http.ts';

/** As MediaMTX: keys that the server has withdrawn are good for so long, unless `refresh` is called. */
export const KEY_SET_LIFETIME_MS = 3_600_000;

/** `kty` and curve of a key -> algorithms that it may be used with. A public key is never taken for the secret of an HMAC. */
const ALGORITHMS: ReadonlyMap<string, readonly string[]> = new Map([
  ['RSA', ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']],
  ['EC P-256', ['ES256']],
  ['EC P-384', ['ES384']],
  ['EC P-521', ['ES512']],
  ['OKP Ed25519', ['EdDSA', 'Ed25519']],
  ['oct', ['HS256', 'HS384', 'HS512']],
]);

/** A token that names no key is tried with so many at most: providers show two or three, before and after a rotation. */
export const MAX_TRIED_KEYS = 16;

/** What tokens may be signed with; never `none`. */
export const TOKEN_ALGORITHMS: readonly string[] = [...ALGORITHMS.values()].flat();

/** No key set, or no key for this token. The message is for the log. */
export class KeySetError extends Error {
  override readonly name = 'KeySetError';
}

export interface KeySetOptions {
  readonly url: string;
  /** SHA-256 of the server's certificate, hexadecimal; '': it is verified as usual. */
  readonly fingerprint: string;
  readonly timeoutMs: number;
  readonly http: AuthHttp;
  readonly nowMs: () => number;
}

/**
 * The keys of a JWKS server, fetched when the first token comes and kept for `KEY_SET_LIFETIME_MS`.
 *
 * Shape:  one request serves all who wait. A fetch that fails is tried again by who comes next.
 * Errors: KeySetError.
 * Source: RFC 7517, contract 5.7.
 */
export class KeySet {
  private readonly options: KeySetOptions;
  private fetched: Promise<readonly JWK[]> | undefined;
  private fetchedMs = 0;

  constructor(options: KeySetOptions) {
    this.options = options;
  }

  /** The next token is verified with keys that are fetched anew. */
  refresh(): void {
    this.fetched = undefined;
  }

  /** Fetches the keys where they are missing or old. */
  keys(): Promise<readonly JWK[]> {
    const nowMs = this.options.nowMs();
    if (this.fetched !== undefined && nowMs - this.fetchedMs < KEY_SET_LIFETIME_MS) return this.fetched;
    const fetched = this.fetch();
    this.fetched = fetched;
    this.fetchedMs = nowMs;
    fetched.catch(() => {
      if (this.fetched === fetched) this.fetched = undefined;
    });
    return fetched;
  }

  private async fetch(): Promise<readonly JWK[]> {
    const { url, fingerprint, timeoutMs, http } = this.options;
    const { status, body } = await http({ method: 'GET', url, fingerprint, timeoutMs }).catch((error: unknown) => {
      throw new KeySetError(`JWKS cannot be fetched: ${error instanceof Error ? error.message : String(error)}`);
    });
    if (status < 200 || status > 299) throw new KeySetError(`JWKS cannot be fetched: server replied with code ${status}`);
    if (body === undefined) throw new KeySetError('JWKS cannot be fetched: it is too large');
    return parseKeySet(body);
  }
}

/** Errors: KeySetError. */
function parseKeySet(text: string): readonly JWK[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new KeySetError('JWKS is not valid JSON', { cause: error });
  }
  const keys = isObject(value) ? value['keys'] : undefined;
  if (!Array.isArray(keys) || !keys.every(isObject)) throw new KeySetError('JWKS has no list of keys');
  return keys;
}

/**
 * The keys that a token may be signed with: the one that it names, or when it names none, those of its algorithm.
 * Errors: KeySetError when there is none.
 */
export function keysFor(keys: readonly JWK[], { kid, alg }: JWTHeaderParameters): readonly JWK[] {
  const named = kid === undefined ? keys : keys.filter((key) => key.kid === kid);
  if (named.length === 0) throw new KeySetError('token is unverifiable: its key is not in the JWKS');
  const fitting = named.filter((key) => isFor(key, alg));
  if (fitting.length === 0) throw new KeySetError('token is unverifiable: its key is not for its algorithm');
  return fitting.slice(0, MAX_TRIED_KEYS);
}

function isFor(key: JWK, alg: string): boolean {
  const kind = key.kty === 'EC' || key.kty === 'OKP' ? `${key.kty} ${key.crv}` : String(key.kty);
  return (ALGORITHMS.get(kind)?.includes(alg) ?? false) && (key.alg === undefined || key.alg === alg) && key.use !== 'enc';
}

/** Errors: KeySetError when the key is not valid. */
export async function importKey(key: JWK, alg: string): Promise<CryptoKey | Uint8Array> {
  try {
    return await importJWK(publicPart(key), alg);
  } catch (error) {
    throw new KeySetError('token is unverifiable: its key in the JWKS is not valid', { cause: error });
  }
}

/** A set that shows its private keys verifies all the same. */
function publicPart({ kty, crv, x, y, n, e, k }: JWK): JWK {
  const members = { kty, crv, x, y, n, e, k };
  return Object.fromEntries(Object.entries(members).filter(([, member]) => member !== undefined)) as JWK;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

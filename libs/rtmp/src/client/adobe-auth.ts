import { base64FromBytes, bytesFromUtf8, concatBytes, hexFromBytes } from '@mediamesh/bytes';
import type { RtmpCrypto } from '../crypto.ts';
import type { StreamAddress } from './stream-address.ts';

const CHALLENGE_BYTES = 16;

/** How far the exchange is: each step is a connection of its own. */
export type AuthStep =
  | { readonly kind: 'none' }
  | { readonly kind: 'named' }
  | { readonly kind: 'answered'; readonly salt: string; readonly challenge: string; readonly opaque: string };

/**
 * What comes after a server's refusal; undefined when it is final.
 *
 * Source: `authmod=adobe` as Wowza, Adobe's and Akamai's servers have it: there is no specification.
 */
export function nextAuthStep(step: AuthStep, description: string): AuthStep | undefined {
  const query = /authmod=adobe\s*\?(.*)/.exec(description)?.[1];
  if (query === undefined) return step.kind === 'none' && /need auth.*authmod=adobe/.test(description) ? { kind: 'named' } : undefined;
  const salt = parameter(query, 'salt');
  const challenge = parameter(query, 'challenge');
  if (step.kind !== 'named' || parameter(query, 'reason') !== 'needauth' || salt === '' || challenge === '') return undefined;
  return { kind: 'answered', salt, challenge, opaque: parameter(query, 'opaque') };
}

/** What is put behind the application and the URL, for this step. */
export function authQuery(step: AuthStep, { user, password }: StreamAddress, crypto: RtmpCrypto): string {
  if (step.kind === 'none') return '';
  const named = `?authmod=adobe&user=${user}`;
  if (step.kind === 'named') return named;
  const challenge = hexFromBytes(crypto.randomBytes(CHALLENGE_BYTES));
  const secret = digest(crypto, user, step.salt, password);
  const response = digest(crypto, secret, step.opaque === '' ? step.challenge : step.opaque, challenge);
  return `${named}&challenge=${challenge}&response=${response}${step.opaque === '' ? '' : `&opaque=${step.opaque}`}`;
}

function digest(crypto: RtmpCrypto, ...parts: readonly string[]): string {
  return base64FromBytes(crypto.hash('md5', concatBytes(parts.map(bytesFromUtf8))));
}

/** Values are not escaped. */
function parameter(query: string, name: string): string {
  for (const pair of query.split('&')) if (pair.startsWith(`${name}=`)) return pair.substring(name.length + 1);
  return '';
}

import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export type TokenAlgorithm = 'RS256' | 'ES256' | 'EdDSA';

interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** An identity provider: signs tokens, and serves its public keys. */
export class TokenIssuer {
  /** How often the keys were fetched. */
  fetches = 0;
  private readonly server: Server;
  private keys: Readonly<Record<TokenAlgorithm, SigningKey>> = generateKeys();

  private constructor() {
    this.server = createServer((_, response) => {
      this.fetches++;
      const keys = Object.values(this.keys).map(({ kid, publicKey }) => ({ ...publicKey.export({ format: 'jwk' }), kid, use: 'sig' }));
      response.end(JSON.stringify({ keys }));
    });
  }

  static async start(): Promise<TokenIssuer> {
    const issuer = new TokenIssuer();
    await new Promise<void>((resolve) => issuer.server.listen(0, '127.0.0.1', resolve));
    return issuer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/jwks`;
  }

  publicKey(alg: TokenAlgorithm): KeyObject {
    return this.keys[alg].publicKey;
  }

  kid(alg: TokenAlgorithm): string {
    return this.keys[alg].kid;
  }

  /** From now on with other keys. */
  rotate(): void {
    this.keys = generateKeys();
  }

  token(claims: object, alg: TokenAlgorithm): string {
    const { kid, privateKey } = this.keys[alg];
    const signed = `${encodeJson({ alg, kid })}.${encodeJson(claims)}`;
    const key = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const;
    return `${signed}.${sign(alg === 'EdDSA' ? null : 'sha256', Buffer.from(signed), key).toString('base64url')}`;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }
}

/** A part of a token. */
export function encodeJson(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function generateKeys(): Readonly<Record<TokenAlgorithm, SigningKey>> {
  const named = (pair: Omit<SigningKey, 'kid'>): SigningKey => ({ ...pair, kid: randomUUID() });
  return {
    RS256: named(generateKeyPairSync('rsa', { modulusLength: 2048 })),
    ES256: named(generateKeyPairSync('ec', { namedCurve: 'P-256' })),
    EdDSA: named(generateKeyPairSync('ed25519')),
  };
}

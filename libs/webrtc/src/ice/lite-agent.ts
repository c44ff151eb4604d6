import { bytesFromUtf8 } from '@mediamesh/bytes';
import type { CryptoPort } from '@mediamesh/bytes';
import { hasIntegrity } from '../stun/integrity.ts';
import { StunClass, StunMethod } from '../stun/stun-message.ts';
import type { StunMessage } from '../stun/stun-message.ts';
import { serializeBindingError, serializeBindingSuccess } from '../stun/stun-writer.ts';

/** Characters of a user fragment: 24 bits are wanted, more make guessing hopeless. RFC 8445 5.3. */
const UFRAG_BYTES = 12;
const PASSWORD_BYTES = 24;
const ROLE_CONFLICT = 487;

export interface IceCredentials {
  readonly ufrag: string;
  readonly password: string;
}

/** Where a datagram came from. */
export interface IcePeer {
  readonly address: string;
  readonly port: number;
  /** What tells peers apart. */
  readonly key: string;
}

/** `ignored`: not of this session, or not by who knows the password. */
export type IceOutcome =
  | { readonly kind: 'ignored' }
  | { readonly kind: 'reply'; readonly bytes: Uint8Array; readonly valid: boolean; readonly nominated: boolean };

const IGNORED: IceOutcome = { kind: 'ignored' };

/** The user fragment of the receiver, which a check begins its user name with; undefined when it has none. */
export function localUfragOf({ username }: StunMessage): string | undefined {
  const colon = username?.indexOf(':') ?? -1;
  return colon < 1 ? undefined : username!.substring(0, colon);
}

export function createIceCredentials(crypto: CryptoPort): IceCredentials {
  return { ufrag: iceText(crypto.randomBytes(UFRAG_BYTES)), password: iceText(crypto.randomBytes(PASSWORD_BYTES)) };
}

const ICE_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** 6 bits of each byte: what ICE allows is base64's alphabet. */
function iceText(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += ICE_CHARACTERS[byte & 0x3f]!;
  return text;
}

/**
 * The server's side of ICE, which answers checks and makes none: a server that clients can reach at the addresses that it tells.
 *
 * Shape:  checks in, replies out. A peer whose check was valid may send media and DTLS; the one that the client has nominated last
 *         is where ours goes.
 * Trust:  a check counts only with the integrity that the session's password gives.
 * Source: RFC 8445 2.5, 7.3; RFC 8839 for what SDP says of it.
 */
export class IceLiteAgent {
  readonly credentials: IceCredentials;
  private readonly key: Uint8Array;
  private readonly crypto: CryptoPort;

  constructor(crypto: CryptoPort, credentials: IceCredentials = createIceCredentials(crypto)) {
    this.crypto = crypto;
    this.credentials = credentials;
    this.key = bytesFromUtf8(credentials.password);
  }

  receive(message: StunMessage, bytes: Uint8Array, peer: IcePeer): IceOutcome {
    const { crypto, key } = this;
    if (message.class !== StunClass.request || message.method !== StunMethod.binding) return IGNORED;
    if (localUfragOf(message) !== this.credentials.ufrag || !hasIntegrity(bytes, message, key, crypto)) return IGNORED;
    const { transactionId } = message;
    // We are always controlled: a client that thinks it is too must change its mind.
    if (message.controlled) {
      const conflict = serializeBindingError({ transactionId, code: ROLE_CONFLICT, reason: 'Role Conflict' }, key, crypto);
      return { kind: 'reply', bytes: conflict, valid: false, nominated: false };
    }
    const reply = serializeBindingSuccess({ transactionId, address: peer.address, port: peer.port }, key, crypto);
    return { kind: 'reply', bytes: reply, valid: true, nominated: message.useCandidate };
  }
}

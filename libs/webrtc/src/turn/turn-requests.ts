import { bytesFromUtf8, hexFromBytes } from '@mediamesh/bytes';
import type { CryptoPort } from '@mediamesh/bytes';
import { hasIntegrity } from '../stun/integrity.ts';
import { StunAttribute, StunClass, TRANSACTION_ID_BYTES } from '../stun/stun-message.ts';
import type { StunMessage, StunMethod } from '../stun/stun-message.ts';
import { StunTransaction } from '../stun/stun-transaction.ts';
import { addressMask, serializeStun } from '../stun/stun-writer.ts';
import type { StunAttributeValue } from '../stun/stun-writer.ts';
import { xorAddressValue } from '../stun/xor-address.ts';
import type { TransportAddress } from '../stun/xor-address.ts';

/** With another nonce each. */
const MAX_ATTEMPTS = 4;
const UNAUTHORIZED = 401;
const STALE_NONCE = 438;
/** What a server says before it knows who we are need not prove that it knows the password. RFC 8489 9.2.5. */
const WITHOUT_PROOF: readonly (number | undefined)[] = [400, UNAUTHORIZED, STALE_NONCE];

export interface TurnCredentials {
  readonly username: string;
  readonly password: string;
}

export interface TurnRequest {
  readonly method: StunMethod;
  readonly attributes: readonly StunAttributeValue[];
  /** Whom it is about. */
  readonly peer?: TransportAddress;
}

/** What became of a request. `again`: it is to be sent with what the server wants to see. */
export type TurnAnswer =
  | { readonly kind: 'success'; readonly request: TurnRequest; readonly message: StunMessage }
  | { readonly kind: 'error'; readonly request: TurnRequest; readonly code: number }
  | { readonly kind: 'again'; readonly bytes: Uint8Array };

interface Pending {
  readonly transaction: StunTransaction;
  readonly request: TurnRequest;
  readonly attempts: number;
  /** It carried credentials: the answer must prove that the server knows them. */
  readonly key: Uint8Array | undefined;
}

/**
 * Requests to a TURN server, and their answers: credentials as the server asks for them, retransmissions, integrity.
 *
 * Trust:  answers to what carried credentials count with the integrity of the password, but for those that ask for others.
 * Source: RFC 8489 6.2, 9.2 (long-term credentials).
 */
export class TurnRequests {
  private readonly crypto: CryptoPort;
  private readonly credentials: TurnCredentials;
  private readonly isReliable: boolean;
  private authentication: { readonly realm: string; readonly nonce: Uint8Array; readonly key: Uint8Array } | undefined;
  private readonly pending = new Map<string, Pending>();

  constructor(crypto: CryptoPort, credentials: TurnCredentials, isReliable: boolean) {
    this.crypto = crypto;
    this.credentials = credentials;
    this.isReliable = isReliable;
  }

  /** To be sent now. */
  ask(request: TurnRequest, nowMs: number, attempts = 1): Uint8Array {
    const { id, bytes } = this.serialize(request);
    const transaction = new StunTransaction(id, bytes, { nowMs, isReliable: this.isReliable });
    this.pending.set(hexFromBytes(id), { transaction, request, attempts, key: this.authentication?.key });
    return bytes;
  }

  /** Nobody waits for the answer. */
  serialize({ method, attributes, peer }: TurnRequest): { readonly id: Uint8Array; readonly bytes: Uint8Array } {
    const { authentication, crypto } = this;
    const id = crypto.randomBytes(TRANSACTION_ID_BYTES);
    const all = [...attributes];
    if (peer !== undefined) all.push([StunAttribute.xorPeerAddress, xorAddressValue(peer, addressMask(id))]);
    const head = { class: StunClass.request, method, transactionId: id };
    if (authentication === undefined) return { id, bytes: serializeStun(head, all) };
    const { realm, nonce, key } = authentication;
    all.push([StunAttribute.username, bytesFromUtf8(this.credentials.username)]);
    all.push([StunAttribute.realm, bytesFromUtf8(realm)], [StunAttribute.nonce, nonce]);
    return { id, bytes: serializeStun(head, all, { key, crypto }) };
  }

  /** What is to be sent again, and what has got no answer. */
  tick(nowMs: number): { readonly send: readonly Uint8Array[]; readonly expired: readonly TurnRequest[] } {
    const send: Uint8Array[] = [];
    const expired: TurnRequest[] = [];
    for (const [id, { transaction, request }] of this.pending) {
      const due = transaction.tick(nowMs);
      if (due === 'send') send.push(transaction.bytes);
      if (due !== 'expired') continue;
      this.pending.delete(id);
      expired.push(request);
    }
    return { send, expired };
  }

  /** Undefined for what is no answer, or not the server's. */
  receive(message: StunMessage, bytes: Uint8Array, nowMs: number): TurnAnswer | undefined {
    const id = hexFromBytes(message.transactionId);
    const pending = this.pending.get(id);
    const isAnswer = message.class === StunClass.success || message.class === StunClass.error;
    if (pending === undefined || !isAnswer || message.method !== pending.request.method) return undefined;
    if (!this.isTrusted(message, bytes, pending.key)) return undefined;
    this.pending.delete(id);
    const { request } = pending;
    if (message.class === StunClass.success) return { kind: 'success', request, message };
    return this.retry(pending, message, nowMs) ?? { kind: 'error', request, code: message.errorCode ?? 0 };
  }

  close(): void {
    this.pending.clear();
  }

  private isTrusted(message: StunMessage, bytes: Uint8Array, key: Uint8Array | undefined): boolean {
    if (key === undefined) return true;
    if (message.class === StunClass.error && WITHOUT_PROOF.includes(message.errorCode)) return true;
    return hasIntegrity(bytes, message, key, this.crypto);
  }

  /** The first 401 says how to prove who we are; a nonce grows stale. */
  private retry({ request, attempts, key }: Pending, { errorCode, realm, nonce }: StunMessage, nowMs: number): TurnAnswer | undefined {
    const asksForCredentials = errorCode === UNAUTHORIZED && key === undefined;
    if (!(asksForCredentials || errorCode === STALE_NONCE) || attempts >= MAX_ATTEMPTS) return undefined;
    if (nonce === undefined || (realm === undefined && this.authentication === undefined)) return undefined;
    const { username, password } = this.credentials;
    const ofRealm = realm ?? this.authentication!.realm;
    const newKey = this.crypto.hash('md5', bytesFromUtf8(`${username}:${ofRealm}:${password}`));
    this.authentication = { realm: ofRealm, nonce: new Uint8Array(nonce), key: newKey };
    return { kind: 'again', bytes: this.ask(request, nowMs, attempts + 1) };
  }
}

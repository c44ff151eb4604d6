import { bytesFromUtf8 } from '@mediamesh/bytes';
import type { CryptoPort } from '@mediamesh/bytes';
import { hasIntegrity } from '../stun/integrity.ts';
import { StunClass, StunMethod, TRANSACTION_ID_BYTES } from '../stun/stun-message.ts';
import type { StunMessage } from '../stun/stun-message.ts';
import { StunTransaction } from '../stun/stun-transaction.ts';
import { serializeBindingError, serializeBindingRequest, serializeBindingSuccess } from '../stun/stun-writer.ts';
import type { TransportAddress } from '../stun/xor-address.ts';
import { CandidatePairs } from './candidate-pairs.ts';
import type { IceBase, IceRole, Pair } from './candidate-pairs.ts';
import { createIceCredentials, localUfragOf } from './lite-agent.ts';
import type { IceCredentials } from './lite-agent.ts';
import type { RemoteCandidate } from './remote-candidate.ts';

/** How often `tick` wants to be called until a pair is nominated: one new check each. RFC 8445 14.2. */
export const CHECK_INTERVAL_MS = 50;
/** RFC 7675 5.1: about every 5 s, at random between 4 and 6. */
const CONSENT_INTERVAL_MS = 4_000;
const CONSENT_JITTER_MS = 2_000;
/** RFC 7675 5.1. */
export const CONSENT_LIFETIME_MS = 30_000;
/** Of peer-reflexive candidates, which a check tells: before the preferences among our own. RFC 8445 5.1.2. */
const PEER_REFLEXIVE_PREFERENCE = 110;
const TIE_BREAKER_BYTES = 8;
const ROLE_CONFLICT = 487;

export interface IceDatagram<Base> extends TransportAddress {
  readonly base: Base;
  readonly bytes: Uint8Array;
}

export interface CheckOutcome<Base> {
  readonly send: readonly IceDatagram<Base>[];
  /** Whoever sent this knows the session's passwords: DTLS may come from there. */
  readonly proven: boolean;
  /** Media goes there from now on. */
  readonly selects: boolean;
}

/** What the peer tells of itself. */
export interface RemoteIce extends IceCredentials {
  readonly candidates: readonly RemoteCandidate[];
}

export interface CheckingAgentOptions<Base> {
  readonly crypto: CryptoPort;
  /** The offerer controls, and who has an ICE-lite peer. The role changes when the peer has taken the same. */
  readonly role: IceRole;
  /** Those that can be sent from at any time. */
  readonly bases: readonly Base[];
  /** Where answers are found by their transaction; default: at random. */
  readonly newTransactionId?: () => Uint8Array;
}

/** Where media goes. */
export interface SelectedPair<Base> {
  readonly base: Base;
  readonly remote: RemoteCandidate;
}

/**
 * A full ICE agent: checks the peer's addresses from each of ours, agrees with it on a pair, and asks again and again for consent.
 *
 * Shape:  `setRemote` once, `addCandidates` at any time; `receive` each STUN message, `tick` every CHECK_INTERVAL_MS, and every second once a pair is
 *         nominated; both return what is to be sent.
 * Role:   controlling, the first pair that answers is nominated. Controlled, the peer's last nomination counts, at once: it nominates what it
 *         has had an answer from. Our own checks open NATs and TURN servers for it.
 * Trust:  requests count with the integrity of our password, responses with that of the peer's, from the address that was asked.
 * Source: RFC 8445 6, 7, 8; RFC 7675 (consent).
 */
export class IceCheckingAgent<Base extends IceBase> {
  readonly credentials: IceCredentials;
  private readonly options: CheckingAgentOptions<Base>;
  private readonly localKey: Uint8Array;
  private readonly tieBreaker: Uint8Array;
  private readonly pairs = new CandidatePairs<Base>();
  private role: IceRole;
  private remote: (IceCredentials & { readonly key: Uint8Array }) | undefined;
  private nominated: Pair<Base> | undefined;
  /** Where media was said to go. */
  private told: Pair<Base> | undefined;
  private consentMs: number | undefined;
  private consentDueMs = 0;

  constructor(options: CheckingAgentOptions<Base>) {
    this.options = options;
    this.role = options.role;
    this.credentials = createIceCredentials(options.crypto);
    this.localKey = bytesFromUtf8(this.credentials.password);
    this.tieBreaker = options.crypto.randomBytes(TIE_BREAKER_BYTES);
  }

  /** Undefined before a pair is nominated. */
  get selected(): SelectedPair<Base> | undefined {
    return this.nominated;
  }

  setRemote({ ufrag, password, candidates }: RemoteIce): void {
    this.remote = { ufrag, password, key: bytesFromUtf8(password) };
    this.addCandidates(candidates);
  }

  /** Those beyond MAX_REMOTE_CANDIDATES are not checked. */
  addCandidates(candidates: readonly RemoteCandidate[]): void {
    for (const candidate of [...candidates].sort((a, b) => b.priority - a.priority))
      for (const base of this.options.bases) if (base.reaches(candidate.address)) this.pairs.add(base, candidate);
  }

  /** It is closed: nothing comes from there, or goes there. Returns whether media went there. */
  removeBase(base: Base): boolean {
    this.pairs.remove(base);
    if (this.nominated?.base === base) this.nominated = undefined;
    if (this.told?.base !== base) return false;
    this.told = undefined;
    return true;
  }

  hasLostConsent(nowMs: number): boolean {
    return this.consentMs !== undefined && nowMs - this.consentMs > CONSENT_LIFETIME_MS;
  }

  tick(nowMs: number): readonly IceDatagram<Base>[] {
    const { nominated } = this;
    if (nominated !== undefined)
      return nowMs < this.consentDueMs || this.remote === undefined ? [] : [this.askForConsent(nominated, nowMs)];
    const due: IceDatagram<Base>[] = [];
    for (const pair of this.pairs) {
      const what = pair.check?.transaction.tick(nowMs);
      if (what === 'send') due.push(datagramOf(pair, pair.check!.transaction.bytes));
      if (what === 'expired') due.push(...this.giveUp(pair, nowMs));
    }
    const next = this.remote && this.pairs.nextWaiting(this.role);
    return next === undefined ? due : [...due, this.check(next, nowMs)];
  }

  receive(message: StunMessage, bytes: Uint8Array, path: SenderOf<Base>, nowMs: number): CheckOutcome<Base> {
    if (message.method !== StunMethod.binding) return IGNORED;
    switch (message.class) {
      case StunClass.request:
        return this.request(message, bytes, path, nowMs);
      case StunClass.success:
      case StunClass.error:
        return this.response(message, bytes, path, nowMs);
      default:
        return IGNORED;
    }
  }

  private request(message: StunMessage, bytes: Uint8Array, { base, address, port }: SenderOf<Base>, nowMs: number): CheckOutcome<Base> {
    const { localKey: key } = this;
    const { crypto } = this.options;
    if (localUfragOf(message) !== this.credentials.ufrag || !hasIntegrity(bytes, message, key, crypto)) return IGNORED;
    const { transactionId, priority = 0 } = message;
    if (this.refusesRole(message)) {
      const conflict = serializeBindingError({ transactionId, code: ROLE_CONFLICT, reason: 'Role Conflict' }, key, crypto);
      return { send: [{ base, bytes: conflict, address, port }], proven: false, selects: false };
    }
    const reply = { base, bytes: serializeBindingSuccess({ transactionId, address, port }, key, crypto), address, port };
    const pair = this.pairs.add(base, { type: 'prflx', address, port, priority });
    if (pair === undefined) return { send: [reply], proven: false, selects: false };
    this.consented(pair, nowMs);
    const isUntried = this.nominated === undefined && (pair.state === 'waiting' || pair.state === 'failed');
    const send = isUntried && this.remote !== undefined ? [reply, this.check(pair, nowMs)] : [reply];
    if (this.role === 'controlled' && message.useCandidate && pair !== this.nominated) this.nominate(pair, nowMs);
    return { send, proven: true, selects: this.selects(pair) };
  }

  /** Both sides want the same role: the higher tie-breaker keeps its own. Source: RFC 8445 7.3.1.1. */
  private refusesRole({ controlling, controlled, tieBreaker }: StunMessage): boolean {
    const { role } = this;
    if (tieBreaker === undefined || (role === 'controlling' ? !controlling : !controlled)) return false;
    const isHigher = !isLower(this.tieBreaker, tieBreaker);
    if (isHigher === (role === 'controlling')) return true;
    this.role = role === 'controlling' ? 'controlled' : 'controlling';
    return false;
  }

  private response(message: StunMessage, bytes: Uint8Array, path: SenderOf<Base>, nowMs: number): CheckOutcome<Base> {
    const pair = this.pairs.get(path.base, path);
    const { remote } = this;
    if (pair?.check === undefined || remote === undefined) return IGNORED;
    const { crypto } = this.options;
    const { transaction, nominates } = pair.check;
    if (!crypto.equal(transaction.id, message.transactionId) || !hasIntegrity(bytes, message, remote.key, crypto)) return IGNORED;
    if (message.class === StunClass.error) {
      this.wasRefused(pair, message);
      return IGNORED;
    }
    this.consented(pair, nowMs);
    let send: readonly IceDatagram<Base>[] = [];
    if (pair !== this.nominated) {
      if (nominates && this.role === 'controlling') this.nominate(pair, nowMs);
      else if (pair.state === 'checking') send = this.succeeded(pair, nowMs);
    }
    return { send, proven: true, selects: this.selects(pair) };
  }

  private wasRefused(pair: Pair<Base>, { errorCode }: StunMessage): void {
    const { role } = pair.check!;
    if (pair === this.nominated) return;
    pair.check = undefined;
    pair.state = errorCode === ROLE_CONFLICT ? 'waiting' : 'failed';
    // A check of the peer may have changed ours meanwhile. RFC 8445 7.2.5.1.
    if (errorCode === ROLE_CONFLICT && role === this.role) this.role = role === 'controlling' ? 'controlled' : 'controlling';
  }

  private selects(pair: Pair<Base>): boolean {
    const wanted = this.nominated ?? this.told ?? pair; // DTLS need not wait for the nomination
    if (pair !== wanted || pair === this.told) return false;
    this.told = pair;
    return true;
  }

  private consented(pair: Pair<Base>, nowMs: number): void {
    if (this.nominated === undefined || pair === this.nominated) this.consentMs = nowMs;
  }

  private succeeded(pair: Pair<Base>, nowMs: number): readonly IceDatagram<Base>[] {
    pair.state = 'valid';
    pair.check = undefined;
    if (this.role === 'controlled' || this.nominated !== undefined) return [];
    for (const { check } of this.pairs) if (check?.nominates === true) return [];
    return [this.transmit(pair, true, nowMs)];
  }

  private nominate(pair: Pair<Base>, nowMs: number): void {
    this.nominated = pair;
    this.consentMs = nowMs;
    this.consentDueMs = this.nextConsentMs(nowMs);
  }

  private askForConsent(pair: Pair<Base>, nowMs: number): IceDatagram<Base> {
    this.consentDueMs = this.nextConsentMs(nowMs);
    return this.transmit(pair, this.role === 'controlling', nowMs);
  }

  private nextConsentMs(nowMs: number): number {
    return nowMs + CONSENT_INTERVAL_MS + (this.options.crypto.randomBytes(1)[0]! / 256) * CONSENT_JITTER_MS;
  }

  private check(pair: Pair<Base>, nowMs: number): IceDatagram<Base> {
    pair.state = 'checking';
    return this.transmit(pair, false, nowMs);
  }

  private transmit(pair: Pair<Base>, useCandidate: boolean, nowMs: number): IceDatagram<Base> {
    const { ufrag, key } = this.remote!;
    const { role, tieBreaker, credentials } = this;
    const { crypto, newTransactionId = () => crypto.randomBytes(TRANSACTION_ID_BYTES) } = this.options;
    const transactionId = newTransactionId();
    const username = `${ufrag}:${credentials.ufrag}`;
    const priority = PEER_REFLEXIVE_PREFERENCE * 2 ** 24 + (pair.base.priority % 2 ** 24);
    const bytes = serializeBindingRequest({ transactionId, username, priority, useCandidate, tieBreaker, role }, key, crypto);
    pair.check = { transaction: new StunTransaction(transactionId, bytes, { nowMs }), nominates: useCandidate, role };
    return datagramOf(pair, bytes);
  }

  /** The next that has answered is nominated then. */
  private giveUp(pair: Pair<Base>, nowMs: number): readonly IceDatagram<Base>[] {
    pair.state = 'failed';
    pair.check = undefined;
    for (const other of this.pairs) if (other.state === 'valid') return this.succeeded(other, nowMs);
    return [];
  }
}

/** Where a message came from, and where we received it. */
export interface SenderOf<Base> extends TransportAddress {
  readonly base: Base;
}

const IGNORED: CheckOutcome<never> = { send: [], proven: false, selects: false };

function datagramOf<Base>({ base, remote: { address, port } }: Pair<Base>, bytes: Uint8Array): IceDatagram<Base> {
  return { base, bytes, address, port };
}

function isLower(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! < b[i]!;
  return false;
}

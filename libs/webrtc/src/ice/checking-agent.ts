import { bytesFromUtf8 } from '@mediamesh/bytes';
import type { CryptoPort } from '@mediamesh/bytes';
import { hasIntegrity } from '../stun/integrity.ts';
import { StunClass, StunMethod, TRANSACTION_ID_BYTES } from '../stun/stun-message.ts';
import type { StunMessage } from '../stun/stun-message.ts';
import { serializeBindingError, serializeBindingRequest, serializeBindingSuccess } from '../stun/stun-writer.ts';
import { createIceCredentials, localUfragOf } from './lite-agent.ts';
import type { IceCredentials, IcePeer } from './lite-agent.ts';
import { MAX_REMOTE_CANDIDATES, transportAddress } from './remote-candidate.ts';
import type { RemoteCandidate } from './remote-candidate.ts';

/** How often `tick` wants to be called until a pair is nominated: one new check each. RFC 8445 14.2. */
export const CHECK_INTERVAL_MS = 50;
/** RFC 8445 14.3, RFC 8489 6.2.1. */
const FIRST_RETRANSMISSION_MS = 500;
const MAX_TRANSMISSIONS = 7;
const LAST_WAIT_MS = 16 * FIRST_RETRANSMISSION_MS;
/** RFC 7675 5.1: about every 5 s, at random between 4 and 6. */
const CONSENT_INTERVAL_MS = 4_000;
const CONSENT_JITTER_MS = 2_000;
const CONSENT_LIFETIME_MS = 30_000;
/** Of a peer-reflexive candidate on the only component. RFC 8445 5.1.2. */
const PEER_REFLEXIVE_PRIORITY = 110 * 2 ** 24 + 65_535 * 2 ** 8 + 255;
const ROLE_CONFLICT = 487;

export interface IceDatagram {
  readonly bytes: Uint8Array;
  readonly address: string;
  readonly port: number;
}

export interface CheckOutcome {
  readonly send: readonly IceDatagram[];
  /** Whoever sent this knows the session's passwords: DTLS may come from there. */
  readonly proven: boolean;
}

/** What the answer says of the peer. */
export interface RemoteIce extends IceCredentials {
  readonly candidates: readonly RemoteCandidate[];
}

type PairState = 'waiting' | 'checking' | 'valid' | 'failed';

interface Request {
  readonly transactionId: Uint8Array;
  readonly bytes: Uint8Array;
  /** With USE-CANDIDATE. */
  readonly nominates: boolean;
}

interface Pair {
  readonly remote: RemoteCandidate;
  state: PairState;
  /** Under way; of the nominated pair, the last one. */
  request: Request | undefined;
  transmissions: number;
  dueMs: number;
}

const IGNORED: CheckOutcome = { send: [], proven: false };

/**
 * The offerer's side of ICE: checks the peer's addresses, nominates the first that answers, and asks again and again for consent.
 *
 * Shape:  `setRemote` once; `receive` each STUN message, `tick` every CHECK_INTERVAL_MS, and every second once a pair is nominated; both
 *         return what is to be sent. All local addresses are one socket, of which the system chooses the address: a pair is a remote candidate.
 * Role:   controlling, always: an offer of WHIP and WHEP is answered by who is controlled. The tie-breaker is the highest, so that a
 *         peer which took the same role gives in.
 * Trust:  requests count with the integrity of our password, responses with that of the peer's, from the address that was asked.
 * Source: RFC 8445 6, 7, 8; RFC 7675 (consent).
 */
export class IceCheckingAgent {
  readonly credentials: IceCredentials;
  private readonly crypto: CryptoPort;
  private readonly localKey: Uint8Array;
  private readonly tieBreaker = new Uint8Array(8).fill(0xff);
  private remote: (IceCredentials & { readonly key: Uint8Array }) | undefined;
  /** By transport address, in the order of their checks. */
  private pairs = new Map<string, Pair>();
  private nominated: Pair | undefined;
  private consentMs: number | undefined;

  constructor(crypto: CryptoPort, credentials: IceCredentials = createIceCredentials(crypto)) {
    this.crypto = crypto;
    this.credentials = credentials;
    this.localKey = bytesFromUtf8(credentials.password);
  }

  /** Where media goes once both sides know it; undefined before. */
  get selected(): RemoteCandidate | undefined {
    return this.nominated?.remote;
  }

  /** Candidates beyond MAX_REMOTE_CANDIDATES are not checked. */
  setRemote({ ufrag, password, candidates }: RemoteIce): void {
    this.remote = { ufrag, password, key: bytesFromUtf8(password) };
    for (const candidate of [...candidates].sort((a, b) => b.priority - a.priority)) this.addPair(candidate);
  }

  hasLostConsent(nowMs: number): boolean {
    return this.consentMs !== undefined && nowMs - this.consentMs > CONSENT_LIFETIME_MS;
  }

  tick(nowMs: number): readonly IceDatagram[] {
    const { nominated } = this;
    if (nominated !== undefined) return nowMs < nominated.dueMs ? [] : [this.askForConsent(nominated, nowMs)];
    const due: IceDatagram[] = [];
    for (const pair of this.pairs.values()) {
      if (pair.request !== undefined && nowMs >= pair.dueMs) due.push(...this.transmitAgain(pair, pair.request, nowMs));
    }
    const next = this.remote && [...this.pairs.values()].find(({ state }) => state === 'waiting');
    return next === undefined ? due : [...due, this.check(next, nowMs)];
  }

  receive(message: StunMessage, bytes: Uint8Array, peer: IcePeer, nowMs: number): CheckOutcome {
    if (message.method !== StunMethod.binding) return IGNORED;
    switch (message.class) {
      case StunClass.request:
        return this.request(message, bytes, peer, nowMs);
      case StunClass.success:
      case StunClass.error:
        return this.response(message, bytes, peer, nowMs);
      default:
        return IGNORED;
    }
  }

  private request(message: StunMessage, bytes: Uint8Array, { address, port }: IcePeer, nowMs: number): CheckOutcome {
    const { crypto, localKey: key } = this;
    if (localUfragOf(message) !== this.credentials.ufrag || !hasIntegrity(bytes, message, key, crypto)) return IGNORED;
    const { transactionId, priority = 0 } = message;
    if (message.controlling) {
      const conflict = serializeBindingError({ transactionId, code: ROLE_CONFLICT, reason: 'Role Conflict' }, key, crypto);
      return { send: [{ bytes: conflict, address, port }], proven: false };
    }
    const reply = { bytes: serializeBindingSuccess({ transactionId, address, port }, key, crypto), address, port };
    const pair = this.pairs.get(transportAddress(address, port)) ?? this.addPair({ type: 'prflx', address, port, priority });
    if (pair === undefined) return { send: [reply], proven: false };
    if (this.nominated === undefined) this.consentMs = nowMs;
    const isUntried = pair.state === 'waiting' || pair.state === 'failed';
    return { send: isUntried && this.remote !== undefined ? [reply, this.check(pair, nowMs)] : [reply], proven: true };
  }

  private response(message: StunMessage, bytes: Uint8Array, peer: IcePeer, nowMs: number): CheckOutcome {
    const pair = this.pairs.get(transportAddress(peer.address, peer.port));
    const { remote } = this;
    if (pair?.request === undefined || remote === undefined) return IGNORED;
    const { transactionId, nominates } = pair.request;
    if (!this.crypto.equal(transactionId, message.transactionId) || !hasIntegrity(bytes, message, remote.key, this.crypto)) return IGNORED;
    if (message.class === StunClass.error) {
      if (pair !== this.nominated) fail(pair);
      return IGNORED;
    }
    if (pair === this.nominated || this.nominated === undefined) this.consentMs = nowMs;
    if (pair === this.nominated) return { send: [], proven: true };
    if (nominates) this.nominate(pair, nowMs);
    else if (pair.state === 'checking') return { send: this.succeeded(pair, nowMs), proven: true };
    return { send: [], proven: true };
  }

  private succeeded(pair: Pair, nowMs: number): readonly IceDatagram[] {
    pair.state = 'valid';
    pair.request = undefined;
    const isNominating = [...this.pairs.values()].some(({ request }) => request?.nominates === true);
    return isNominating ? [] : [this.transmit(pair, this.newRequest(pair, true), nowMs)];
  }

  private nominate(pair: Pair, nowMs: number): void {
    this.nominated = pair;
    this.consentMs = nowMs;
    pair.dueMs = this.nextConsentMs(nowMs);
  }

  private askForConsent(pair: Pair, nowMs: number): IceDatagram {
    const datagram = this.transmit(pair, this.newRequest(pair, true), nowMs);
    pair.dueMs = this.nextConsentMs(nowMs);
    return datagram;
  }

  private nextConsentMs(nowMs: number): number {
    return nowMs + CONSENT_INTERVAL_MS + (this.crypto.randomBytes(1)[0]! / 256) * CONSENT_JITTER_MS;
  }

  private check(pair: Pair, nowMs: number): IceDatagram {
    pair.state = 'checking';
    return this.transmit(pair, this.newRequest(pair, false), nowMs);
  }

  private newRequest(pair: Pair, nominates: boolean): Request {
    const { ufrag, key } = this.remote!;
    const transactionId = this.crypto.randomBytes(TRANSACTION_ID_BYTES);
    const bytes = serializeBindingRequest(
      {
        transactionId,
        username: `${ufrag}:${this.credentials.ufrag}`,
        priority: PEER_REFLEXIVE_PRIORITY,
        useCandidate: nominates,
        tieBreaker: this.tieBreaker,
        role: 'controlling',
      },
      key,
      this.crypto,
    );
    pair.transmissions = 0;
    return { transactionId, bytes, nominates };
  }

  private transmit(pair: Pair, request: Request, nowMs: number): IceDatagram {
    const { address, port } = pair.remote;
    pair.request = request;
    pair.transmissions++;
    pair.dueMs =
      nowMs + (pair.transmissions === MAX_TRANSMISSIONS ? LAST_WAIT_MS : FIRST_RETRANSMISSION_MS * 2 ** (pair.transmissions - 1));
    return { bytes: request.bytes, address, port };
  }

  /** Or gives the pair up; the next that has answered is nominated then. */
  private transmitAgain(pair: Pair, request: Request, nowMs: number): readonly IceDatagram[] {
    if (pair.transmissions < MAX_TRANSMISSIONS) return [this.transmit(pair, request, nowMs)];
    fail(pair);
    const valid = [...this.pairs.values()].find(({ state }) => state === 'valid');
    return valid === undefined ? [] : this.succeeded(valid, nowMs);
  }

  /** Undefined when there are too many. */
  private addPair(remote: RemoteCandidate): Pair | undefined {
    const key = transportAddress(remote.address, remote.port);
    const known = this.pairs.get(key);
    if (known !== undefined || this.pairs.size >= MAX_REMOTE_CANDIDATES) return known;
    const pair: Pair = { remote, state: 'waiting', request: undefined, transmissions: 0, dueMs: 0 };
    this.pairs.set(key, pair);
    return pair;
  }
}

function fail(pair: Pair): void {
  pair.state = 'failed';
  pair.request = undefined;
}

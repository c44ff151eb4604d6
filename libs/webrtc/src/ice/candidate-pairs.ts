import type { StunTransaction } from '../stun/stun-transaction.ts';
import type { TransportAddress } from '../stun/xor-address.ts';
import { MAX_REMOTE_CANDIDATES, transportAddress } from './remote-candidate.ts';
import type { RemoteCandidate } from './remote-candidate.ts';

/** From where we send: a socket, a connection, or an address at a TURN server. */
export interface IceBase {
  /** Of our candidate there. RFC 8445 5.1.2. */
  readonly priority: number;
  /** Whether candidates of the peer with this address are worth a check from here. */
  reaches(address: string): boolean;
}

export type PairState = 'waiting' | 'checking' | 'valid' | 'failed';

/** A check, or a request for consent, that is under way. */
export interface Check {
  readonly transaction: StunTransaction;
  /** With USE-CANDIDATE. */
  readonly nominates: boolean;
  readonly role: IceRole;
}

export type IceRole = 'controlling' | 'controlled';

export interface Pair<Base> {
  readonly base: Base;
  readonly remote: RemoteCandidate;
  state: PairState;
  /** Of the nominated pair, the last one. */
  check: Check | undefined;
}

/** From which of our addresses which of the peer's can be reached; up to MAX_REMOTE_CANDIDATES of each. Source: RFC 8445 6.1.2. */
export class CandidatePairs<Base extends IceBase> {
  private readonly byBase = new Map<Base, Map<string, Pair<Base>>>();

  /** Hot while nothing is nominated only. */
  *[Symbol.iterator](): Generator<Pair<Base>> {
    for (const pairs of this.byBase.values()) yield* pairs.values();
  }

  get(base: Base, { address, port }: TransportAddress): Pair<Base> | undefined {
    return this.byBase.get(base)?.get(transportAddress(address, port));
  }

  /** The known one, if there is one. Undefined when there are too many. */
  add(base: Base, remote: RemoteCandidate): Pair<Base> | undefined {
    const pairs = this.byBase.get(base) ?? new Map<string, Pair<Base>>();
    this.byBase.set(base, pairs);
    const key = transportAddress(remote.address, remote.port);
    const known = pairs.get(key);
    if (known !== undefined || pairs.size >= MAX_REMOTE_CANDIDATES) return known;
    const pair: Pair<Base> = { base, remote, state: 'waiting', check: undefined };
    pairs.set(key, pair);
    return pair;
  }

  remove(base: Base): void {
    this.byBase.delete(base);
  }

  /** The most promising one that was not checked yet. */
  nextWaiting(role: IceRole): Pair<Base> | undefined {
    let best: Pair<Base> | undefined;
    for (const pair of this)
      if (pair.state === 'waiting' && (best === undefined || priorityOf(pair, role) > priorityOf(best, role))) best = pair;
    return best;
  }
}

/** More than 53 bits count for nothing: the lower priority of both decides. Source: RFC 8445 6.1.2.3. */
function priorityOf<Base extends IceBase>({ base, remote }: Pair<Base>, role: IceRole): number {
  const [controlling, controlled] = role === 'controlling' ? [base.priority, remote.priority] : [remote.priority, base.priority];
  const isHigher = controlling > controlled ? 1 : 0;
  return 2 ** 32 * Math.min(controlling, controlled) + 2 * Math.max(controlling, controlled) + isHigher;
}

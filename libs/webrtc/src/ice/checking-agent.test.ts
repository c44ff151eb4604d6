import { bytesFromUtf8 } from '@mediamesh/bytes';
import { describe, expect, test } from 'vitest';
import { nodeCrypto } from '../node-crypto.cases.ts';
import { StunClass, parseStunMessage } from '../stun/stun-message.ts';
import { serializeBindingError, serializeBindingRequest, serializeBindingSuccess } from '../stun/stun-writer.ts';
import { CHECK_INTERVAL_MS, IceCheckingAgent } from './checking-agent.ts';
import type { CheckOutcome, IceDatagram } from './checking-agent.ts';
import type { IceBase } from './candidate-pairs.ts';
import { IceLiteAgent } from './lite-agent.ts';
import { MAX_REMOTE_CANDIDATES } from './remote-candidate.ts';
import type { RemoteCandidate } from './remote-candidate.ts';

const PORT = 8_189;
const candidate = (address: string, priority: number): RemoteCandidate => ({ type: 'host', address, port: PORT, priority });
const A = candidate('192.0.2.1', 300);
const B = candidate('192.0.2.2', 200);
const C = candidate('2001:db8::1', 100);
const peerAt = (address: string, port = PORT) => ({ address, port, key: `${address}:${port}` });

const SOCKET: IceBase = { priority: 2_130_706_431, reaches: () => true };

/** An agent, its clock, and a peer that is ICE-lite at some of its addresses. */
class Rig {
  readonly agent = new IceCheckingAgent({ crypto: nodeCrypto, role: 'controlling', bases: [SOCKET] });
  readonly peer = new IceLiteAgent(nodeCrypto);
  nowMs = 0;
  /** When what was sent where, and whether it nominates. */
  readonly sent: (readonly [number, string, boolean])[] = [];
  readonly answering: Set<string>;

  constructor(candidates: readonly RemoteCandidate[], answering: readonly RemoteCandidate[] = []) {
    this.answering = new Set(answering.map(({ address }) => address));
    this.agent.setRemote({ ...this.peer.credentials, candidates });
  }

  run(forMs: number): this {
    for (const end = this.nowMs + forMs; this.nowMs < end; this.nowMs += CHECK_INTERVAL_MS) this.deliver(this.agent.tick(this.nowMs));
    return this;
  }

  deliver(datagrams: readonly IceDatagram<IceBase>[]): void {
    for (const { bytes, address, port } of datagrams) {
      const message = parseStunMessage(bytes);
      if (message.class !== StunClass.request) continue;
      this.sent.push([this.nowMs, address, message.useCandidate]);
      if (!this.answering.has(address)) continue;
      const outcome = this.peer.receive(message, bytes, peerAt('198.51.100.1', 50_000));
      if (outcome.kind === 'reply') this.receive(outcome.bytes, address, port);
    }
  }

  receive(bytes: Uint8Array, address: string, port = PORT): CheckOutcome<IceBase> {
    const outcome = this.agent.receive(parseStunMessage(bytes), bytes, { base: SOCKET, address, port }, this.nowMs);
    this.deliver(outcome.send);
    return outcome;
  }

  /** Of the peer to us. */
  request(
    address: string,
    changes: { readonly role?: 'controlling' | 'controlled'; readonly password?: string; readonly username?: string } = {},
  ) {
    const { ufrag, password } = this.agent.credentials;
    const request = {
      transactionId: new Uint8Array(12).fill(3),
      username: changes.username ?? `${ufrag}:${this.peer.credentials.ufrag}`,
      priority: 7,
      useCandidate: false,
      tieBreaker: new Uint8Array(8),
      role: changes.role ?? ('controlled' as const),
    };
    return this.receive(serializeBindingRequest(request, bytesFromUtf8(changes.password ?? password), nodeCrypto), address);
  }
}

describe('checks', () => {
  test('the first that answers is nominated, and then media may go', () => {
    const rig = new Rig([B, A], [A]);
    expect(rig.agent.selected).toBeUndefined();
    rig.run(CHECK_INTERVAL_MS);
    expect(rig.sent).toEqual([
      [0, A.address, false],
      [0, A.address, true],
    ]);
    expect(rig.agent.selected?.remote).toBe(A);
  });

  test('one begins every 50 ms, by priority; one without an answer does not hold up the others', () => {
    const rig = new Rig([C, B, A], [C]).run(200);
    expect(rig.sent).toEqual([
      [0, A.address, false],
      [50, B.address, false],
      [100, C.address, false],
      [100, C.address, true],
    ]);
    expect(rig.agent.selected?.remote).toBe(C);
  });

  test('a lost check is sent again after half a second, then after twice as long each time, seven times in all', () => {
    const rig = new Rig([A]).run(60_000);
    expect(rig.sent.map(([at]) => at)).toEqual([0, 500, 1_500, 3_500, 7_500, 15_500, 31_500]);
    expect(rig.agent.selected).toBeUndefined();
  });

  test('an answer to a check that was sent again counts', () => {
    const rig = new Rig([A]).run(1_000);
    rig.answering.add(A.address);
    rig.run(1_000);
    expect(rig.agent.selected?.remote).toBe(A);
  });

  test('when the nomination gets no answer, the next that has answered is nominated', () => {
    const rig = new Rig([A, B], [A, B]);
    const [first] = rig.agent.tick(0);
    const message = parseStunMessage(first!.bytes);
    const reply = rig.peer.receive(message, first!.bytes, peerAt('198.51.100.1'));
    rig.answering.delete(A.address);
    if (reply.kind === 'reply') rig.receive(reply.bytes, A.address);
    rig.run(50_000);
    expect(rig.agent.selected?.remote).toBe(B);
    expect(rig.sent.filter(([, address, nominates]) => address === A.address && nominates)).toHaveLength(7);
  });

  test('an address that refuses is given up', () => {
    const rig = new Rig([A]);
    const [first] = rig.agent.tick(0);
    const { transactionId } = parseStunMessage(first!.bytes);
    const refusal = { transactionId, code: 400, reason: 'Bad Request' };
    rig.receive(serializeBindingError(refusal, bytesFromUtf8(rig.peer.credentials.password), nodeCrypto), A.address);
    expect(rig.run(5_000).sent).toEqual([]);
  });

  test.each([
    ['from another address', B.address, {}],
    ['of another transaction', A.address, { transactionId: new Uint8Array(12) }],
    ['with another password', A.address, { password: 'wrong' }],
  ])('an answer %s does not count', (_name, from, changes: { transactionId?: Uint8Array; password?: string }) => {
    const rig = new Rig([A]);
    const [first] = rig.agent.tick(0);
    const { transactionId } = parseStunMessage(first!.bytes);
    const success = { transactionId: changes.transactionId ?? transactionId, address: '198.51.100.1', port: 1 };
    const key = bytesFromUtf8(changes.password ?? rig.peer.credentials.password);
    expect(rig.receive(serializeBindingSuccess(success, key, nodeCrypto), from)).toEqual({ send: [], proven: false, selects: false });
  });

  test(`${MAX_REMOTE_CANDIDATES} candidates are checked, and no more`, () => {
    const many = Array.from({ length: MAX_REMOTE_CANDIDATES + 1 }, (_, index) => candidate(`203.0.113.${index}`, 1_000 - index));
    const rig = new Rig(many).run((many.length + 5) * CHECK_INTERVAL_MS);
    expect(new Set(rig.sent.map(([, address]) => address)).size).toBe(MAX_REMOTE_CANDIDATES);
    expect(rig.request('203.0.113.200')).toMatchObject({ proven: false }); // and no address is learnt
  });
});

describe('requests of the peer', () => {
  test('are answered, and checked back at once: an address that no candidate told is learnt', () => {
    const rig = new Rig([], [B]);
    const { send, proven } = rig.request(B.address);
    expect(proven).toBe(true);
    expect(send.map(({ bytes }) => parseStunMessage(bytes).class)).toEqual([StunClass.success, StunClass.request]);
    expect(rig.agent.selected?.remote).toMatchObject({ type: 'prflx', address: B.address, port: PORT });
  });

  test('of a known address are one check with ours, however it is spelled', () => {
    const rig = new Rig([C]).run(50);
    expect(rig.request('2001:DB8:0::1').send).toHaveLength(1);
    expect(rig.sent).toHaveLength(1);
  });

  test('of who wants to control, too, are refused', () => {
    const { send, proven } = new Rig([A]).request(A.address, { role: 'controlling' });
    expect(send.map(({ bytes }) => parseStunMessage(bytes).class)).toEqual([StunClass.error]);
    expect(proven).toBe(false);
  });

  test.each([
    ['another password', { password: 'wrong' }],
    ['another user fragment', { username: 'other:them' }],
  ])('with %s get no answer', (_name, changes) => {
    expect(new Rig([A]).request(A.address, changes)).toEqual({ send: [], proven: false, selects: false });
  });
});

describe('consent', () => {
  const seconds = (rig: Rig, count: number): void => {
    for (const end = rig.nowMs + count * 1_000; rig.nowMs < end; rig.nowMs += 1_000) rig.deliver(rig.agent.tick(rig.nowMs));
  };

  test('is asked for every 4 to 6 s, and lasts while it is given', () => {
    const rig = new Rig([A], [A]).run(CHECK_INTERVAL_MS);
    seconds(rig, 300);
    expect(rig.sent.length).toBeGreaterThan(300 / 7);
    expect(rig.sent.length).toBeLessThan(300 / 4 + 3);
    expect(rig.agent.hasLostConsent(rig.nowMs)).toBe(false);
  });

  test('is lost after 30 s without an answer', () => {
    const rig = new Rig([A], [A]).run(CHECK_INTERVAL_MS);
    rig.answering.clear();
    expect(rig.agent.hasLostConsent(30_000)).toBe(false);
    expect(rig.agent.hasLostConsent(30_001)).toBe(true);
  });

  test('cannot be lost before it was given', () => {
    expect(new Rig([A]).agent.hasLostConsent(60_000)).toBe(false);
  });
});

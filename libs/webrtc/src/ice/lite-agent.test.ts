import { bytesFromUtf8 } from '@mediamesh/bytes';
import { describe, expect, test } from 'vitest';
import { nodeCrypto } from '../node-crypto.cases.ts';
import { StunClass, parseStunMessage } from '../stun/stun-message.ts';
import { serializeBindingRequest } from '../stun/stun-writer.ts';
import { IceLiteAgent, createIceCredentials, localUfragOf } from './lite-agent.ts';
import type { IceOutcome } from './lite-agent.ts';
import { readStunMessage } from '../stun/read-stun-message.ts';

const PEER = { address: '192.0.2.7', port: 40_000, key: '192.0.2.7:40000' };

interface Check {
  readonly username?: string;
  readonly password?: string;
  readonly useCandidate?: boolean;
  readonly role?: 'controlling' | 'controlled';
}

function check(agent: IceLiteAgent, changes: Check = {}): IceOutcome {
  const { ufrag, password } = agent.credentials;
  const bytes = serializeBindingRequest(
    {
      transactionId: new Uint8Array(12).fill(7),
      username: changes.username ?? `${ufrag}:them`,
      priority: 1,
      useCandidate: changes.useCandidate ?? false,
      tieBreaker: new Uint8Array(8),
      role: changes.role ?? 'controlling',
    },
    bytesFromUtf8(changes.password ?? password),
    nodeCrypto,
  );
  return agent.receive(parseStunMessage(bytes), bytes, PEER);
}

describe('ICE lite', () => {
  test('a check with our credentials is answered', () => {
    const outcome = check(new IceLiteAgent(nodeCrypto));
    expect(outcome).toMatchObject({ kind: 'reply', valid: true, nominated: false });
    if (outcome.kind !== 'reply') return;
    expect(parseStunMessage(outcome.bytes)).toMatchObject({ class: StunClass.success, transactionId: new Uint8Array(12).fill(7) });
  });

  test('USE-CANDIDATE nominates', () => {
    expect(check(new IceLiteAgent(nodeCrypto), { useCandidate: true })).toMatchObject({ valid: true, nominated: true });
  });

  test.each([
    ['another password', { password: 'wrong' }],
    ['another user fragment', { username: 'other:them' }],
    ['a user name without a colon', { username: 'other' }],
    ['an empty user name', { username: '' }],
  ])('%s gets no answer', (_name, changes) => {
    expect(check(new IceLiteAgent(nodeCrypto), changes)).toEqual({ kind: 'ignored' });
  });

  test('a peer that wants to be controlled too is told of the conflict', () => {
    const outcome = check(new IceLiteAgent(nodeCrypto), { role: 'controlled', useCandidate: true });
    expect(outcome).toMatchObject({ kind: 'reply', valid: false, nominated: false });
    if (outcome.kind === 'reply') expect(parseStunMessage(outcome.bytes).class).toBe(StunClass.error);
  });

  test('credentials are long enough, of the characters of ICE, and never the same', () => {
    const made = Array.from({ length: 50 }, () => createIceCredentials(nodeCrypto));
    expect(new Set(made.map(({ password }) => password)).size).toBe(50);
    for (const { ufrag, password } of made) {
      expect(ufrag).toMatch(/^[A-Za-z0-9+/]{4,256}$/);
      expect(password).toMatch(/^[A-Za-z0-9+/]{22,256}$/);
    }
  });

  test('what is no STUN message is undefined, and a message without a user name is for nobody', () => {
    expect(readStunMessage(new Uint8Array(30))).toBeUndefined();
    const bytes = new Uint8Array(20);
    bytes.set([0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42]);
    expect(localUfragOf(readStunMessage(bytes)!)).toBeUndefined();
  });
});

import { ByteWriter, bytesFromUtf8 } from '@mediamesh/bytes';
import { describe, expect, test } from 'vitest';
import { nodeCrypto } from '../node-crypto.cases.ts';
import { hasIntegrity } from '../stun/integrity.ts';
import { StunAttribute, StunClass, StunMethod, parseStunMessage } from '../stun/stun-message.ts';
import type { StunMessage } from '../stun/stun-message.ts';
import { addressMask, serializeStun } from '../stun/stun-writer.ts';
import type { StunAttributeValue } from '../stun/stun-writer.ts';
import { xorAddressValue } from '../stun/xor-address.ts';
import { channelMessages } from './channel-data.ts';
import { MAX_TURN_PEERS, TurnClient } from './turn-client.ts';
import type { TurnReceived } from './turn-client.ts';

const USER = { username: 'ann', password: 'secret' };
const REALM = 'example.org';
const KEY = nodeCrypto.hash('md5', bytesFromUtf8(`ann:${REALM}:secret`));
const RELAYED = { address: '198.51.100.9', port: 49_152 };
const PEER = { address: '192.0.2.7', port: 5_000 };
const STRANGER = { address: '192.0.2.8', port: 5_000 };
const LIFETIME_S = 600;

const uint32 = (value: number): Uint8Array => new ByteWriter().u32(value).finish();
const errorValue = (code: number): Uint8Array =>
  new ByteWriter()
    .u16(0)
    .u8(Math.floor(code / 100))
    .u8(code % 100)
    .finish();

interface Answer {
  readonly error?: number;
  readonly attributes?: readonly StunAttributeValue[];
  /** `null`: without integrity. */
  readonly key?: Uint8Array | null;
}

/** A client, and the answers that a server would give. */
class Rig {
  readonly turn: TurnClient;
  /** What was sent, and not looked at yet. */
  private sent: Uint8Array[] = [];

  constructor(isReliable = false) {
    this.turn = new TurnClient(nodeCrypto, USER, isReliable);
    this.take(this.turn.start(0));
  }

  take(messages: readonly Uint8Array[]): void {
    this.sent.push(...messages);
  }

  requests(): readonly StunMessage[] {
    return this.sent.splice(0).map(parseStunMessage);
  }

  /** The one request that was sent since. */
  request(): { readonly message: StunMessage; readonly bytes: Uint8Array } {
    const [bytes, ...more] = this.sent.splice(0);
    expect(more).toEqual([]);
    return { message: parseStunMessage(bytes!), bytes: bytes! };
  }

  answer({ method, transactionId }: StunMessage, { error, attributes = [], key = KEY }: Answer, nowMs = 0): TurnReceived {
    const all = error === undefined ? attributes : [...attributes, [StunAttribute.errorCode, errorValue(error)] as const];
    const head = { class: error === undefined ? StunClass.success : StunClass.error, method: method as StunMethod, transactionId };
    const received = this.turn.receive(serializeStun(head, all, key === null ? undefined : { key, crypto: nodeCrypto }), nowMs);
    this.take(received.send);
    return received;
  }

  challenge(message: StunMessage, error: number, nonce: string): void {
    const attributes = [[StunAttribute.realm, bytesFromUtf8(REALM)] as const, [StunAttribute.nonce, bytesFromUtf8(nonce)] as const];
    this.answer(message, { error, attributes, key: null });
  }

  allocation({ transactionId }: StunMessage): Answer {
    const relayed = xorAddressValue(RELAYED, addressMask(transactionId));
    return { attributes: [[StunAttribute.xorRelayedAddress, relayed] as const, [StunAttribute.lifetime, uint32(LIFETIME_S)] as const] };
  }

  allocate(): this {
    this.challenge(this.request().message, 401, 'n1');
    const { message } = this.request();
    this.answer(message, this.allocation(message));
    expect(this.turn.state).toBe('allocated');
    return this;
  }

  data(from: typeof PEER): TurnReceived {
    const transactionId = nodeCrypto.randomBytes(12);
    const attributes = [
      [StunAttribute.xorPeerAddress, xorAddressValue(from, addressMask(transactionId))] as const,
      [StunAttribute.data, bytesFromUtf8('hello')] as const,
    ];
    return this.turn.receive(serializeStun({ class: StunClass.indication, method: StunMethod.data, transactionId }, attributes), 0);
  }
}

describe('an allocation', () => {
  test('is asked for, and again with the credentials that the server wants to see', () => {
    const rig = new Rig();
    const first = rig.request().message;
    expect(first).toMatchObject({ method: StunMethod.allocate, class: StunClass.request });
    expect(first.username).toBeUndefined();
    rig.challenge(first, 401, 'n1');
    const { message, bytes } = rig.request();
    expect(message).toMatchObject({ method: StunMethod.allocate, username: 'ann', realm: REALM, nonce: bytesFromUtf8('n1') });
    expect(hasIntegrity(bytes, message, KEY, nodeCrypto)).toBe(true);
    rig.answer(message, rig.allocation(message));
    expect([rig.turn.state, rig.turn.relayed]).toEqual(['allocated', RELAYED]);
  });

  test.each([
    ['without integrity', null],
    ['with that of another password', bytesFromUtf8('other')],
  ])('an answer %s does not count', (_name, key) => {
    const rig = new Rig();
    rig.challenge(rig.request().message, 401, 'n1');
    const { message } = rig.request();
    rig.answer(message, { ...rig.allocation(message), key });
    expect(rig.turn.state).toBe('allocating');
    rig.answer(message, { error: 486, key });
    expect(rig.turn.state).toBe('allocating');
  });

  test('a stale nonce is replaced, a few times', () => {
    const rig = new Rig();
    rig.challenge(rig.request().message, 401, 'n1');
    for (const nonce of ['n2', 'n3']) rig.challenge(rig.request().message, 438, nonce);
    const { message } = rig.request();
    expect(message.nonce).toEqual(bytesFromUtf8('n3'));
    rig.challenge(message, 438, 'n4');
    expect([rig.turn.state, rig.turn.failure]).toEqual(['failed', 'it answers with the error 438']);
  });

  test('wrong credentials are said', () => {
    const rig = new Rig();
    rig.challenge(rig.request().message, 401, 'n1');
    rig.challenge(rig.request().message, 401, 'n2');
    expect([rig.turn.state, rig.turn.failure]).toEqual(['failed', 'it refuses the credentials (401): check username and password']);
  });

  test('a silent server is asked seven times over UDP, once over TCP', () => {
    for (const [isReliable, times] of [
      [false, 7],
      [true, 1],
    ] as const) {
      const rig = new Rig(isReliable);
      for (let nowMs = 0; nowMs <= 40_000; nowMs += 100) rig.take(rig.turn.tick(nowMs));
      expect(rig.requests()).toHaveLength(times);
      expect([rig.turn.state, rig.turn.failure]).toEqual(['failed', 'it does not answer']);
    }
  });

  test('is refreshed in the middle of its life, and given back at the end', () => {
    const rig = new Rig().allocate();
    rig.take(rig.turn.tick(299_999));
    expect(rig.requests()).toEqual([]);
    rig.take(rig.turn.tick(300_000));
    const { message } = rig.request();
    expect(message).toMatchObject({ method: StunMethod.refresh, username: 'ann' });
    expect(message.lifetimeS).toBeUndefined();
    rig.answer(message, { attributes: [[StunAttribute.lifetime, uint32(LIFETIME_S)]] }, 300_000);
    rig.take(rig.turn.close());
    expect(rig.request().message).toMatchObject({ method: StunMethod.refresh, lifetimeS: 0 });
    expect(rig.turn.close()).toEqual([]);
  });

  test('is lost when the server refuses to refresh it', () => {
    const rig = new Rig().allocate();
    rig.take(rig.turn.tick(300_000));
    rig.answer(rig.request().message, { error: 437 }, 300_000);
    expect(rig.turn.state).toBe('failed');
    expect(rig.turn.sendTo(PEER, new Uint8Array(1), 0)).toEqual([]);
  });
});

describe('peers', () => {
  const hello = bytesFromUtf8('hello');
  const allocatedFor = (peer = PEER): Rig => {
    const rig = new Rig().allocate();
    rig.take(rig.turn.sendTo(peer, hello, 0));
    return rig;
  };

  test('what is sent first asks for the permission', () => {
    const rig = allocatedFor();
    const [permission, indication] = rig.requests();
    expect(permission).toMatchObject({ method: StunMethod.createPermission, peer: PEER, username: 'ann' });
    expect(indication).toMatchObject({ class: StunClass.indication, method: StunMethod.send, peer: PEER, data: hello });
    rig.take(rig.turn.sendTo(PEER, hello, 1));
    expect(rig.request().message.method).toBe(StunMethod.send);
  });

  test('a peer that the server refuses is sent nothing', () => {
    const rig = allocatedFor();
    rig.answer(rig.requests()[0]!, { error: 403 });
    expect(rig.turn.sendTo(PEER, hello, 1)).toEqual([]);
    expect(rig.turn.state).toBe('allocated');
  });

  test('data comes from those that we have sent to, at whatever port', () => {
    const rig = allocatedFor();
    expect(rig.data({ ...PEER, port: 9 }).data).toEqual({ from: { ...PEER, port: 9 }, bytes: hello });
    expect(rig.data(STRANGER).data).toBeUndefined();
  });

  test('a channel makes messages short, once the server has confirmed it', () => {
    const rig = allocatedFor();
    rig.requests();
    rig.take(rig.turn.bind(PEER, 0));
    expect(rig.turn.bind(PEER, 0)).toEqual([]);
    expect(rig.turn.channelOf(PEER)).toBeUndefined();
    const { message } = rig.request();
    expect(message).toMatchObject({ method: StunMethod.channelBind, peer: PEER });
    rig.answer(message, {});
    expect(rig.turn.channelOf(PEER)).toBe(0x4000);
    const short = channelMessages(hello, { offsets: [0], sizes: [5], count: 1 }, 0x4000, false).bytes;
    expect(rig.turn.sendTo(PEER, hello, 1)).toEqual([short]);
    expect(rig.turn.receive(short, 1).data).toEqual({ from: PEER, bytes: hello });
    expect(rig.turn.receive(channelMessages(hello, { offsets: [0], sizes: [5], count: 1 }, 0x4001, false).bytes, 1)).toEqual({ send: [] });
  });

  test('permissions of those that are in use are refreshed, and channels; others lapse', () => {
    const rig = allocatedFor();
    rig.take(rig.turn.sendTo(STRANGER, hello, 0));
    rig.take(rig.turn.bind(PEER, 0));
    for (const message of rig.requests()) if (message.class === StunClass.request) rig.answer(message, {});
    const asked: (readonly [number, number, string])[] = [];
    for (let nowMs = 1_000; nowMs <= 1_000_000; nowMs += 1_000) {
      rig.turn.sendTo(PEER, hello, nowMs);
      rig.take(rig.turn.tick(nowMs));
      for (const message of rig.requests()) {
        const refreshes = message.method === StunMethod.refresh;
        rig.answer(message, refreshes ? { attributes: [[StunAttribute.lifetime, uint32(LIFETIME_S)]] } : {}, nowMs);
        if (!refreshes) asked.push([nowMs / 1_000, message.method, message.peer!.address]);
      }
    }
    expect(asked.filter(([, method]) => method === StunMethod.channelBind).map(([at]) => at)).toEqual([300, 600, 900]);
    const permissions = asked.filter(([, method]) => method === StunMethod.createPermission);
    expect(permissions.filter(([, , address]) => address === PEER.address).map(([at]) => at)).toEqual([240, 480, 720, 960]);
    expect(permissions.filter(([, , address]) => address === STRANGER.address).map(([at]) => at)).toEqual([240]);
  });

  test(`there are ${MAX_TURN_PEERS}, and no more`, () => {
    const rig = new Rig().allocate();
    const peerAt = (index: number) => ({ address: `192.0.2.${index}`, port: 1 });
    for (let i = 0; i < MAX_TURN_PEERS; i++) expect(rig.turn.sendTo(peerAt(i), hello, 0)).toHaveLength(2);
    expect(rig.turn.sendTo(peerAt(MAX_TURN_PEERS), hello, 0)).toEqual([]);
  });
});

import { describe, expect, test } from 'vitest';
import { nodeCrypto } from '../node-crypto.cases.ts';
import { ChannelPair } from './association.cases.ts';
import type { Fate } from './association.cases.ts';
import { SctpAssociation } from './association.ts';
import type { SctpInitChunk } from './chunks.ts';
import { MAX_PEER_CHANNELS } from './data-channels.ts';
import { SEND_BUFFER_BYTES } from './outbound-data.ts';
import { parseSctpPacket, serializeSctpPacket } from './packet.ts';

const OPEN = { label: 'KLV', ordered: false };

/** A number generator that gives the same every time. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Of each size, each byte by its place. */
const messageOf = (index: number): Uint8Array =>
  Uint8Array.from({ length: 1 + ((index * 977) % 5_000) }, (_, at) => (at * 7 + index) & 0xff);
const byText = (messages: readonly Uint8Array[]): readonly string[] => messages.map((data) => Buffer.from(data).toString('hex')).sort();

describe.each([
  ['the client begins', [0]],
  ['the server begins', [1]],
  ['both begin', [0, 1]],
] as const)('%s', (_name, who) => {
  test('channels are opened, and carry messages both ways', () => {
    const pair = new ChannelPair();
    const { id, output } = pair.peers[1].open(OPEN, 0);
    pair.did(1, output);
    pair.start(...who).run();
    expect(pair.events[0]).toEqual([{ kind: 'opened', id: 1, open: OPEN }]);
    pair.did(1, pair.peers[1].send(id, messageOf(3), pair.nowMs));
    pair.did(1, pair.peers[1].send(id, new Uint8Array(), pair.nowMs));
    const theirs = pair.peers[0].open({ label: 'back', ordered: true }, pair.nowMs);
    pair.did(0, theirs.output);
    pair.did(0, pair.peers[0].send(theirs.id, Uint8Array.of(1, 2), pair.nowMs));
    pair.run();
    expect(pair.messages(0)).toEqual([messageOf(3), new Uint8Array()]);
    expect(pair.events[1]).toEqual([
      { kind: 'opened', id: 0, open: { label: 'back', ordered: true } },
      { kind: 'message', id: 0, data: Uint8Array.of(1, 2), isText: false },
    ]);
  });
});

describe.each([1, 2, 3, 4, 5, 6, 7, 8])('a network that loses, doubles and reorders, %i', (seed) => {
  const random = generator(seed);
  const fate = (): Fate => {
    const delay = (): number => 5 + Math.floor(60 * random());
    if (random() < 0.2) return [];
    return random() < 0.1 ? [delay(), delay()] : [delay()];
  };

  test.each([true, false])('ordered %s: every message comes once', (ordered) => {
    const pair = new ChannelPair(fate);
    const { id, output } = pair.peers[0].open({ label: 'x', ordered }, 0);
    pair.did(0, output);
    pair.start(0, 1);
    pair.run(() => pair.events[1].length > 0);
    const messages = Array.from({ length: 100 }, (_, index) => messageOf(index));
    let sent = 0;
    const sendAll = (): void => {
      while (sent < messages.length) {
        const taken = pair.peers[0].send(id, messages[sent]!, pair.nowMs);
        if (taken === undefined) return;
        pair.did(0, taken);
        sent++;
      }
    };
    pair.run(() => (sendAll(), pair.messages(1).length === messages.length));
    if (ordered) expect(pair.messages(1)).toEqual(messages);
    else expect(byText(pair.messages(1))).toEqual(byText(messages));
    pair.run(); // what is still under way changes nothing
    expect(pair.messages(1)).toHaveLength(messages.length);
  });
});

test('a lost piece comes again without waiting for a timeout', () => {
  let dropped = 0;
  const isLarge = (bytes: Uint8Array): boolean => bytes.length > 1_000;
  const pair = new ChannelPair((from, bytes) => (from === 0 && isLarge(bytes) && dropped++ === 0 ? [] : [10]));
  const { id, output } = pair.peers[0].open(OPEN, 0);
  pair.did(0, output);
  pair.start(0).run();
  const begin = pair.nowMs;
  pair.did(0, pair.peers[0].send(id, new Uint8Array(20_000).fill(1), pair.nowMs));
  pair.run(() => pair.messages(1).length > 0);
  expect(pair.nowMs - begin).toBeLessThan(200);
});

describe('a peer that does not answer', () => {
  test('the handshake: given up', () => {
    const pair = new ChannelPair(() => []);
    pair.start(0).run();
    expect(pair.events[0]).toEqual([{ kind: 'closed', reason: 'the peer has no SCTP' }]);
    expect(pair.sentPackets).toBe(9);
    expect(pair.peers[0].dueMs).toBeUndefined();
  });

  test('messages: what it makes us keep is bounded, and the end comes', () => {
    let isDead = false;
    const pair = new ChannelPair(() => (isDead ? [] : [10]));
    const { id, output } = pair.peers[0].open(OPEN, 0);
    pair.did(0, output);
    pair.start(0).run();
    isDead = true;
    const message = new Uint8Array(1_000).fill(1);
    let taken = 0;
    for (let sent = pair.peers[0].send(id, message, pair.nowMs); sent !== undefined; taken++) {
      pair.did(0, sent);
      sent = pair.peers[0].send(id, message, pair.nowMs);
    }
    expect(taken).toBe(Math.floor(SEND_BUFFER_BYTES / message.length));
    expect(pair.sentPackets).toBeLessThan(20); // the window is small while nothing comes back
    pair.run();
    expect(pair.events[0].at(-1)).toEqual({ kind: 'closed', reason: 'the peer acknowledges nothing' });
  });
});

describe('an established association', () => {
  const established = (): ChannelPair => {
    const pair = new ChannelPair();
    pair.start(0).run();
    return pair;
  };

  test('ends when the peer closes', () => {
    const pair = established();
    pair.did(0, pair.peers[0].close(pair.nowMs));
    pair.run();
    expect(pair.events).toEqual([[{ kind: 'closed', reason: 'closed' }], [{ kind: 'closed', reason: 'aborted by the peer' }]]);
    expect(pair.peers[0].close(pair.nowMs)).toEqual({ send: [], events: [] });
  });

  test('knows a late INIT, and changes nothing', () => {
    const first: Uint8Array[] = [];
    const pair = new ChannelPair((from, bytes) => (from === 0 && first.push(bytes), [10]));
    pair.start(0).run();
    pair.did(1, pair.peers[1].receive(first[0]!, pair.nowMs));
    const { output } = pair.peers[1].open(OPEN, pair.nowMs);
    pair.did(1, output);
    pair.run();
    expect(pair.events[0]).toEqual([{ kind: 'opened', id: 1, open: OPEN }]);
  });

  test(`has up to ${MAX_PEER_CHANNELS} channels of a peer`, () => {
    const pair = established();
    for (let i = 0; i <= MAX_PEER_CHANNELS; i++) pair.did(0, pair.peers[0].open(OPEN, pair.nowMs).output);
    pair.run();
    expect(pair.events[1]).toHaveLength(MAX_PEER_CHANNELS);
  });
});

describe('packets that are not of this association', () => {
  const connected = (): {
    readonly association: SctpAssociation;
    readonly tag: number;
    readonly initialTsn: number;
    readonly ownTsn: number;
  } => {
    const [ours, theirs] = [new SctpAssociation(nodeCrypto), new SctpAssociation(nodeCrypto)];
    const [init] = ours.open(0).send;
    const [initAck] = theirs.receive(init!, 0).send;
    const [echo] = ours.receive(initAck!, 0).send;
    const [ack] = theirs.receive(echo!, 0).send;
    expect(ours.receive(ack!, 0).events).toEqual([{ kind: 'established' }]);
    const { initialTsn } = parseSctpPacket(initAck!).chunks[0] as SctpInitChunk;
    const { initialTsn: ownTsn } = parseSctpPacket(init!).chunks[0] as SctpInitChunk;
    return { association: ours, tag: parseSctpPacket(ack!).verificationTag, initialTsn, ownTsn };
  };
  const data = (tsn: number, more: object = {}) =>
    ({
      type: 'data',
      tsn,
      streamId: 0,
      streamSequence: 0,
      protocolId: 53,
      unordered: false,
      beginning: true,
      ending: true,
      payload: Uint8Array.of(1),
      ...more,
    }) as const;

  test('a wrong tag is a packet of no matter', () => {
    const { association, tag, initialTsn } = connected();
    expect(association.receive(serializeSctpPacket(tag ^ 1, [data(initialTsn)]), 0)).toEqual({ send: [], events: [] });
    expect(association.receive(serializeSctpPacket(tag ^ 1, [{ type: 'abort', value: new Uint8Array() }]), 0).events).toEqual([]);
    expect(association.receive(serializeSctpPacket(tag, [data(initialTsn)]), 0).events).toHaveLength(1);
  });

  test('a cookie that we did not give opens nothing', () => {
    const association = new SctpAssociation(nodeCrypto);
    const init = { type: 'init', tag: 5, receiveWindow: 1500, outboundStreams: 1, inboundStreams: 1, initialTsn: 1 } as const;
    const [initAck] = association.receive(serializeSctpPacket(0, [init]), 0).send;
    const { tag } = parseSctpPacket(initAck!).chunks[0] as SctpInitChunk;
    const echo = serializeSctpPacket(tag, [{ type: 'cookieEcho', value: new Uint8Array(16) }]);
    expect(association.receive(echo, 0)).toEqual({ send: [], events: [] });
    expect(association.isEstablished).toBe(false);
  });

  test.each([
    ['acknowledges what was not sent', { type: 'sack', cumulativeTsn: 0, receiveWindow: 0, gaps: [] }],
    ['uses a stream that was not granted', data(0, { streamId: 1_024 })],
  ] as const)('who %s is sent away', (_name, chunk) => {
    const { association, tag, initialTsn, ownTsn } = connected();
    const placed = chunk.type === 'sack' ? { ...chunk, cumulativeTsn: ownTsn } : { ...chunk, tsn: initialTsn };
    const { send, events } = association.receive(serializeSctpPacket(tag, [placed]), 0);
    expect(parseSctpPacket(send[0]!).chunks[0]!.type).toBe('abort');
    expect(events[0]!.kind).toBe('closed');
  });

  test('pieces of two messages are not one', () => {
    const { association, tag, initialTsn } = connected();
    association.receive(serializeSctpPacket(tag, [data(initialTsn, { ending: false })]), 0);
    const other = data((initialTsn + 1) >>> 0, { beginning: false, streamId: 1 });
    expect(association.receive(serializeSctpPacket(tag, [other]), 0).events[0]!.kind).toBe('closed');
  });

  test.each([
    [1_000, 208],
    [1, 1_020],
  ])('a message without an end, in pieces of %i bytes, is given up at the limit', (pieceBytes, expected) => {
    const { association, tag, initialTsn } = connected();
    const payload = new Uint8Array(pieceBytes);
    let closedAfter = 0;
    for (let i = 0; i < 5_000 && closedAfter === 0; i++) {
      const piece = data((initialTsn + i) >>> 0, { beginning: i === 0, ending: false, payload });
      if (association.receive(serializeSctpPacket(tag, [piece]), 0).events.length > 0) closedAfter = i;
    }
    expect(closedAfter).toBe(expected);
  });
});

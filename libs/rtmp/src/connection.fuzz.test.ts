import { readFileSync } from 'node:fs';
import { bytesFromHex, concatBytes } from '@mediamesh/bytes';
import { amf0Object, serializeAmf0 } from '@mediamesh/flv';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CHUNK_CASES, MALFORMED_CHUNKS } from './chunk/chunk.cases.ts';
import { serializeMessage } from './chunk/chunked-message.ts';
import { NOW_MS, newClient, newServer } from './dialogue.cases.ts';
import type { Recorded } from './dialogue.cases.ts';
import { HANDSHAKE_PACKET_BYTES } from './handshake/packet.ts';

const HANDSHAKE = new Uint8Array(1 + 2 * HANDSHAKE_PACKET_BYTES).fill(3, 0, 1);
const OBJECT = amf0Object({
  app: 'live',
  tcUrl: 'rtmp://host/live',
  level: 'status',
  code: 'x',
  description: 'authmod=adobe ?reason=needauth',
});

/** A line an input in hexadecimal: messages behind the handshake. */
const CORPUS = readFileSync(new URL('testdata/corpus.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => bytesFromHex(line.replaceAll(' ', '')));

const chunks = fc.constantFrom(...[...CHUNK_CASES, ...MALFORMED_CHUNKS].map(({ hex }) => bytesFromHex(hex.replaceAll(' ', ''))), ...CORPUS);
const name = fc.constantFrom(
  'connect',
  'createStream',
  'publish',
  'play',
  'deleteStream',
  'closeStream',
  '_result',
  '_error',
  'onStatus',
  'x',
);
const value = fc.oneof(fc.constantFrom(null, undefined, OBJECT, 'cam', '?user=u', 1, true), fc.double(), fc.string());
const command = fc.tuple(name, fc.integer({ min: 0, max: 6 }), fc.array(value, { maxLength: 4 })).map(([text, id, values]) => {
  return serializeMessage({ typeId: 20, streamId: 1, chunkStreamId: 3, timestampMs: 0 }, serializeAmf0([text, id, ...values]), 128);
});
const message = fc.tuple(fc.nat(23), fc.uint8Array({ maxLength: 200 })).map(([typeId, body]) => {
  return serializeMessage({ typeId, streamId: 1, chunkStreamId: 4, timestampMs: 0 }, body, 128);
});

type Step =
  { readonly bytes: Uint8Array } | { readonly answer: 'accept' | 'reject' } | { readonly tickMs: number } | { readonly end: true };
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: command.map((bytes) => ({ bytes })) },
  { weight: 4, arbitrary: message.map((bytes) => ({ bytes })) },
  { weight: 2, arbitrary: chunks.map((bytes) => ({ bytes })) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }).map((bytes) => ({ bytes })) },
  { weight: 3, arbitrary: fc.constantFrom('accept' as const, 'reject' as const).map((answer) => ({ answer })) },
  { weight: 1, arbitrary: fc.nat(15_000).map((tickMs) => ({ tickMs })) },
  { weight: 1, arbitrary: fc.constant<Step>({ end: true }) },
);
const CONNECT = serializeMessage({ typeId: 20, streamId: 0, chunkStreamId: 3, timestampMs: 0 }, serializeAmf0(['connect', 1, OBJECT]), 128);
const likely = fc.array(step, { maxLength: 25 }).map((steps): readonly Step[] => [{ bytes: CONNECT }, ...steps]);

/** What a server that agrees says. */
const AGREES = (
  [
    ['_result', 1, null, OBJECT],
    ['_result', 4, null, 1],
    ['onStatus', 0, null, OBJECT],
  ] as const
).map((values) => ({
  bytes: serializeMessage({ typeId: 20, streamId: 0, chunkStreamId: 3, timestampMs: 0 }, serializeAmf0(values), 128),
}));
const fromServer = fc
  .tuple(fc.array(step, { maxLength: 25 }), fc.nat(AGREES.length))
  .map(([steps, agreed]): readonly Step[] => [...AGREES.filter((_, index) => index < agreed), ...steps]);

function invariants(told: Recorded): void {
  expect(told.closedTimes).toBeLessThanOrEqual(1);
  expect(told.sentAfterClose).toBe(0);
  expect(told.requests.length).toBeLessThanOrEqual(1);
  if (told.medias.length > 0) expect(told.requests.length + told.startedTimes).toBeGreaterThan(0);
}

describe('connections, fuzzed', () => {
  test('the corpus', () => {
    expect(CORPUS.length).toBeGreaterThan(8);
    for (const bytes of CORPUS) {
      for (const size of [1, bytes.length]) {
        const { server, told } = newServer();
        server.receive(HANDSHAKE, NOW_MS);
        for (let at = 0; at < bytes.length; at += size) server.receive(bytes.subarray(at, at + size), NOW_MS);
        invariants(told);
      }
    }
  });

  test('a server, with any messages and answers in any order', () => {
    const reached = new Set<string>();
    fc.assert(
      fc.property(fc.oneof(likely, fc.array(step, { maxLength: 25 })), (steps) => {
        const { server, told } = newServer();
        let nowMs = NOW_MS;
        server.receive(HANDSHAKE, nowMs);
        for (const one of steps) {
          if ('bytes' in one) server.receive(one.bytes, nowMs);
          else if ('tickMs' in one) server.tick((nowMs += one.tickMs));
          else if ('end' in one) server.end();
          else if (told.closedWith === undefined) answer(server, one.answer);
          invariants(told);
        }
        for (const { action } of told.requests) reached.add(action);
        if (told.medias.length > 0) reached.add('media');
      }),
      { numRuns: 3_000, seed: 1 },
    );
    expect([...reached].sort()).toEqual(['media', 'play', 'publish']);
  });

  test('a client, with any messages of a server', () => {
    const reached = new Set<string>();
    fc.assert(
      fc.property(fc.constantFrom('play' as const, 'publish' as const), fromServer, (action, steps) => {
        const { client, told } = newClient('rtmp://u:p@host/live/cam', { action });
        client.start();
        client.receive(HANDSHAKE, NOW_MS);
        let nowMs = NOW_MS;
        for (const one of steps) {
          if ('bytes' in one) client.receive(one.bytes, nowMs);
          else if ('tickMs' in one) client.tick((nowMs += one.tickMs));
          else if ('end' in one) client.end('EOF');
          invariants(told);
          expect(told.nextAuth !== undefined && told.closedWith !== undefined).toBe(false);
        }
        if (told.startedTimes > 0) reached.add(action);
      }),
      { numRuns: 3_000, seed: 1 },
    );
    expect([...reached].sort()).toEqual(['play', 'publish']);
  });

  test('any bytes instead of a handshake', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 1_600 }), { maxLength: 4 }), (pieces) => {
        const { server, told } = newServer();
        for (const bytes of pieces) server.receive(bytes, NOW_MS);
        invariants(told);
        const { client, told: toldClient } = newClient('rtmp://host/cam');
        client.start();
        client.receive(concatBytes(pieces), NOW_MS);
        invariants(toldClient);
      }),
      { numRuns: 500 },
    );
  });
});

/** An answer that nobody waits for is an error of the owner's, and changes nothing. */
function answer(server: ReturnType<typeof newServer>['server'], kind: 'accept' | 'reject'): void {
  try {
    if (kind === 'accept') server.accept();
    else server.reject('no', 'no');
  } catch (error) {
    expect(String(error)).toMatch(/no request waits/);
  }
}

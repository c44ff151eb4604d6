import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { ByteWriter, bytesFromHex, concatBytes } from '@mediamesh/bytes';
import { amf0Object, serializeAmf0 } from '@mediamesh/flv';
import { serializeCommand, serializeMessage } from '@mediamesh/rtmp';
import { Lifetime, RtmpClient, waitFor, within } from '@mediamesh/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { NumberedPublisher, areConsecutive, picturesOf, sendData } from '../testing/numbered-publisher.cases.ts';
import { VIDEO_CONFIGURATION, metadata, video } from '../testing/tags.cases.ts';
import { TestServer } from '../testing/test-server.cases.ts';

const DEADLINE_MS = 15_000;
const MiB = 1024 * 1024;
const HANDSHAKE = new Uint8Array(1 + 2 * 1_536).fill(3, 0, 1);
const CONNECT = message(
  20,
  serializeCommand({ name: 'connect', transactionId: 1, values: [amf0Object({ app: 'x', tcUrl: 'rtmp://h/x' })] }),
);

function message(typeId: number, body: Uint8Array): Uint8Array {
  return serializeMessage({ typeId, streamId: 0, chunkStreamId: 3, timestampMs: 0 }, body, 128);
}

let server: TestServer;
/** A reader that is there during every attack, and may not notice. */
let bystander: RtmpClient;
let seen = 0;
let lifetime = new Lifetime();
const whole = new Lifetime();

beforeAll(async () => {
  server = whole.own(await TestServer.open({ readTimeout: '1s' }));
  whole.own(await NumberedPublisher.open(server.url('cam')));
  await server.logged('is publishing to path');
  bystander = whole.own(await RtmpClient.start({ url: server.url('cam'), action: 'play' }));
});

beforeEach(() => {
  seen = picturesOf(bystander).length;
});

afterEach(async () => {
  await lifetime.end();
  lifetime = new Lifetime();
  await waitFor(() => picturesOf(bystander).length >= seen + 10, { deadlineMs: DEADLINE_MS, what: 'pictures for the bystander' });
  expect(areConsecutive(picturesOf(bystander))).toBe(true);
  await waitFor(() => server.rows().length === 2, { deadlineMs: DEADLINE_MS, what: 'the end of everybody else' });
  expect(server.log).not.toContain('internal error');
});

afterAll(() => whole.end());

async function open(...bytes: readonly Uint8Array[]): Promise<{ readonly socket: Socket; readonly closed: Promise<unknown> }> {
  const socket = connect(server.port, '127.0.0.1');
  socket.on('error', () => {});
  lifetime.own({ close: () => void socket.destroy() });
  await once(socket, 'connect');
  socket.resume();
  const closed = once(socket, 'close');
  for (const one of bytes) socket.write(one);
  return { socket, closed };
}

const closes = (closed: Promise<unknown>): Promise<unknown> =>
  within(closed, { deadlineMs: DEADLINE_MS, what: 'the connection is closed' });

test.each([
  ['nothing', []],
  ['a handshake without end', [HANDSHAKE.subarray(0, 1_000)]],
  ['a handshake and nothing', [HANDSHAKE]],
  ['a connection without request', [HANDSHAKE, CONNECT]],
  ['a header without end', [HANDSHAKE, CONNECT, Uint8Array.of(0x03, 0, 0)]],
  ['a message without end', [HANDSHAKE, CONNECT, bytesFromHex('0300000000ffff14000000000202')]],
])('%s: the time is limited', async (_, bytes) => {
  const from = server.log.length;
  const { closed } = await open(...bytes);
  await closes(closed);
  await server.logged('closed: i/o timeout', from);
});

test.each([
  ['another protocol', [Buffer.from('GET / HTTP/1.1\r\n\r\n')]],
  ['noise', [randomBytes(64 * 1024)]],
  ['RTMPE', [Uint8Array.of(6)]],
  ['a chunk size of 0', [HANDSHAKE, message(1, Uint8Array.of(0, 0, 0, 0))]],
  ['a message of 16 MB announced', [HANDSHAKE, bytesFromHex('03000000ffffff1400000000')]],
  ['commands before connect', [HANDSHAKE, message(20, serializeCommand({ name: 'publish', transactionId: 1, values: [null, 'cam'] }))]],
  ['AMF that nests 100 000 times', [HANDSHAKE, message(20, concatBytes([serializeAmf0(['connect', 1]), nested(10_000)]))]],
  ['a string of 4 GB', [HANDSHAKE, message(20, bytesFromHex('0cffffffff'))]],
  ['an array of 4 billion values', [HANDSHAKE, message(20, bytesFromHex('020001783ff00000000000000affffffff'))]],
  [
    'a path that leaves its folder',
    [HANDSHAKE, CONNECT, message(20, serializeCommand({ name: 'publish', transactionId: 5, values: [null, '../../etc/passwd'] }))],
  ],
  [
    'a path of other characters',
    [HANDSHAKE, CONNECT, message(20, serializeCommand({ name: 'play', transactionId: 5, values: [null, 'a$(touch x)\n'] }))],
  ],
] as const)('%s: closed', async (_, bytes) => {
  const { closed } = await open(...bytes);
  await closes(closed);
});

test('a chunk size of 2^31 - 1 is possible, what it announces is not allocated', async () => {
  const before = process.memoryUsage().arrayBuffers;
  const sockets = [];
  for (let index = 0; index < 50; index++) {
    sockets.push(await open(HANDSHAKE, message(1, Uint8Array.of(0x7f, 0xff, 0xff, 0xff)), bytesFromHex('030000009fffff1400000000')));
  }
  await waitFor(() => server.rows().length === 52, { deadlineMs: DEADLINE_MS, what: '50 connections' });
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * MiB);
});

test('10 000 chunk streams', async () => {
  const chunks = Array.from({ length: 10_000 }, (_, index) =>
    new ByteWriter()
      .u8(1)
      .u8(index & 0xff)
      .u8(index >>> 8)
      .u24(0)
      .u24(100)
      .u8(9)
      .u32(0)
      .u8(0)
      .finish(),
  );
  const { closed } = await open(HANDSHAKE, CONNECT, concatBytes(chunks));
  await closes(closed);
});

test('a publisher that is never a stream, for as long as it likes: what it sends is not kept for ever', async () => {
  const client = lifetime.own(await RtmpClient.start({ url: server.url('other'), action: 'publish' }));
  const before = process.memoryUsage().arrayBuffers;
  const body = concatBytes([Uint8Array.of(0x27, 1, 0, 0, 0), new Uint8Array(MiB)]);
  for (let index = 0; index < 60; index++) client.sendMedia({ kind: 'video', timestampMs: 0, body });
  await client.closed; // no configuration within two and a half seconds
  await waitFor(() => process.memoryUsage().arrayBuffers - before < 128 * MiB, { deadlineMs: DEADLINE_MS, what: 'memory' });
});

test('200 half-open connections', async () => {
  for (let index = 0; index < 200; index++) await open(HANDSHAKE.subarray(0, 1 + index));
  const client = lifetime.own(await RtmpClient.start({ url: server.url('cam'), action: 'play' }));
  await waitFor(() => picturesOf(client).length > 0, { deadlineMs: DEADLINE_MS, what: 'pictures for somebody new' });
});

test('a reader that stops reading skips to a key picture when it goes on', async () => {
  const publisher = lifetime.own(await RtmpClient.start({ url: server.url('heavy'), action: 'publish' }));
  sendData(publisher, metadata({ videocodecid: 7 }));
  publisher.sendMedia(VIDEO_CONFIGURATION);
  let number = 0;
  const send = (): void => publisher.sendMedia(video(number * 20, { key: number % 10 === 0 }, heavyPicture(number % 10 === 0, number++)));
  send();
  await server.logged("is publishing to path 'heavy'");
  const reader = lifetime.own(await RtmpClient.start({ url: server.url('heavy'), action: 'play' }));
  const timer = setInterval(send, 5);
  lifetime.own({ close: () => clearInterval(timer) });
  await waitFor(() => picturesOf(reader).length > 5, { deadlineMs: DEADLINE_MS, what: 'pictures' });
  reader.pause();
  await server.logged(/reader is too slow, discarding \d+ frame/);
  reader.resume();
  const before = number;
  await waitFor(() => (picturesOf(reader).at(-1) ?? 0) > before, { deadlineMs: DEADLINE_MS, what: 'pictures of now' });
  const numbers = picturesOf(reader);
  for (const [index, one] of numbers.entries()) {
    if (index > 0 && one !== numbers[index - 1]! + 1) expect(one % 10).toBe(0);
  }
  expect(areConsecutive(numbers)).toBe(false);
});

/** Its number is at its end. */
function heavyPicture(key: boolean, number: number): Uint8Array {
  const size = 300_000;
  const body = new ByteWriter(size + 4)
    .u32(size)
    .u8(key ? 0x65 : 0x41)
    .bytes(new Uint8Array(size - 3).fill(0x11))
    .u16(number);
  return body.finish();
}

function nested(levels: number): Uint8Array {
  const bytes = new Uint8Array(levels * 5);
  for (let level = 0; level < levels; level++) bytes.set([0x0a, 0, 0, 0, 1], level * 5);
  return bytes;
}

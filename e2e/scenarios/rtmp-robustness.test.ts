import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { parseVideoTag } from '@mediamesh/flv';
import {
  CLIPS,
  FfmpegReader,
  Lifetime,
  RtmpClient,
  TOPOLOGIES,
  TemporaryFolder,
  clipReference,
  contiguousRun,
  prepareClip,
  publishWithFfmpeg,
  waitFor,
} from '@mediamesh/testkit';
import type { Clip, ClipReference, Product } from '@mediamesh/testkit';
import { testLifetime } from '@mediamesh/e2e';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const MiB = 1024 * 1024;
const MAX_GROWTH_BYTES = 128 * MiB;
const HANDSHAKE = new Uint8Array(1 + 2 * 1_536).fill(3, 0, 1);
const CONNECTIONS = 500;
const KEY_INTERVAL_FRAMES = 250;
const JOIN_AFTER_FRAMES = 75;
const MIN_STEP_MS = 1;

/** Behind the handshake. */
const ATTACKS: readonly { readonly name: string; readonly bytes: Uint8Array }[] = [
  { name: 'a chunk size of 0', bytes: Buffer.from('02000000000004010000000000000000', 'hex') },
  {
    name: 'a chunk size of 2^31 - 1 and 10 MB announced',
    bytes: Buffer.from('020000000000040100000000' + '7fffffff' + '030000009fffff1400000000', 'hex'),
  },
  { name: '16 MB announced', bytes: Buffer.from('03000000ffffff1400000000', 'hex') },
  {
    name: 'AMF that nests',
    bytes: Buffer.concat([Buffer.from('02000000000004010000000000010000' + '03000000' + '00c350' + '1400000000', 'hex'), nested(10_000)]),
  },
  { name: '10 000 chunk streams', bytes: Buffer.concat(Array.from({ length: 10_000 }, (_, index) => chunk(index))) },
  { name: 'noise', bytes: randomBytes(MiB) },
];

describe.each(TOPOLOGIES)('RTMP withstands on $name', (topology) => {
  const lifetime = new Lifetime();
  const folder = lifetime.own(new TemporaryFolder());
  let product: Product;
  let clip: Clip;
  let reference: ClipReference;

  beforeAll(async () => {
    clip = await prepareClip(CLIPS.h264LongGop);
    reference = await clipReference(clip);
    product = lifetime.own(await topology.start({ rtmp: true, readTimeout: '3s', pathDefaults: { gopCache: 'catchUp' } }));
    lifetime.own(publishWithFfmpeg({ url: product.rtmpUrl('watched'), clip }));
    await product.log.waitForLine(/is publishing to path 'watched'/);
  });
  afterAll(() => lifetime.end());

  const open = async (sockets: Socket[], bytes: Uint8Array): Promise<Socket> => {
    const socket = connect(product.ports.rtmp, '127.0.0.1');
    sockets.push(socket);
    socket.on('error', () => {});
    socket.resume();
    await once(socket, 'connect');
    socket.write(bytes);
    return socket;
  };

  test('hostile clients: who watches meanwhile does not notice, memory stays', async () => {
    const during = testLifetime(product);
    const before = product.programs.map((program) => program.residentBytes);
    const watcher = during.own(new FfmpegReader({ url: product.rtmpUrl('watched'), folder, seconds: 8, audio: false }));
    await waitFor(() => watcher.soFar().frames.length > 0, { deadlineMs: 15_000, what: 'the watcher' });
    const sockets: Socket[] = [];
    try {
      for (const { bytes } of ATTACKS) await open(sockets, Buffer.concat([HANDSHAKE, bytes]));
      for (let index = 0; index < CONNECTIONS; index++) await open(sockets, HANDSHAKE.subarray(0, index));
      const client = during.own(await RtmpClient.start({ url: product.rtmpUrl('watched'), action: 'play' }));
      await waitFor(() => client.messages.length > 2, { deadlineMs: 10_000, what: 'messages for somebody new' });
    } finally {
      for (const socket of sockets) socket.destroy();
    }
    const hashes = (await watcher.result()).frames.map(({ hash }) => hash);
    // The first picture of a catch-up is a key picture, and none is missing behind it.
    expect(contiguousRun(reference.frames, hashes).length).toBeGreaterThan(100);
    product.programs.forEach((program, index) => {
      expect(program.isRunning).toBe(true);
      expect(program.residentBytes - before[index]!).toBeLessThan(MAX_GROWTH_BYTES);
    });
  });

  test('who joins with a key frame every ten seconds has the live edge at once, in times that rise', async () => {
    const during = testLifetime(product);
    const url = product.rtmpUrl('long');
    during.own(publishWithFfmpeg({ url, clip }));
    await product.log.waitForLine(/is publishing to path 'long'/);
    const early = during.own(await RtmpClient.start({ url, action: 'play' }));
    await waitFor(() => frames(early).length >= JOIN_AFTER_FRAMES, { deadlineMs: 20_000, what: 'frames before the join' });
    const late = during.own(await RtmpClient.start({ url, action: 'play' }));
    await waitFor(() => frames(late).length > 0 && frames(late).at(-1)!.dtsMs >= frames(early).at(-1)!.dtsMs, {
      deadlineMs: 10_000,
      what: 'the live edge',
    });
    expect(frames(early).length).toBeLessThan(KEY_INTERVAL_FRAMES);
    const [first, ...others] = frames(late);
    expect(first!.key).toBe(true);
    expect(others.length).toBeGreaterThanOrEqual(JOIN_AFTER_FRAMES - 2);
    others.forEach(({ dtsMs, ptsMs }, index) => {
      expect(dtsMs - frames(late)[index]!.dtsMs).toBeGreaterThanOrEqual(MIN_STEP_MS);
      expect(ptsMs).toBeGreaterThanOrEqual(dtsMs);
    });
  });
});

interface Frame {
  readonly dtsMs: number;
  readonly ptsMs: number;
  readonly key: boolean;
}

function frames(client: RtmpClient): readonly Frame[] {
  return client.messages.flatMap(({ kind, timestampMs, body }) => {
    const [tag] = kind === 'video' ? parseVideoTag(body) : [];
    return tag?.packet === 'frame' ? [{ dtsMs: timestampMs, ptsMs: timestampMs + tag.compositionMs, key: tag.key }] : [];
  });
}

/** One byte of a message of a hundred, on a chunk stream of its own. */
function chunk(index: number): Buffer {
  const header = Buffer.from('01' + '0000' + '000000' + '000064' + '09' + '00000000' + '00', 'hex');
  header.writeUInt16LE(index, 1);
  return header;
}

function nested(levels: number): Buffer {
  return Buffer.concat(Array.from({ length: levels }, () => Buffer.from('0a00000001', 'hex')));
}

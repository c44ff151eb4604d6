import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { Lifetime, RawPublisher, RawReader, RtspClient, TOPOLOGIES, waitFor } from '@mediamesh/testkit';
import type { Product } from '@mediamesh/testkit';
import { testLifetime } from '@mediamesh/e2e';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const PATHS = 200;
const READERS_EACH = 2;
const MEDIA = ['m=application 0 RTP/AVP 98', 'a=rtpmap:98 X-wanted/90000'];
const PACKET_INTERVAL_MS = 100;
const DEADLINE_MS = 30_000;

const names = (prefix: string): readonly string[] => Array.from({ length: PATHS }, (_, index) => `${prefix}${index}`);

describe.each(TOPOLOGIES)(`${PATHS} paths on demand at the same moment on $name`, (topology) => {
  const lifetime = new Lifetime();
  let product: Product;

  beforeAll(async () => {
    // A server that takes connections, and says nothing.
    const silent = createServer((socket) => {
      socket.on('error', () => {});
      lifetime.own({ close: () => void socket.destroy() });
    });
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    lifetime.own({ close: () => void silent.close() });
    const { port } = silent.address() as AddressInfo;
    product = lifetime.own(
      await topology.start({
        pathDefaults: { sourceOnDemand: true },
        paths: {
          '~^pulled(\\d+)/(\\d+)$': { source: 'rtsp://127.0.0.1:$G2/stream' },
          '~^dead(\\d+)$': { source: `rtsp://127.0.0.1:${port}/stream`, sourceOnDemandStartTimeout: '3s' },
          stream: { sourceOnDemand: false },
        },
      }),
    );
  });
  afterAll(() => lifetime.end());

  test('each source starts once, and every reader gets its stream', async () => {
    const during = testLifetime(product);
    const port = product.ports.rtsp;
    const publisher = during.own(await RawPublisher.start({ port, path: 'stream', medias: [MEDIA] }));
    let sent = 0;
    const pump = setInterval(() => publisher.sendRtp(0, packet(sent++)), PACKET_INTERVAL_MS);
    during.own({ close: () => clearInterval(pump) });
    const starting = names('pulled').flatMap((path) =>
      Array.from({ length: READERS_EACH }, async () => during.own(await RawReader.start({ port, path: `${path}/${port}` }))),
    );
    const readers = await Promise.all(starting);
    await waitFor(() => readers.every((reader) => reader.packets().length > 0), {
      deadlineMs: DEADLINE_MS,
      what: 'packets at every reader',
    });
    const started = product.log.matching(/\[path pulled\d+\/\d+\] \[RTSP source\] started on demand/);
    expect(new Set(started.map((line) => /pulled\d+/.exec(line)?.[0])).size).toBe(PATHS);
    expect(started).toHaveLength(PATHS);
    expect(product.log.matching(/is reading from path 'stream'/)).toHaveLength(PATHS);
  });

  test('a source that never comes leaves every reader with its error', async () => {
    const port = product.ports.rtsp;
    const answers = await Promise.all(
      names('dead').flatMap((path) =>
        Array.from({ length: READERS_EACH }, async () => {
          const client = lifetime.own(await RtspClient.connect({ port }));
          return (await client.request('DESCRIBE', product.rtspUrl(path))).status;
        }),
      ),
    );
    expect(answers).toEqual(answers.map(() => 400));
    await product.log.waitForLine(/source of path 'dead\d+' has timed out/, { count: answers.length });
    expect(product.log.matching(/\[path dead\d+\] \[RTSP source\] started on demand/)).toHaveLength(PATHS);
    await waitFor(() => product.log.matching(/\[path dead\d+\] \[RTSP source\] stopped: timed out/).length === PATHS, {
      deadlineMs: DEADLINE_MS,
      what: 'the end of all sources',
    });
  });
});

function packet(index: number): Uint8Array {
  const bytes = Buffer.from('8062000000000000badcafe1aabbccdd', 'hex');
  bytes.writeUInt16BE(index & 0xffff, 2);
  bytes.writeUInt32BE(index * 9_000, 4);
  return bytes;
}

import {
  CLIPS,
  FfmpegReader,
  Lifetime,
  RawReader,
  TOPOLOGIES,
  TemporaryFolder,
  clipReference,
  contiguousRun,
  prepareClip,
  publishWithFfmpeg,
  waitFor,
} from '@mediamesh/testkit';
import type { Product } from '@mediamesh/testkit';
import { beginsKeyFrame, testLifetime } from '@mediamesh/e2e';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

interface SessionRow {
  readonly id: string;
  readonly state: string;
  readonly outboundRTPPacketsDiscarded: number;
}

describe.each(TOPOLOGIES)('a reader that stops reading, on $name', (topology) => {
  const lifetime = new Lifetime();
  const folder = lifetime.own(new TemporaryFolder());
  let product: Product;

  beforeAll(async () => {
    product = lifetime.own(await topology.start({ pathDefaults: { gopCache: 'burst' }, writeTimeout: '60s' }));
  });
  afterAll(() => lifetime.end());

  test('delays nobody, is counted, and goes on at a key frame', async () => {
    const during = testLifetime(product);
    const clip = await prepareClip(CLIPS.h264Heavy);
    const reference = await clipReference(clip);
    const url = product.rtspUrl('heavy');
    during.own(publishWithFfmpeg({ url, clip, speed: 2 }));
    await product.log.waitForLine(/is publishing to path 'heavy'/);
    const healthy = during.own(new FfmpegReader({ url, folder, seconds: 20, audio: false }));
    const slow = during.own(await RawReader.start({ port: product.ports.rtsp, path: 'heavy' }));
    await waitFor(() => slow.packets().length > 0, { deadlineMs: 10_000, what: 'its first packet' });
    slow.client.socket.pause();

    await waitFor(async () => (await discardedPackets(product)).some((count) => count > 0), {
      deadlineMs: 20_000,
      what: 'discarded packets in the API',
    });
    await product.log.waitForLine(/reader is too slow, discarding \d+ frame/, { deadlineMs: 15_000 });

    slow.client.socket.resume();
    const next = await waitFor(() => firstAfterGap(slow.packets()), { deadlineMs: 20_000, what: 'what comes after the gap' });
    expect(beginsKeyFrame(next)).toBe(true);

    const { frames } = await healthy.result();
    const run = contiguousRun(
      reference.frames,
      frames.map(({ hash }) => hash),
    );
    expect(run.length).toBeGreaterThan(300);
    // Only one of the two readers was too slow.
    expect((await discardedPackets(product)).filter((count) => count > 0).length).toBeLessThanOrEqual(1);
  });
});

async function discardedPackets(product: Product): Promise<readonly number[]> {
  const response = await fetch(product.apiUrl('/v3/rtspsessions/list'));
  const { items } = (await response.json()) as { readonly items: readonly SessionRow[] };
  return items.filter(({ state }) => state === 'read').map((row) => row.outboundRTPPacketsDiscarded);
}

/** The packet behind the first missing sequence number. */
function firstAfterGap(packets: readonly Uint8Array[]): Uint8Array | undefined {
  const numberOf = (packet: Uint8Array): number => Buffer.from(packet).readUInt16BE(2);
  return packets.find((packet, index) => index > 0 && numberOf(packet) !== ((numberOf(packets[index - 1]!) + 1) & 0xffff));
}

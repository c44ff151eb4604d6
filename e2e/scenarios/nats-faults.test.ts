import {
  CLIPS,
  FfmpegReader,
  RtspClient,
  TemporaryFolder,
  clipReference,
  contiguousRun,
  contiguousRuns,
  prepareClip,
  publishWithFfmpeg,
  startOverNats,
  waitFor,
} from '@mediamesh/testkit';
import type { NatsProduct, NatsTopologyOptions } from '@mediamesh/testkit';
import { testLifetime } from '@mediamesh/e2e';
import { describe, expect, test } from 'vitest';

const CONFIG = { pathDefaults: { gopCache: 'burst' } };

/** A product with a stream that ffmpeg reads, at the last of its gateways. */
async function startWatched(options: NatsTopologyOptions) {
  const product = await startOverNats({ config: CONFIG, ...options });
  const during = testLifetime(product);
  during.own(product);
  const folder = during.own(new TemporaryFolder());
  const clip = await prepareClip(CLIPS.h264Opus);
  const reference = await clipReference(clip);
  const publisher = during.own(publishWithFfmpeg({ url: product.rtspUrl('cam'), clip }));
  await product.log.waitForLine(/is publishing to path 'cam'/);
  const url = product.gateways.at(-1)!.rtspUrl('cam');
  const reader = during.own(new FfmpegReader({ url, folder, seconds: 60, audio: false }));
  const hashes = (): readonly string[] => reader.soFar().frames.map(({ hash }) => hash);
  await waitFor(() => hashes().length > 0, { deadlineMs: 15_000, what: 'the first frame' });
  /** Waits for so many more frames. */
  const more = async (count: number, deadlineMs = 10_000): Promise<void> => {
    const before = hashes().length;
    await waitFor(() => hashes().length >= before + count, { deadlineMs, what: `${count} more frames` });
  };
  return { product, during, clip, reference, publisher, reader, hashes, more, url };
}

async function describeStatus(product: NatsProduct, path = 'cam'): Promise<number> {
  const client = await RtspClient.connect({ port: product.ports.rtsp });
  try {
    return (await client.request('DESCRIBE', product.rtspUrl(path))).status;
  } finally {
    client.close();
  }
}

async function list(product: NatsProduct, path: string): Promise<readonly { readonly id: string; readonly state: string }[]> {
  const response = await fetch(product.apiUrl(path));
  return ((await response.json()) as { readonly items: readonly { readonly id: string; readonly state: string }[] }).items;
}

describe('faults of a cluster', () => {
  test('the control service is killed: streams go on, who comes waits, nothing is counted twice', async () => {
    const { product, reference, hashes, more } = await startWatched({});
    const before = await list(product, '/v3/rtspsessions/list');
    const [control] = product.controls;
    await control!.kill();
    await more(50);
    expect(await describeStatus(product)).toBe(503);
    await more(25);

    await control!.start();
    await waitFor(async () => (await describeStatus(product)) === 200, { deadlineMs: 10_000, what: 'a stream that can be read' });
    const after = await waitFor(
      async () => {
        const rows = await list(product, '/v3/rtspsessions/list');
        return rows.length >= before.length && rows;
      },
      { deadlineMs: 10_000, what: 'the sessions' },
    );
    const identity = ({ id, state }: { readonly id: string; readonly state: string }): string => `${id} ${state}`;
    expect(after.map(identity).toSorted()).toEqual(before.map(identity).toSorted());
    expect((await list(product, '/v3/paths/list')).length).toBe(1);
    await more(25);
    contiguousRun(reference.frames, hashes());
  });

  test('a gateway is killed: its path is free, a reader at another one ends in order', async () => {
    const { product, during, clip, reference, reader, hashes, more, url } = await startWatched({ gateways: 2 });
    await more(10);
    await product.gateways[0]!.service.kill();
    const { code } = await reader.program.waitForEnd(8_000);
    expect(code).toBe(0);
    contiguousRun(reference.frames, hashes());
    await waitFor(async () => (await fetch(product.apiUrl('/v3/paths/get/cam'))).status === 404, {
      deadlineMs: 6_000,
      what: 'a free path',
    });
    during.own(publishWithFfmpeg({ url, clip }));
    await product.log.waitForLine(/rtsp-1: .*is publishing to path 'cam'/);
  });

  test('the broker restarts: streams go on', async () => {
    const { product, reference, hashes, more, publisher } = await startWatched({});
    const [broker] = product.brokers.servers;
    await broker!.kill();
    await broker!.start();
    await more(25, 6_000);
    expect(publisher.isRunning).toBe(true);
    // What was published meanwhile is lost; what came before and after is whole.
    expect(contiguousRuns(reference.frames, hashes()).length).toBeLessThanOrEqual(2);
    await waitFor(async () => (await describeStatus(product)) === 200, { deadlineMs: 10_000, what: 'a stream that can be read' });
  });

  test('the host of a stream is killed in a cluster of three: readers go on with its next generation', async () => {
    const { product, reference, hashes, more } = await startWatched({ brokers: 3 });
    const host = await waitFor(() => product.brokers.hostOf(/MEDIA_cam_/), { deadlineMs: 10_000, what: 'the host of the stream' });
    await more(10);
    await host.kill();
    await more(25, 20_000);
    expect(contiguousRuns(reference.frames, hashes()).length).toBeLessThanOrEqual(2);
  });

  test('the leading control service is killed: the other one leads, streams go on', async () => {
    const { product, during, clip, reference, hashes, more } = await startWatched({ controls: 2 });
    await product.controls[0]!.kill();
    await product.log.waitForLine(/api-1: .*leads the control plane/, { deadlineMs: 20_000 });
    await waitFor(async () => (await describeStatus(product)) === 200, { deadlineMs: 10_000, what: 'a stream that can be read' });
    during.own(publishWithFfmpeg({ url: product.rtspUrl('another'), clip }));
    await product.log.waitForLine(/is publishing to path 'another'/);
    await more(25);
    contiguousRun(reference.frames, hashes());
  });
});

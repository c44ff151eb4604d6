import {
  CLIPS,
  CLIP_FRAME_RATE,
  FRAME_CLOCK_RATE_HZ,
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
import type { Clip, ClipReference, Product } from '@mediamesh/testkit';
import { beginsKeyFrame, testLifetime } from '@mediamesh/e2e';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const KEY_INTERVAL_FRAMES = 250;
const JOIN_AFTER_FRAMES = 75;
const FRAME_TICKS = FRAME_CLOCK_RATE_HZ / CLIP_FRAME_RATE;
/** Frames of the past are at least a millisecond apart. */
const MIN_STEP_TICKS = FRAME_CLOCK_RATE_HZ / 1000;

describe.each(TOPOLOGIES)('instant start on $name', (topology) => {
  const lifetime = new Lifetime();
  const folder = lifetime.own(new TemporaryFolder());
  let product: Product;
  let clip: Clip;
  let reference: ClipReference;

  beforeAll(async () => {
    clip = await prepareClip(CLIPS.h264LongGop);
    reference = await clipReference(clip);
    product = lifetime.own(await topology.start({ pathDefaults: { gopCache: 'catchUp' } }));
  });
  afterAll(() => lifetime.end());

  test('from the last key frame, quickly to the live edge, in times that rise', async () => {
    const during = testLifetime(product);
    const url = product.rtspUrl('long-gop');
    const { rtsp: port } = product.ports;
    during.own(publishWithFfmpeg({ url, clip }));
    await product.log.waitForLine(/is publishing to path 'long-gop'/);
    // Whoever reads from the beginning says where the live edge is.
    const early = during.own(await RawReader.start({ port, path: 'long-gop', medias: 2 }));
    await waitFor(() => frameTimes(early).length >= JOIN_AFTER_FRAMES, { deadlineMs: 20_000, what: 'frames before the join' });

    const late = during.own(await RawReader.start({ port, path: 'long-gop', medias: 2 }));
    const decoders = (['tcp', 'udp'] as const).map((transport) =>
      during.own(new FfmpegReader({ url, folder, seconds: 2, audio: false, transport })),
    );
    await waitFor(() => newestTime(late) !== undefined && newestTime(late) === newestTime(early), {
      deadlineMs: 10_000,
      what: 'the live edge',
    });
    const soFar = frameTimes(early).length;
    expect(soFar).toBeLessThan(KEY_INTERVAL_FRAMES);
    expect(beginsKeyFrame(late.packets()[0]!)).toBe(true);
    expectSqueezed(frameTimes(late), JOIN_AFTER_FRAMES);

    for (const decoder of decoders) {
      const { frames } = await decoder.result();
      const run = contiguousRun(
        reference.frames,
        frames.map(({ hash }) => hash),
      );
      expect(run.start).toBe(0);
      expect(run.length).toBeGreaterThan(JOIN_AFTER_FRAMES + CLIP_FRAME_RATE);
    }
  });

  test('without it, a reader waits for what comes next', async () => {
    const during = testLifetime(product);
    const plain = during.own(await topology.start({ pathDefaults: { gopCache: 'off' } }));
    const url = plain.rtspUrl('live');
    during.own(publishWithFfmpeg({ url, clip: await prepareClip(CLIPS.h264BFramesAac) }));
    await plain.log.waitForLine(/is publishing to path 'live'/);
    const { rtsp: port } = plain.ports;
    const early = during.own(await RawReader.start({ port, path: 'live', medias: 2 }));
    await waitFor(() => frameTimes(early).length >= CLIP_FRAME_RATE, { deadlineMs: 20_000, what: 'frames before the join' });
    const before = newestTime(early)!;
    const late = during.own(await RawReader.start({ port, path: 'live', medias: 2 }));
    await waitFor(() => newestTime(late) !== undefined && newestTime(late) === newestTime(early), {
      deadlineMs: 10_000,
      what: 'the live edge',
    });
    // Nothing of the past, but for pictures that are shown before one that was sent earlier.
    const [first] = frameTimes(late);
    expect((first! - before) | 0).toBeGreaterThan(-3 * FRAME_TICKS);
  });
});

/** RTP times of the pictures, in the order of their arrival. */
function frameTimes(reader: RawReader): readonly number[] {
  return [...new Set(reader.packets().map(timeOf))];
}

function newestTime(reader: RawReader): number | undefined {
  const newest = reader.packets().at(-1);
  return newest && timeOf(newest);
}

function timeOf(packet: Uint8Array): number {
  return Buffer.from(packet).readUInt32BE(4);
}

/** What was before the join takes a fraction of its time: played at its pace, it would leave the player as far behind. */
function expectSqueezed(times: readonly number[], count: number): void {
  const elapsed = times.map((time) => (time - times[0]!) | 0).toSorted((a, b) => a - b);
  const steps = elapsed.slice(1).map((time, index) => time - elapsed[index]!);
  expect(Math.min(...steps)).toBeGreaterThanOrEqual(MIN_STEP_TICKS);
  expect(elapsed[count - 1]!).toBeLessThan((count * FRAME_TICKS) / 4);
}

import { CLIPS, Lifetime, TOPOLOGIES, prepareClip, publishWithFfmpeg, waitFor } from '@mediamesh/testkit';
import type { Clip, Product } from '@mediamesh/testkit';
import { EventStream, testLifetime } from '@mediamesh/e2e';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const DEADLINE_MS = 20_000;

interface Health {
  readonly bitrateBps: number | null;
  readonly alerts: readonly string[];
  readonly tracks: readonly {
    readonly kind: string;
    readonly frameRate: number | null;
    readonly keyFrameIntervalMs: number | null;
    readonly bFrames: boolean | null;
    readonly silenceMs: number;
  }[];
}

describe.each(TOPOLOGIES)('health of streams on $name', (topology) => {
  const lifetime = new Lifetime();
  let product: Product;
  let clip: Clip;

  beforeAll(async () => {
    clip = await prepareClip(CLIPS.h264BFramesAac);
    product = lifetime.own(
      await topology.start({
        metrics: true,
        readTimeout: '60s', // a publisher that stalls stays
        paths: { watched: { healthAlerts: { maxSilence: '1s', noBFrames: true } } },
      }),
    );
  });
  afterAll(() => lifetime.end());

  const healthOf = async (path: string): Promise<Health | null> => {
    const response = await fetch(product.apiUrl(`/v3/paths/get/${path}`));
    return ((await response.json()) as { health: Health | null }).health;
  };

  test('figures of a stream, and alerts that are raised and cleared once', async () => {
    const during = testLifetime(product);
    const events = during.own(await EventStream.open(product.apiUrl('/v3/events?path=watched&kind=alert.raised,alert.cleared')));
    const told = (): string[] => events.events.map(({ kind, data }) => `${kind} ${String(data['alert'])}`);
    const tells = (what: string): Promise<unknown> => waitFor(() => told().includes(what), { deadlineMs: DEADLINE_MS, what });
    const publisher = during.own(publishWithFfmpeg({ url: product.rtspUrl('watched'), clip }));
    await tells('alert.raised noBFrames');
    // Until then it counts what ffmpeg sends at once to catch up with its start.
    const isAtRate = async (): Promise<Health | undefined> => {
      const health = (await healthOf('watched'))!;
      return health.tracks[0]!.frameRate! < 30 ? health : undefined;
    };
    const health = await waitFor(isAtRate, { deadlineMs: DEADLINE_MS, what: 'the frame rate' });
    expect(health.alerts).toEqual(['noBFrames']);
    expect(health.bitrateBps).toBeGreaterThan(50_000);
    const [video, audio] = health.tracks;
    expect(video).toMatchObject({ kind: 'video', bFrames: true });
    expect(video!.frameRate).toBeGreaterThan(20);
    expect(video!.keyFrameIntervalMs).toBeGreaterThan(500);
    expect(video!.keyFrameIntervalMs).toBeLessThan(2_000);
    expect(audio).toMatchObject({ kind: 'audio', frameRate: null, bFrames: null });

    publisher.signal('SIGSTOP');
    await tells('alert.raised maxSilence');
    const metrics = await (await fetch(`http://127.0.0.1:${product.ports.metrics}/metrics?path=watched`)).text();
    expect(metrics).toContain('mediamesh_streams_alerts{alert="maxSilence",name="watched"} 1\n');
    publisher.signal('SIGCONT');
    await tells('alert.cleared maxSilence');
    expect((await healthOf('watched'))!.alerts).toEqual(['noBFrames']);
    await publisher.close();
    await tells('alert.cleared noBFrames');
    expect(told()).toEqual(['alert.raised noBFrames', 'alert.raised maxSilence', 'alert.cleared maxSilence', 'alert.cleared noBFrames']);
    expect(product.log.matching(/WAR \[path watched\] alert maxSilence: nothing has come for [\d.]+ s, the limit is 1 s$/)).toHaveLength(1);
    expect(product.log.matching(/INF \[path watched\] alert maxSilence is over: healthy again$/)).toHaveLength(1);
  });
});

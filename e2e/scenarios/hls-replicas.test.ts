import {
  CLIPS,
  ChromiumBrowser,
  Lifetime,
  RoundRobinProxy,
  prepareClip,
  publishWithFfmpeg,
  startOverNats,
  waitFor,
} from '@mediamesh/testkit';
import type { NatsProduct } from '@mediamesh/testkit';
import { HlsPlayer, testLifetime } from '@mediamesh/e2e';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const PLAYERS = 50;
const DEADLINE_MS = 30_000;
/** Of one second each. */
const SEGMENTS_BEFORE = 6;
const SEGMENTS_AFTER = 14;

describe('replicas of HLS behind a proxy', () => {
  const lifetime = new Lifetime();
  let product: NatsProduct;
  let proxy: RoundRobinProxy;

  beforeAll(async () => {
    product = lifetime.own(await startOverNats({ config: { hls: true }, hlsGateways: 4 }));
    const clip = await prepareClip({ ...CLIPS.h264BFramesAac, name: 'h264-aac-60s', durationS: 60 });
    lifetime.own(publishWithFfmpeg({ url: product.rtspUrl('cam'), clip }));
    await product.log.waitForLine(/is publishing to path 'cam'/);
    const [first, second, third] = product.hlsGateways.map(({ hlsUrl }) => hlsUrl('/'));
    await product.hlsGateways[3]!.service.kill(); // it joins later
    proxy = lifetime.own(await RoundRobinProxy.open([first!, second!, third!]));
  });
  afterAll(() => lifetime.end());

  test('one is killed, another joins: nobody who plays notices', async () => {
    const during = testLifetime(product);
    const players = Array.from({ length: PLAYERS }, (_, index) =>
      during.own(new HlsPlayer(`${proxy.url}/cam/`, index % 5 === 0 ? 'audio2' : 'video1')),
    );
    await Promise.all(players.map((player) => player.open()));
    const problems = (): readonly string[] => players.flatMap((player) => player.problems);
    await waitFor(() => players.every(({ newest }) => newest >= 0), { deadlineMs: DEADLINE_MS, what: 'the first playlists' });
    const reach = async (segments: number, what: string): Promise<void> => {
      const goal = Math.max(...players.map(({ newest }) => newest)) + segments;
      await waitFor(() => problems().length > 0 || players.every(({ newest }) => newest >= goal), { deadlineMs: DEADLINE_MS, what });
      expect(problems()).toEqual([]);
    };
    await reach(SEGMENTS_BEFORE, 'segments of three replicas');
    const [, killed, , added] = product.hlsGateways;
    await killed!.service.kill();
    await added!.service.start();
    proxy.add(added!.hlsUrl('/'));
    await reach(SEGMENTS_AFTER, 'segments of the replicas that are left, and of the new one');
    expect(proxy.repeated).toBeGreaterThan(0);
    expect(players.reduce((sum, { cut }) => sum + cut, 0)).toBeLessThanOrEqual(proxy.cutBodies);
    // Whoever served it, a name stands for the same bytes.
    const sizes = new Map<string, number>();
    for (const [name, size] of players.flatMap(({ files }) => [...files]).filter(([, size]) => size > 0)) {
      expect([name, sizes.get(name) ?? size]).toEqual([name, size]);
      sizes.set(name, size);
    }
    expect(sizes.size).toBeGreaterThan(2 * (SEGMENTS_BEFORE + SEGMENTS_AFTER));
    expect(product.log.matching(new RegExp(`${added!.service.name}.*opened at another gateway`)).length).toBeGreaterThan(PLAYERS / 2);
  });

  test('a session is one to the Control API, whoever serves it, and a kick ends it everywhere', async () => {
    const during = testLifetime(product);
    const player = during.own(new HlsPlayer(`${proxy.url}/cam/`, 'video1'));
    const list = async (): Promise<readonly { readonly id: string; readonly outboundBytes: number }[]> => {
      const answer = await fetch(product.apiUrl('/v3/hlssessions/list'));
      return ((await answer.json()) as { items: { id: string; outboundBytes: number }[] }).items;
    };
    const before = new Set((await list()).map(({ id }) => id));
    await player.open();
    await waitFor(() => player.playlists > 12, { deadlineMs: DEADLINE_MS, what: 'playlists of all replicas' });
    const own = (await list()).filter(({ id }) => !before.has(id));
    expect(own).toHaveLength(1);
    expect(own[0]!.outboundBytes).toBeGreaterThan(0);
    await fetch(product.apiUrl(`/v3/hlssessions/kick/${own[0]!.id}`), { method: 'POST' });
    await waitFor(() => player.problems.length > 0, { deadlineMs: DEADLINE_MS, what: 'the end of the session' });
    expect(player.problems[0]).toContain(': 401 {"status":"error","error":"authentication error"}');
  });

  test('Chromium plays through the proxy', async () => {
    const during = testLifetime(product);
    const browser = during.own(await ChromiumBrowser.launch());
    const tab = during.own(await browser.open({ url: `${proxy.url}/cam/` }));
    await tab.waitForPlay(4, DEADLINE_MS);
    expect([await tab.notice(), tab.errors]).toEqual(['', []]);
  });
});

import { CLIPS, FfmpegReader, Lifetime, TOPOLOGIES, TemporaryFolder, prepareClip, publishWithFfmpeg, waitFor } from '@mediamesh/testkit';
import type { Clip, Product } from '@mediamesh/testkit';
import { testLifetime } from '@mediamesh/e2e';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/** Longer than the test lasts: readers end with it. */
const SECONDS = 60;
const SAMPLE = /^(\w+)(?:\{((?:\w+="[^"]*",?)*)\})? (-?\d+(?:\.\d+)?)$/;

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

function parse(text: string): readonly Sample[] {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('# '));
  return lines.map((line) => {
    const [, name = `not a sample: ${line}`, inside = '', value] = SAMPLE.exec(line) ?? [];
    const labels = [...inside.matchAll(/(\w+)="([^"]*)"/g)].map(([, label = '', text_ = '']) => [label, text_]);
    return { name, labels: Object.fromEntries(labels) as Record<string, string>, value: Number(value) };
  });
}

describe.each(TOPOLOGIES)('metrics on $name', (topology) => {
  const lifetime = new Lifetime();
  const folder = lifetime.own(new TemporaryFolder());
  let product: Product;
  let clip: Clip;

  beforeAll(async () => {
    clip = await prepareClip(CLIPS.h264BFramesAac);
    product = lifetime.own(await topology.start({ metrics: true, rtmp: true, hls: true }));
  });
  afterAll(() => lifetime.end());

  const scrape = async (query = ''): Promise<readonly Sample[]> => {
    const response = await fetch(`http://127.0.0.1:${product.ports.metrics}/metrics${query}`);
    expect([query, response.status]).toEqual([query, 200]);
    return parse(await response.text());
  };
  const patch = async (body: object): Promise<void> => {
    const response = await fetch(product.apiUrl('/v3/config/global/patch'), { method: 'PATCH', body: JSON.stringify(body) });
    expect(response.status).toBe(200);
  };
  const isOpen = (): Promise<boolean> =>
    scrape().then(
      () => true,
      () => false,
    );

  test('publishers and readers of RTSP, RTMP and HLS, and bytes that grow', async () => {
    const during = testLifetime(product);
    during.own(publishWithFfmpeg({ url: product.rtspUrl('one'), clip }));
    during.own(publishWithFfmpeg({ url: product.rtmpUrl('two'), clip }));
    const valueOf = async (name: string, labels: Readonly<Record<string, string>>): Promise<number | undefined> => {
      const fits = (sample: Sample): boolean =>
        sample.name === name && Object.entries(labels).every(([key, text]) => sample.labels[key] === text);
      return (await scrape()).find(fits)?.value;
    };
    const grows = async (name: string, labels: Readonly<Record<string, string>>): Promise<void> => {
      let first: number | undefined;
      const wait = { deadlineMs: 20_000, what: `more ${name} ${JSON.stringify(labels)}` };
      await waitFor(async () => {
        const value = await valueOf(name, labels);
        first ??= value === 0 ? undefined : value;
        return value !== undefined && first !== undefined && value > first;
      }, wait);
    };
    await grows('paths_inbound_bytes', { name: 'one', state: 'ready' });
    await grows('paths_inbound_bytes', { name: 'two', state: 'ready' });
    for (const url of [product.rtspUrl('one'), product.rtmpUrl('two'), product.hlsUrl('/one/index.m3u8')]) {
      during.own(new FfmpegReader({ url, folder, seconds: SECONDS }));
    }
    await grows('rtsp_sessions_inbound_rtp_packets', { path: 'one', state: 'publish' });
    await grows('rtsp_sessions_outbound_bytes', { path: 'one', state: 'read' });
    await grows('rtmp_conns_inbound_bytes', { path: 'two', state: 'publish' });
    await grows('hls_sessions_outbound_bytes', { path: 'one' });
    await grows('rtmp_conns_outbound_bytes', { path: 'two', state: 'read' });
    // Of servers that are off.
    expect((await scrape()).filter(({ name }) => /^(rtsps|rtmps|webrtc|srt|moq)_/.test(name))).toEqual([]);
    expect((await scrape('?path=two')).every(({ labels }) => labels['name'] === 'two')).toBe(true);
  });

  test('come and go with the key, without a restart', async () => {
    await patch({ metrics: false });
    await waitFor(async () => !(await isOpen()), { deadlineMs: 10_000, what: 'metrics are closed' });
    await patch({ metrics: true });
    await waitFor(isOpen, { deadlineMs: 10_000, what: 'metrics are open' });
  });
});

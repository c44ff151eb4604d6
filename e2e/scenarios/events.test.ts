import {
  CLIPS,
  FfmpegReader,
  Lifetime,
  PortBlock,
  TOPOLOGIES,
  TemporaryFolder,
  prepareClip,
  publishWithFfmpeg,
  waitFor,
} from '@mediamesh/testkit';
import type { Clip, Product } from '@mediamesh/testkit';
import { EventStream, WebhookReceiver, testLifetime } from '@mediamesh/e2e';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const SECRET = 'shared with the receiver';

describe.each(TOPOLOGIES)('events on $name', (topology) => {
  const lifetime = new Lifetime();
  const folder = lifetime.own(new TemporaryFolder());
  let product: Product;
  let clip: Clip;
  let port: number;

  beforeAll(async () => {
    clip = await prepareClip(CLIPS.h264Opus);
    const block = lifetime.own(await PortBlock.reserve());
    port = await block.take();
    product = lifetime.own(
      await topology.start({
        pathDefaults: { gopCache: 'burst' },
        webhooks: [{ url: `http://127.0.0.1:${port}/hook`, events: ['path.available', 'path.unavailable'], secret: SECRET }],
        paths: { broken: { source: 'rtsp://127.0.0.1:9/x' }, all_others: null },
      }),
    );
  });
  afterAll(() => lifetime.end());

  const seen = (stream: EventStream, path: string): readonly string[] =>
    stream.events.filter((event) => event.path === path).map(({ kind, data }) => [kind, data['action']].filter(Boolean).join(' '));

  test('come to a client of the stream, which gets what it missed when it comes back', async () => {
    const during = testLifetime(product);
    const all = during.own(await EventStream.open(product.apiUrl('/v3/events')));
    const filtered = during.own(await EventStream.open(product.apiUrl('/v3/events?path=watched&kind=path.available,path.unavailable')));
    const publisher = during.own(publishWithFfmpeg({ url: product.rtspUrl('watched'), clip }));
    await waitFor(() => seen(all, 'watched').includes('path.available'), { deadlineMs: 20_000, what: 'the stream' });
    const reader = during.own(new FfmpegReader({ url: product.rtspUrl('watched'), folder, seconds: 60, audio: false }));
    await waitFor(() => seen(all, 'watched').includes('session.opened read'), { deadlineMs: 20_000, what: 'the reader' });
    const last = all.events.at(-1)!.id;
    all.close();
    await reader.close();
    await publisher.close();
    const again = during.own(await EventStream.open(product.apiUrl('/v3/events'), last));
    await waitFor(() => seen(again, 'watched').includes('session.closed publish'), { deadlineMs: 20_000, what: 'the end' });
    expect(seen(all, 'watched')).toEqual(['session.opened publish', 'path.available', 'session.opened read']);
    expect([...seen(again, 'watched')].sort()).toEqual(['path.unavailable', 'session.closed publish', 'session.closed read']);
    expect(seen(filtered, 'watched')).toEqual(['path.available', 'path.unavailable']);
    expect(filtered.events[0]!.data).toMatchObject({ sourceType: 'rtspSession', tracks: ['H264', 'Opus'] });
  });

  test('sources that fail are told of; an id that is not known any more is said to be', async () => {
    const during = testLifetime(product);
    const stream = during.own(await EventStream.open(product.apiUrl('/v3/events?path=broken'), '1-1'));
    await waitFor(() => seen(stream, 'broken').includes('source.failed'), { deadlineMs: 20_000, what: 'the failure' });
    expect(stream.names[0]).toBe('missed');
    expect((await fetch(product.apiUrl('/v3/events?kind=nonsense'))).status).toBe(400);
  });

  test('are delivered to a webhook that was away, in order and signed', async () => {
    const during = testLifetime(product);
    await product.log.waitForLine(/\[webhooks\] http:\/\/127\.0\.0\.1:\d+\/hook: .*ECONNREFUSED.*; trying again/);
    for (const path of ['hooked1', 'hooked2']) {
      const publisher = during.own(publishWithFfmpeg({ url: product.rtspUrl(path), clip }));
      await product.log.waitForLine(new RegExp(`path ${path}\\] stream is available`));
      await publisher.close();
      await product.log.waitForLine(/\[session .*\] destroyed/);
    }
    const receiver = during.own(await WebhookReceiver.listen(port, SECRET));
    await waitFor(() => receiver.kindsOf('hooked2').length === 2, { deadlineMs: 90_000, what: 'all events' });
    for (const path of ['watched', 'hooked1', 'hooked2']) expect(receiver.kindsOf(path)).toEqual(['path.available', 'path.unavailable']);
    expect(receiver.forged).toEqual([]);
    const numbers = receiver.events.map(({ id }) => Number(id.split('-')[1]));
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  });
});

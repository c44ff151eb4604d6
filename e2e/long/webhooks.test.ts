import { setTimeout as delay } from 'node:timers/promises';
import { PortBlock, RawPublisher, TOPOLOGIES, waitFor } from '@mediamesh/testkit';
import { WebhookReceiver, testLifetime } from '@mediamesh/e2e';
import { describe, expect, test } from 'vitest';

const SECRET = 'shared with the receiver';
const AWAY_MS = 60_000;
const VISIT_MS = 1_000;
const PATHS = ['one', 'two', 'three'];
/** Tries come a minute apart in the end, and events one after the other. */
const DEADLINE_MS = 150_000;
const MEDIA = ['m=application 0 RTP/AVP 98', 'a=rtpmap:98 X-told/90000'];

describe.each(TOPOLOGIES)('a webhook on $name', (topology) => {
  test('whose receiver is away for a minute gets every event, in order for each path, and signed', async () => {
    const during = testLifetime();
    const block = during.own(await PortBlock.reserve());
    const port = await block.take();
    const webhooks = [{ url: `http://127.0.0.1:${port}/hook`, events: ['path.available', 'path.unavailable'], secret: SECRET }];
    const product = during.own(await topology.start({ webhooks }));
    const told = PATHS.map(() => 0);
    const visit = async (index: number): Promise<void> => {
      const publisher = await RawPublisher.start({ port: product.ports.rtsp, path: PATHS[index]!, medias: [MEDIA] });
      publisher.close();
      told[index]! += 2;
      await product.log.waitForLine(/\[session .*\] destroyed/, { count: told.reduce((sum, count) => sum + count, 0) / 2 });
    };
    const before = await WebhookReceiver.listen(port, SECRET);
    await visit(0);
    await waitFor(() => before.kindsOf(PATHS[0]!).length === 2, { deadlineMs: DEADLINE_MS, what: 'the first events' });
    before.close();

    const back = performance.now() + AWAY_MS;
    for (let index = 0; performance.now() < back; index = (index + 1) % PATHS.length) {
      await visit(index);
      await delay(VISIT_MS);
    }
    const receiver = during.own(await WebhookReceiver.listen(port, SECRET));
    told[0]! -= 2;
    const count = told.reduce((sum, each) => sum + each, 0);
    await waitFor(() => receiver.events.length >= count, { deadlineMs: DEADLINE_MS, what: `${count} events` });
    for (const [index, path] of PATHS.entries()) {
      const visits = Array.from({ length: told[index]! / 2 }, () => ['path.available', 'path.unavailable']);
      expect(receiver.kindsOf(path)).toEqual(visits.flat());
    }
    expect([...before.forged, ...receiver.forged]).toEqual([]);
  });
});

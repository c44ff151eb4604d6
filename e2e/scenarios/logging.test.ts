import { readFileSync } from 'node:fs';
import { Lifetime, RtspClient, TOPOLOGIES } from '@mediamesh/testkit';
import { afterAll, describe, expect, test } from 'vitest';

describe.each(TOPOLOGIES)('the log on $name', (topology) => {
  const lifetime = new Lifetime();
  afterAll(() => lifetime.end());

  test('goes to all destinations in their form, of every process, and follows changes of its keys', async () => {
    const product = lifetime.own(await topology.start({ logDestinations: ['stdout', 'file'], logFile: 'router.log' }));
    const connect = async (): Promise<void> => {
      const client = lifetime.own(await RtspClient.connect({ port: product.ports.rtsp }));
      await client.request('OPTIONS', product.rtspUrl('x'));
    };
    const inFile = (): readonly string[] => readFileSync(product.folder.file('router.log'), 'utf8').split('\n');
    const plain = / \[RTSP\] \[conn 127\.0\.0\.1:\d+\] opened$/;
    await connect();
    await product.log.waitForLine(plain);
    expect(inFile().filter((line) => plain.test(line))).toEqual([
      expect.stringMatching(/^\d{4}\/\d{2}\/\d{2} \d{2}:\d{2}:\d{2} INF \[RTSP\] \[conn 127\.0\.0\.1:\d+\] opened$/),
    ]);

    const body = JSON.stringify({ logLevel: 'debug', logStructured: true });
    expect((await fetch(product.apiUrl('/v3/config/global/patch'), { method: 'PATCH', body })).status).toBe(200);
    await product.log.waitForLine(/"\[RTSP\] started with listener/);
    await connect();
    const structured =
      /\{"timestamp":"\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:\d{2})","level":"INF","message":"\[RTSP\] \[conn [\d.:]+\] opened"\}$/;
    const isDebug = /"level":"DEB","message":"\[API\] \[conn [\d.:]+\] \[s->c\] 200"/;
    await product.log.waitForLine(structured);
    await product.log.waitForLine(isDebug);
    for (const pattern of [structured, isDebug]) expect(inFile().some((line) => pattern.test(line))).toBe(true);
    expect(product.log.matching(/ DEB /)).toEqual([]);
  });
});

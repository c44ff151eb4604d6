import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  CLIPS,
  FfmpegReader,
  Lifetime,
  RawPublisher,
  RawReader,
  RtspClient,
  TOPOLOGIES,
  TemporaryFolder,
  prepareClip,
  publishWithFfmpeg,
  waitFor,
} from '@mediamesh/testkit';
import type { Clip, Product } from '@mediamesh/testkit';
import { testLifetime } from '@mediamesh/e2e';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/** Those that what a client sends can reach. */
const PATH_HOOKS = [
  'runOnDemand',
  'runOnUnDemand',
  'runOnAvailable',
  'runOnUnavailable',
  'runOnOnline',
  'runOnOffline',
  'runOnRead',
  'runOnUnread',
];

describe.each(TOPOLOGIES)('commands of users on $name', (topology) => {
  const lifetime = new Lifetime();
  const folder = lifetime.own(new TemporaryFolder());
  let clip: Clip;

  beforeAll(async () => {
    clip = await prepareClip(CLIPS.h264Opus);
  });
  afterAll(() => lifetime.end());

  async function start(config: object): Promise<{ product: Product; during: Lifetime }> {
    const product = lifetime.own(await topology.start({ ...config }));
    return { product, during: testLifetime(product) };
  }

  /** What commands printed: `runOnRead: text`, in order. */
  const printed = (product: Product): readonly string[] =>
    product.log.matching(/ runOn\w+: /).map((line) => line.substring(line.lastIndexOf(' runOn') + 1));

  test('run when something happens, with what it is in their environment', async () => {
    const say = (text: string): string => `echo "${text}"`;
    const stream = (state: string): string => say(`${state} $MTX_PATH $G1 $MTX_QUERY $MTX_SOURCE_TYPE`);
    const { product, during } = await start({
      runOnConnect: say('$MTX_CONN_TYPE'),
      runOnDisconnect: say('$MTX_CONN_TYPE'),
      paths: {
        '~^cam([0-9]+)$': {
          runOnAvailable: stream('available'),
          runOnUnavailable: stream('unavailable'),
          runOnOnline: stream('online'),
          runOnOffline: stream('offline'),
          runOnRead: say('$MTX_PATH $MTX_QUERY $MTX_READER_TYPE'),
          runOnUnread: say('$MTX_PATH $MTX_QUERY $MTX_READER_TYPE'),
        },
      },
    });
    const url = product.rtspUrl('cam7');
    const publisher = during.own(publishWithFfmpeg({ url: `${url}?as=a%20b`, clip }));
    const all = (lines: readonly string[]): Promise<unknown> =>
      waitFor(() => lines.every((line) => printed(product).includes(line)), {
        deadlineMs: 20_000,
        what: `${lines.join('; ')}; there is ${printed(product).join('; ')}`,
      });
    await all([
      'runOnConnect: rtspConn',
      'runOnAvailable: available cam7 7 as%3Da%2520b rtspSession',
      'runOnOnline: online cam7 7 as%3Da%2520b rtspSession',
    ]);
    const reader = during.own(new FfmpegReader({ url: `${url}?for=me`, folder, seconds: 60, audio: false }));
    await all(['runOnRead: cam7 for%3Dme rtspSession']);
    expect(printed(product).some((line) => line.startsWith('runOnUn'))).toBe(false);
    await reader.close();
    await all(['runOnUnread: cam7 for%3Dme rtspSession', 'runOnDisconnect: rtspConn']);
    await publisher.close();
    await all(['runOnUnavailable: unavailable cam7 7 as%3Da%2520b rtspSession', 'runOnOffline: offline cam7 7 as%3Da%2520b rtspSession']);
    await product.log.waitForLine(/\[path cam7\] runOnUnread command launched/);
  });

  test('bring a stream when somebody asks for it, and end when nobody does', async () => {
    const { product, during } = await start({
      paths: {
        wanted: {
          runOnInit: 'echo there',
          runOnDemand: `ffmpeg -loglevel error -re -stream_loop -1 -i ${clip.file} -c copy -f rtsp rtsp://127.0.0.1:$RTSP_PORT/$MTX_PATH`,
          runOnDemandRestart: true,
          runOnDemandCloseAfter: '1s',
          runOnUnDemand: 'echo not wanted',
        },
      },
    });
    await product.log.waitForLine(/runOnInit: there/);
    const url = product.rtspUrl('wanted');
    const reader = during.own(new FfmpegReader({ url, folder, seconds: 60, audio: false }));
    await waitFor(() => reader.soFar().frames.length >= 20, { deadlineMs: 20_000, what: 'frames' });
    await reader.close();
    await product.log.waitForLine(/\[path wanted\] runOnDemand command stopped: not needed by anyone/);
    await product.log.waitForLine(/runOnUnDemand: not wanted/);
    await product.log.waitForLine(/\[session .*\] destroyed/, { count: 2 });
    expect(product.log.matching(/runOnDemand command started/)).toHaveLength(1);
  });

  test('that bring no stream leave readers with an error', async () => {
    const { product, during } = await start({ paths: { vain: { runOnDemand: 'sleep 600', runOnDemandStartTimeout: '1s' } } });
    const reader = during.own(new FfmpegReader({ url: product.rtspUrl('vain'), folder, seconds: 60, audio: false }));
    await product.log.waitForLine(/runOnDemand command stopped: timed out/);
    const { code } = await reader.program.waitForEnd(20_000);
    expect(code).not.toBe(0);
    await product.log.waitForLine(/source of path 'vain' has timed out/);
  });

  test('never run what clients send', async () => {
    const proof = join(folder.path, 'ran');
    // In quotes of a script the first word would run; eval would run what a shell takes for code.
    const scripts = [
      (hook: string) => `sh -c 'eval : "$MTX_QUERY" "$G1" "$MTX_PATH"; echo "did ${hook} $MTX_PATH"' $MTX_QUERY $G1`,
      (hook: string) => `sh -c "echo did ${hook} $MTX_PATH : $MTX_QUERY $G1"`,
    ];
    const { product, during } = await start({
      runOnConnect: `sh -c 'eval : "$MTX_CONN_TYPE"; echo did runOnConnect'`,
      runOnDisconnect: `sh -c 'eval : "$MTX_CONN_TYPE"; echo did runOnDisconnect'`,
      pathDefaults: { runOnDemandCloseAfter: '1s' },
      paths: Object.fromEntries([
        ['fixed', { runOnInit: scripts[0]!('runOnInit') }],
        ...scripts.map((script, form) => [`~^form${form}/(.+)$`, Object.fromEntries(PATH_HOOKS.map((hook) => [hook, script(hook)]))]),
      ]),
    });
    const touch = `touch\${IFS}${proof}`; // without a space, which no URL has
    const texts = [`$(${touch})`, `\`${touch}\``, `';${touch};'`, `";${touch};"`, `&${touch}`, `|${touch}`, `>${proof}`];
    const queries = [...texts, ...texts.map((text) => encodeURIComponent(text.replace('${IFS}', ' '))), `a%0Atouch%20${proof}%0A`];
    const port = product.ports.rtsp;
    const media = ['m=application 0 RTP/AVP 98', 'a=rtpmap:98 X-hostile/90000'];
    const visits = queries.flatMap((query, index) => scripts.map((_, form) => ({ path: `form${form}/p${index}`, query })));
    const did = (hook: string): number => product.log.matching(new RegExp(`${hook}: did ${hook}`)).length;
    const all = (hooks: readonly string[]): Promise<unknown> =>
      waitFor(() => hooks.every((hook) => did(hook) === visits.length), {
        deadlineMs: 20_000,
        what: `${visits.length} of ${hooks.map((hook) => `${hook} (${did(hook)})`).join(', ')}`,
      });
    await Promise.all(
      visits.map(async ({ path, query }) => {
        const reading = RawReader.start({ port, path: `${path}?${query}` });
        await product.log.waitForLine(new RegExp(`did runOnDemand ${path}`), { deadlineMs: 20_000 });
        during.own(await RawPublisher.start({ port, path: `${path}?${query}`, medias: [media] }));
        during.own(await reading).close();
      }),
    );
    await all(['runOnDemand', 'runOnAvailable', 'runOnOnline', 'runOnRead', 'runOnUnread', 'runOnUnDemand']);
    await during.end();
    await all(['runOnUnavailable', 'runOnOffline']);
    await waitFor(() => did('runOnDisconnect') > 0 && did('runOnDisconnect') === did('runOnConnect'), {
      deadlineMs: 20_000,
      what: 'the end of all connections',
    });
    expect(did('runOnInit')).toBe(1);

    // Paths take no such characters at all.
    for (const text of texts) {
      const client = lifetime.own(await RtspClient.connect({ port }));
      expect((await client.request('DESCRIBE', `rtsp://127.0.0.1:${port}/form0/${text}`)).status).toBe(400);
    }
    expect(existsSync(proof)).toBe(false);
  });
});

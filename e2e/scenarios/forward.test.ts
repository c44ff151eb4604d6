import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  CLIPS,
  FfmpegReader,
  Lifetime,
  NginxRtmp,
  TOPOLOGIES,
  TemporaryFolder,
  clipReference,
  contiguousRun,
  createCertificate,
  prepareClip,
  publishWithFfmpeg,
  standalone,
  waitFor,
} from '@mediamesh/testkit';
import type { Clip, ClipRecipe, ClipReference, FfmpegVersion, Product } from '@mediamesh/testkit';
import { testLifetime } from '@mediamesh/e2e';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const SECONDS = 1.6;
const MIN_FRAMES = 30;
const DEADLINE_MS = 20_000;

interface ForwardRow {
  readonly id: string;
  readonly pos: number;
  readonly conf: { readonly dest: string };
  readonly protocol: string;
  readonly state: string;
  readonly lastError: string;
  readonly outboundBytes: number;
}

describe.each(TOPOLOGIES)('forwards on $name', (topology) => {
  const lifetime = new Lifetime();
  const folder = lifetime.own(new TemporaryFolder());
  let nginx: NginxRtmp;
  let target: Product;
  let fingerprint: string;
  let clip: Clip;
  let reference: ClipReference;

  beforeAll(async () => {
    clip = await prepareClip(CLIPS.h264BFramesAac);
    reference = await clipReference(clip);
    const certificate = await createCertificate(folder);
    fingerprint = new X509Certificate(readFileSync(certificate.certificateFile)).fingerprint256.replaceAll(':', '').toLowerCase();
    nginx = lifetime.own(await NginxRtmp.start());
    target = lifetime.own(
      await standalone.start({
        rtmp: true,
        rtmpEncryption: 'optional',
        rtmpServerKey: certificate.keyFile,
        rtmpServerCert: certificate.certificateFile,
        pathDefaults: { gopCache: 'burst' },
        authInternalUsers: [
          { user: 'any', permissions: [{ action: 'read' }, { action: 'api' }, { action: 'publish', path: '~^open' }] },
          { user: 'me', pass: 'secret', permissions: [{ action: 'publish' }] },
        ],
      }),
    );
  });
  afterAll(() => lifetime.end());

  const start = async (forward: readonly object[]): Promise<Product> =>
    lifetime.own(await topology.start({ paths: { '~^out(.*)$': { gopCache: 'burst', forward } } }));
  const rows = async (product: Product, path: string): Promise<readonly ForwardRow[]> => {
    const response = await fetch(product.apiUrl(`/v3/paths/forward/list?path=${path}`));
    return ((await response.json()) as { items: ForwardRow[] }).items;
  };
  const stateIs = (product: Product, state: string, index = 0): Promise<unknown> =>
    waitFor(async () => (await rows(product, 'out'))[index]?.state === state, { deadlineMs: DEADLINE_MS, what: `the state ${state}` });
  const expectWhole = async (url: string, of = reference, ffmpeg: FfmpegVersion = 'debian', seconds = SECONDS): Promise<void> => {
    const reader = lifetime.own(new FfmpegReader({ url, folder, seconds, audio: false, ffmpeg }));
    const hashes = (await reader.result()).frames.map(({ hash }) => hash);
    expect(contiguousRun(of.frames, hashes).length).toBeGreaterThanOrEqual(MIN_FRAMES);
  };

  test('to other servers, in the clear and over TLS, with credentials: every frame arrives', async () => {
    const product = await start([
      { dest: nginx.url('live/forwarded$G1') },
      { dest: target.rtmpsUrl('open$MTX_PATH'), destFingerprint: fingerprint },
      { dest: `${target.rtmpUrl('closed').replace('rtmp://', 'rtmp://me:secret@')}?user=me&pass=secret` },
    ]);
    const during = testLifetime(product);
    expect((await fetch(product.apiUrl('/v3/paths/forward/list?path=out'))).status).toBe(404);
    during.own(publishWithFfmpeg({ url: product.rtspUrl('out-1'), clip }));
    await target.log.waitForLine(/is publishing to path 'openout-1'/);
    await target.log.waitForLine(/is publishing to path 'closed'/);
    await expectWhole(target.rtspUrl('openout-1'));
    await expectWhole(target.rtspUrl('closed'));
    // nginx gives the configuration the time 0, and ffmpeg counts from there.
    await expectWhole(nginx.url('live/forwarded-1'), reference, 'debian', 5);
    const list = await rows(product, 'out-1');
    expect(list.map(({ pos, protocol, state, lastError }) => [pos, protocol, state, lastError])).toEqual([
      [1, 'rtmp', 'forwarding', ''],
      [2, 'rtmps', 'forwarding', ''],
      [3, 'rtmp', 'forwarding', ''],
    ]);
    expect(list.every(({ outboundBytes }) => outboundBytes > 10_000)).toBe(true);
    const one = await fetch(product.apiUrl(`/v3/paths/forward/get?path=out-1&id=${list[1]!.id}`));
    expect(((await one.json()) as ForwardRow).conf.dest).toBe(list[1]!.conf.dest);
    expect(product.log.matching(/\[path out-1\] \[RTMP dest 1 [0-9a-f]{8}\] forwarding to 'rtmp:\/\/127/)).toHaveLength(1);
    expect(product.log.matching(/me:secret/)).toEqual([]);
    // A forward is no reader.
    const path = (await (await fetch(product.apiUrl('/v3/paths/get/out-1'))).json()) as { readers: unknown[]; outboundBytes: number };
    expect(path.readers).toEqual([]);
    expect(path.outboundBytes).toBeGreaterThan(30_000);
  });

  test.each<[ClipRecipe, string]>([
    [CLIPS.h265Opus, 'H265, Opus'],
    [CLIPS.av1Opus, 'AV1, Opus'],
  ])('codecs of Enhanced RTMP: $name', async (recipe, tracks) => {
    const product = await start([{ dest: target.rtmpUrl(`open-${topology.name}-${recipe.name}`) }]);
    const during = testLifetime(product);
    const other = await prepareClip(recipe);
    during.own(publishWithFfmpeg({ url: product.rtspUrl('out'), clip: other, ffmpeg: 'current' }));
    const path = `open-${topology.name}-${recipe.name}`;
    await target.log.waitForLine(new RegExp(`path ${path}\\] stream is available and online, 2 tracks \\(${tracks}\\)`));
    await expectWhole(target.rtspUrl(path), await clipReference(other, 'current'), 'current');
  });

  test('one that is refused or away is tried again, and the others do not notice', async () => {
    const path = `open-${topology.name}-good`;
    const product = await start([
      { dest: 'rtmp://127.0.0.1:9/live/key' },
      { dest: target.rtmpUrl(path) },
      { dest: target.rtmpUrl('refused') },
    ]);
    const during = testLifetime(product);
    during.own(publishWithFfmpeg({ url: product.rtspUrl('out'), clip }));
    await stateIs(product, 'error', 0);
    await stateIs(product, 'forwarding', 1);
    await stateIs(product, 'error', 2);
    const [away, good, refused] = await rows(product, 'out');
    expect(away!.lastError).toMatch(/ECONNREFUSED|refused/);
    expect(refused!.lastError).not.toBe('');
    await product.log.waitForLine(/\[RTMP dest 1 [0-9a-f]{8}\] forwarding to/, { count: 2, deadlineMs: DEADLINE_MS });
    await expectWhole(target.rtspUrl(path));
    expect((await rows(product, 'out'))[1]!.id).toBe(good!.id);
  });

  test('begin and end with the stream, and follow the configuration', async () => {
    const [kept, added] = [`open-${topology.name}-kept`, `open-${topology.name}-added`];
    const product = await start([{ dest: target.rtmpUrl(kept) }]);
    const during = testLifetime(product);
    const publisher = during.own(publishWithFfmpeg({ url: product.rtspUrl('out'), clip }));
    await stateIs(product, 'forwarding');
    const [{ id } = { id: '' }] = await rows(product, 'out');
    const patch = (forward: readonly object[]): Promise<Response> =>
      fetch(product.apiUrl(`/v3/config/paths/patch/${encodeURIComponent('~^out(.*)$')}`), {
        method: 'PATCH',
        body: JSON.stringify({ forward }),
        headers: { 'Content-Type': 'application/json' },
      });
    expect((await patch([{ dest: target.rtmpUrl(added) }, { dest: target.rtmpUrl(kept) }])).status).toBe(200);
    await target.log.waitForLine(new RegExp(`is publishing to path '${added}'`));
    expect((await rows(product, 'out'))[1]).toMatchObject({ id, pos: 2, state: 'forwarding' });
    expect((await patch([{ dest: target.rtmpUrl(kept) }])).status).toBe(200);
    await target.log.waitForLine(new RegExp(`path ${added}\\] destroyed|\\[path ${added}\\]`));
    await waitFor(async () => (await fetch(target.apiUrl(`/v3/paths/get/${added}`))).status === 404, {
      deadlineMs: DEADLINE_MS,
      what: 'the end of what is not configured any more',
    });
    expect(target.log.matching(new RegExp(`is publishing to path '${kept}'`))).toHaveLength(1);
    await publisher.close();
    await waitFor(async () => (await fetch(target.apiUrl(`/v3/paths/get/${kept}`))).status === 404, {
      deadlineMs: DEADLINE_MS,
      what: 'the end of the forward',
    });
  });
});

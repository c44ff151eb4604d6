import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  CLIPS,
  FfmpegReader,
  Lifetime,
  PortBlock,
  TOPOLOGIES,
  TemporaryFolder,
  clipReference,
  contiguousBytes,
  contiguousRun,
  createCertificate,
  prepareClip,
  publishWithFfmpeg,
  standalone,
  waitFor,
} from '@mediamesh/testkit';
import type { ClipReference, Product, ReadResult } from '@mediamesh/testkit';
import { testLifetime } from '@mediamesh/e2e';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const SECONDS = 1.6;
const MIN_FRAMES = 30;
const MIN_AUDIO_BYTES = 8_000;
const DEADLINE_MS = 20_000;
const USERS = [
  { user: 'any', permissions: [{ action: 'read' }, { action: 'api' }, { action: 'publish', path: '~^open' }] },
  { user: 'me', pass: 'secret', permissions: [{ action: 'publish' }] },
];

interface ForwardRow {
  readonly pos: number;
  readonly protocol: string;
  readonly state: string;
  readonly lastError: string;
  readonly outboundBytes: number;
}

describe.each(TOPOLOGIES)('RTSP forwards on $name', (topology) => {
  const lifetime = new Lifetime();
  const folder = lifetime.own(new TemporaryFolder());
  let target: Product;
  let tcpTarget: Product;
  let fingerprint: string;

  beforeAll(async () => {
    const certificate = await createCertificate(folder);
    fingerprint = new X509Certificate(readFileSync(certificate.certificateFile)).fingerprint256.replaceAll(':', '').toLowerCase();
    const config = { pathDefaults: { gopCache: 'burst' }, authInternalUsers: USERS };
    const secure = { rtspEncryption: 'optional', rtspServerKey: certificate.keyFile, rtspServerCert: certificate.certificateFile };
    target = lifetime.own(await standalone.start({ ...config, ...secure }));
    tcpTarget = lifetime.own(await standalone.start({ ...config, rtspTransports: ['tcp'], rtspAuthMethods: ['digest'] }));
  });
  afterAll(() => lifetime.end());

  const start = async (forward: readonly object[]): Promise<Product> =>
    lifetime.own(await topology.start({ metrics: true, paths: { out: { gopCache: 'burst', forward } } }));
  const rows = async (product: Product): Promise<readonly ForwardRow[]> => {
    const response = await fetch(product.apiUrl('/v3/paths/forward/list?path=out'));
    return ((await response.json()) as { items: ForwardRow[] }).items;
  };
  const stateIs = (product: Product, state: string, index: number): Promise<unknown> =>
    waitFor(async () => (await rows(product))[index]?.state === state, { deadlineMs: DEADLINE_MS, what: `the state ${state}` });
  const expectWhole = ({ frames, audio }: ReadResult, reference: ClipReference): void => {
    const hashes = frames.map(({ hash }) => hash);
    expect(contiguousRun(reference.frames, hashes).length).toBeGreaterThanOrEqual(MIN_FRAMES);
    expect(contiguousBytes(reference.audio, audio).length).toBeGreaterThanOrEqual(MIN_AUDIO_BYTES);
  };

  test('over UDP, TCP and TLS, with credentials: every frame arrives, H264 and AAC', async () => {
    const product = await start([
      { dest: target.rtspUrl('open-udp') },
      { dest: target.rtspsUrl('open-tls'), destFingerprint: fingerprint },
      { dest: tcpTarget.rtspUrl('closed', { name: 'me', password: 'secret' }) },
      { dest: tcpTarget.rtspUrl('closed', { name: 'me', password: 'mistaken' }) },
    ]);
    const during = testLifetime(product);
    const clip = await prepareClip(CLIPS.h264BFramesAac);
    const reference = await clipReference(clip);
    during.own(publishWithFfmpeg({ url: product.rtspUrl('out'), clip }));
    await target.log.waitForLine(/is publishing to path 'open-udp'/);
    await target.log.waitForLine(/is publishing to path 'open-tls'/);
    await tcpTarget.log.waitForLine(/is publishing to path 'closed'/);
    const urls = [target.rtspUrl('open-udp'), target.rtspUrl('open-tls'), tcpTarget.rtspUrl('closed')];
    const results = await Promise.all(urls.map((url) => during.own(new FfmpegReader({ url, folder, seconds: SECONDS })).result()));
    for (const result of results) expectWhole(result, reference);
    await stateIs(product, 'error', 3);
    const list = await rows(product);
    expect(list.map(({ pos, protocol, state, lastError }) => [pos, protocol, state, lastError])).toEqual([
      [1, 'rtsp', 'forwarding', ''],
      [2, 'rtsps', 'forwarding', ''],
      [3, 'rtsp', 'forwarding', ''],
      [4, 'rtsp', 'error', 'the credentials are wrong'],
    ]);
    expect(list.map(({ outboundBytes }) => outboundBytes > 10_000)).toEqual([true, true, true, false]);
    expect(product.log.matching(/\[path out\] \[RTSP dest 3 [0-9a-f]{8}\] forwarding to 'rtsp:\/\/127/)).toHaveLength(1);
    expect(product.log.matching(/secret|mistaken/)).toEqual([]);
    const transports = async (of: Product): Promise<readonly string[]> => {
      const { items } = (await (await fetch(of.apiUrl('/v3/rtspsessions/list'))).json()) as { items: { transport: string }[] };
      return items.map(({ transport }) => transport);
    };
    expect(await transports(target)).toContain('UDP');
    expect(await transports(tcpTarget)).toContain('TCP');
  });

  test('to ffmpeg, which was away: H265 and Opus', async () => {
    const port = await lifetime.own(await PortBlock.reserve()).take();
    const url = `rtsp://127.0.0.1:${port}/live`;
    const product = await start([{ dest: url }]);
    const during = testLifetime(product);
    const clip = await prepareClip(CLIPS.h265Opus);
    during.own(publishWithFfmpeg({ url: product.rtspUrl('out'), clip, ffmpeg: 'current' }));
    await product.log.waitForLine(/forwarding to/);
    await stateIs(product, 'error', 0);
    expect((await rows(product))[0]!.lastError).toMatch(/refused/);
    const inputOptions = ['-rtsp_flags', 'listen', '-listen_timeout', '20'];
    const server = during.own(new FfmpegReader({ url, folder, seconds: SECONDS, transport: 'udp', ffmpeg: 'current', inputOptions }));
    expectWhole(await server.result(), await clipReference(clip, 'current'));
  });
});

import {
  CLIPS,
  FfmpegReader,
  Lifetime,
  RtspClient,
  TOPOLOGIES,
  TemporaryFolder,
  clipReference,
  contiguousRun,
  prepareClip,
  publishWithFfmpeg,
} from '@mediamesh/testkit';
import type { Clip, Product, Topology } from '@mediamesh/testkit';
import { testLifetime } from '@mediamesh/e2e';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const CAMERA = { name: 'camera', password: 'C4mera-pass' };
const VIEWER = { name: 'viewer', password: 'V1ewer-pass' };
const USERS = [
  { user: CAMERA.name, pass: CAMERA.password, ips: [], permissions: [{ action: 'publish', path: 'guarded' }] },
  { user: VIEWER.name, pass: VIEWER.password, ips: [], permissions: [{ action: 'read', path: '' }] },
];
const CASES = TOPOLOGIES.flatMap((topology) =>
  (['basic', 'digest'] as const).map(
    (method): { readonly method: 'basic' | 'digest'; readonly topology: Topology; readonly name: string } => ({
      method,
      topology,
      name: topology.name,
    }),
  ),
);

describe.each(CASES)('authentication, $method, on $name', ({ method, topology }) => {
  const lifetime = new Lifetime();
  const folder = lifetime.own(new TemporaryFolder());
  let product: Product;
  let clip: Clip;

  beforeAll(async () => {
    clip = await prepareClip(CLIPS.h264Opus);
    product = lifetime.own(
      await topology.start({ rtspAuthMethods: [method], authInternalUsers: USERS, pathDefaults: { gopCache: 'burst' } }),
    );
    lifetime.own(publishWithFfmpeg({ url: product.rtspUrl('guarded', CAMERA), clip }));
    await product.log.waitForLine(/is publishing to path 'guarded'/);
  });
  afterAll(() => lifetime.end());

  test('who has the rights publishes and reads', async () => {
    const during = testLifetime(product);
    const reader = during.own(new FfmpegReader({ url: product.rtspUrl('guarded', VIEWER), folder, seconds: 1, audio: false }));
    const { frames } = await reader.result();
    contiguousRun(
      (await clipReference(clip)).frames,
      frames.map(({ hash }) => hash),
    );
  });

  test('without credentials: asked for them, at once, and the connection stays', async () => {
    const during = testLifetime(product);
    const client = during.own(await RtspClient.connect({ port: product.ports.rtsp }));
    const failures = () => product.log.matching(/failed to authenticate/).length;
    const before = failures();
    const response = await client.request('DESCRIBE', product.rtspUrl('guarded'));
    expect(response.status).toBe(401);
    const challenges = response.headers.all('WWW-Authenticate');
    expect(challenges).toHaveLength(1);
    if (method === 'basic') expect(challenges[0]).toBe('Basic realm="ipcam"');
    else expect(challenges[0]).toMatch(/^Digest realm="ipcam", nonce="[0-9a-f]{32}"/);
    expect((await client.request('OPTIONS', product.rtspUrl('guarded'))).status).toBe(200);
    expect(failures()).toBe(before);
  });

  test('wrong password, unknown user, missing right: 401, then closed, and nothing else', async () => {
    const during = testLifetime(product);
    const before = product.log.lines.length;
    const wrong = [
      { name: VIEWER.name, password: 'not-the-Password' },
      { name: 'nobody', password: VIEWER.password },
      { name: CAMERA.name, password: CAMERA.password },
    ];
    const readers = wrong.map((user) =>
      during.own(new FfmpegReader({ url: product.rtspUrl('guarded', user), folder, seconds: 1, audio: false })),
    );
    const publisher = during.own(publishWithFfmpeg({ url: product.rtspUrl('guarded', VIEWER), clip }));
    for (const program of [...readers.map((reader) => reader.program), publisher]) {
      const { code } = await program.waitForEnd(15_000);
      expect(code).not.toBe(0);
      expect(program.stderr.lines.join('\n')).toMatch(/401 Unauthorized|authorization failed/);
    }
    const lines = product.log.lines.slice(before);
    expect(lines.filter((line) => line.includes('failed to authenticate'))).toHaveLength(wrong.length + 1);
    expect(lines.filter((line) => /is reading|is publishing|existing publisher|ERR/.test(line))).toEqual([]);
    expect(product.log.lines.filter((line) => /-pass|not-the-Password/.test(line))).toEqual([]);
  });

  if (method === 'basic') {
    test('a wrong password is answered and the connection closed', async () => {
      const during = testLifetime(product);
      const client = during.own(await RtspClient.connect({ port: product.ports.rtsp }));
      const credentials = Buffer.from(`${VIEWER.name}:wrong`).toString('base64');
      const response = await client.request('DESCRIBE', product.rtspUrl('guarded'), { headers: { Authorization: `Basic ${credentials}` } });
      expect(response.status).toBe(401);
      expect(response.headers.all('WWW-Authenticate')).toEqual([]);
      await client.closed;
    });
  }
});

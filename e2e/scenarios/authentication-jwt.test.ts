import { createHmac } from 'node:crypto';
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
import type { Clip, Product } from '@mediamesh/testkit';
import { TokenIssuer, encodeJson, testLifetime } from '@mediamesh/e2e';
import type { TokenAlgorithm } from '@mediamesh/e2e';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ALGORITHMS: readonly TokenAlgorithm[] = ['RS256', 'ES256', 'EdDSA'];
const PERMISSIONS = [{ action: 'publish', path: '~^cam' }, { action: 'read' }, { action: 'api' }];
const nowS = (): number => Math.floor(Date.now() / 1_000);
const claims = (change: object = {}): object => ({
  sub: 'anna',
  iss: 'issuer',
  aud: ['other', 'mesh'],
  iat: nowS(),
  exp: nowS() + 3_600,
  mediamtx_permissions: PERMISSIONS,
  ...change,
});

interface Sessions {
  readonly items: readonly { readonly path: string; readonly user: string }[];
}

describe.each(TOPOLOGIES)('authentication by tokens on $name', (topology) => {
  const lifetime = new Lifetime();
  const folder = lifetime.own(new TemporaryFolder());
  let issuer: TokenIssuer;
  let product: Product;
  let clip: Clip;

  beforeAll(async () => {
    clip = await prepareClip(CLIPS.h264Opus);
    issuer = lifetime.own(await TokenIssuer.start());
    product = lifetime.own(
      await topology.start({
        rtmp: true,
        hls: true,
        webrtc: true,
        authMethod: 'jwt',
        authJWTJWKS: issuer.url,
        authJWTIssuer: 'issuer',
        authJWTAudience: 'mesh',
        pathDefaults: { gopCache: 'burst' },
      }),
    );
    lifetime.own(publishWithFfmpeg({ url: product.rtspUrl(`cam?jwt=${issuer.token(claims(), 'RS256')}`), clip }));
    await product.log.waitForLine(/is publishing to path 'cam'/);
  });
  afterAll(() => lifetime.end());

  const bearing = (token: string): { readonly authorization: string } => ({ authorization: `Bearer ${token}` });

  test.each(ALGORITHMS)('a token signed with %s opens every protocol; the keys are fetched once', async (alg) => {
    const during = testLifetime(product);
    const token = issuer.token(claims(), alg);
    const reader = during.own(new FfmpegReader({ url: product.rtspUrl(`cam?token=${token}`), folder, seconds: 1, audio: false }));
    const hashes = (await reader.result()).frames.map(({ hash }) => hash);
    contiguousRun((await clipReference(clip)).frames, hashes);
    // As a password by hand: ffmpeg cuts what is before the @ of a URL at 127 characters.
    const client = during.own(await RtspClient.connect({ port: product.ports.rtsp }));
    const authorization = `Basic ${Buffer.from(`x:${token}`).toString('base64')}`;
    expect((await client.request('DESCRIBE', product.rtspUrl('cam'), { headers: { Authorization: authorization } })).status).toBe(200);
    during.own(publishWithFfmpeg({ url: product.rtmpUrl(`cam${alg}?token=${token}`), clip, only: 'video' }));
    await product.log.waitForLine(new RegExp(`\\[RTMP\\] .* is publishing to path 'cam${alg}'`));
    for (const url of [product.hlsUrl('/cam/index.m3u8'), product.webrtcUrl('cam/'), product.apiUrl('/v3/paths/list')]) {
      expect([url, (await fetch(url, { headers: bearing(token) })).status]).toEqual([url, 200]);
      const inQuery = await fetch(`${url}?token=${token}`);
      expect([url, inQuery.status, inQuery.headers.get('www-authenticate')]).toEqual([url, 401, 'Basic realm="mediamtx"']);
    }
    const { items } = (await (await fetch(product.apiUrl('/v3/rtmpconns/list'), { headers: bearing(token) })).json()) as Sessions;
    expect(items.find(({ path }) => path === `cam${alg}`)?.user).toBe('anna');
    expect(issuer.fetches).toBe(1);
  });

  test('what is not permitted, expired or forged is refused, and why is logged, without the token', async () => {
    const during = testLifetime(product);
    const good = issuer.token(claims(), 'RS256');
    const [header, , signature] = good.split('.');
    const confused = `${encodeJson({ alg: 'HS256', kid: issuer.kid('RS256') })}.${encodeJson(claims())}`;
    const pem = issuer.publicKey('RS256').export({ type: 'spki', format: 'pem' });
    const stranger = during.own(await TokenIssuer.start());
    const cases: readonly (readonly [string, string])[] = [
      [issuer.token(claims({ exp: nowS() - 1 }), 'RS256'), 'token has invalid claims: token is expired'],
      [issuer.token(claims({ nbf: nowS() + 60 }), 'ES256'), 'token has invalid claims: token is not valid yet'],
      [issuer.token(claims({ iss: 'other' }), 'EdDSA'), 'token has invalid claims: token has invalid issuer'],
      [issuer.token(claims({ aud: 'other' }), 'RS256'), 'token has invalid claims: token has invalid audience'],
      [issuer.token(claims({ mediamtx_permissions: [] }), 'RS256'), "user doesn't have permission to perform action"],
      [
        issuer.token(claims({ mediamtx_permissions: undefined }), 'RS256'),
        "token is malformed: could not JSON decode claim: claim 'mediamtx_permissions' not found inside JWT",
      ],
      [`${header}.${encodeJson(claims({ sub: 'root' }))}.${signature}`, 'token signature is invalid'],
      [
        `${encodeJson({ alg: 'none', kid: issuer.kid('RS256') })}.${encodeJson(claims())}.`,
        'token is unverifiable: its algorithm is not allowed',
      ],
      [
        `${confused}.${createHmac('sha256', pem).update(confused).digest('base64url')}`,
        'token is unverifiable: its key is not for its algorithm',
      ],
      [stranger.token(claims(), 'RS256'), 'token is unverifiable: its key is not in the JWKS'],
      ['x'.repeat(20_000), 'token is malformed: it is longer than 16384 characters'],
    ];
    const responses = await Promise.all(cases.map(([token]) => fetch(product.hlsUrl('/cam/'), { headers: bearing(token) })));
    expect(responses.map(({ status }) => status)).toEqual(cases.map(() => 401));
    for (const [token, reason] of cases) {
      await product.log.waitForLine(new RegExp(`WAR \\[HLS\\] \\[conn 127.0.0.1:\\d+\\] failed to authenticate: ${reason}$`));
      expect(product.log.lines.filter((line) => line.includes(token.substring(0, 40)))).toEqual([]);
    }
    const publisher = during.own(publishWithFfmpeg({ url: product.rtmpUrl(`other?token=${good}`), clip, only: 'video' }));
    expect((await publisher.waitForEnd(20_000)).code).not.toBe(0);
  });

  test('new keys are known when they are asked for; tokens of withdrawn ones are refused then', async () => {
    testLifetime(product);
    const old = issuer.token(claims(), 'RS256');
    issuer.rotate();
    const young = issuer.token(claims(), 'ES256');
    const status = async (token: string): Promise<number> => (await fetch(product.webrtcUrl('cam/'), { headers: bearing(token) })).status;
    expect(await status(young)).toBe(401);
    expect(await status(old)).toBe(200);
    const refreshed = await fetch(product.apiUrl('/v3/auth/jwks/refresh'), { method: 'POST', headers: bearing(old) });
    expect([refreshed.status, await refreshed.json()]).toEqual([200, { status: 'ok' }]);
    expect(await status(young)).toBe(200);
    expect(await status(old)).toBe(401);
    expect(issuer.fetches).toBe(2);
  });
});

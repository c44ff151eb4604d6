import { readFileSync, readdirSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { get as getSecurely } from 'node:https';
import { text } from 'node:stream/consumers';
import type { IncomingMessage } from 'node:http';
import {
  CLIPS,
  Lifetime,
  RawReader,
  RtmpClient,
  TOPOLOGIES,
  TemporaryFolder,
  createCertificate,
  prepareClip,
  publishWithFfmpeg,
  waitFor,
} from '@mediamesh/testkit';
import type { Product } from '@mediamesh/testkit';
import { testLifetime } from '@mediamesh/e2e';
import { afterAll, describe, expect, test } from 'vitest';

const DEADLINE_MS = 20_000;
const NAME = /^([a-z_]+)_\d{19}_[0-9a-f-]{36}\.pcapng$/;
/** What every capture file begins with, in little-endian. */
const SECTION_HEADER = 0x0a0d0d0a;

describe.each(TOPOLOGIES)('captures of connections on $name', (topology) => {
  const lifetime = new Lifetime();
  const folder = lifetime.own(new TemporaryFolder());
  afterAll(() => lifetime.end());

  test('are written for every protocol, while dumpPackets is on, and streams go on as without', async () => {
    const clip = await prepareClip(CLIPS.h264Opus);
    const { keyFile, certificateFile } = await createCertificate(folder);
    const certificates = ['rtsp', 'hls', 'metrics'].map((name) => [`${name}ServerKey`, `${name}ServerCert`]);
    const product = lifetime.own(
      await topology.start({
        dumpPackets: true,
        rtspEncryption: 'optional',
        rtmp: true,
        hls: true,
        hlsEncryption: true,
        metrics: true,
        metricsEncryption: true,
        ...Object.fromEntries(
          certificates.flatMap(([key, certificate]) => [
            [key!, keyFile],
            [certificate!, certificateFile],
          ]),
        ),
      }),
    );
    const during = testLifetime(product);
    during.own(publishWithFfmpeg({ url: product.rtspUrl('dumped'), clip }));
    await product.log.waitForLine(/is publishing to path 'dumped'/);
    const add = { method: 'POST', body: JSON.stringify({ source: product.rtspUrl('dumped'), rtspTransport: 'udp' }) };
    expect((await fetch(product.apiUrl('/v3/config/paths/add/pulled'), add)).status).toBe(200);
    await product.log.waitForLine(/\[path pulled\] stream is available/);
    const secure = during.own(await RawReader.start({ port: product.ports.rtsps, path: 'dumped', tls: true }));
    const pulled = during.own(await RawReader.start({ port: product.ports.rtsp, path: 'pulled' }));
    const overRtmp = during.own(await RtmpClient.start({ url: product.rtmpUrl('dumped'), action: 'play' }));
    await waitFor(() => [secure.packets(), pulled.packets(), overRtmp.messages].every(({ length }) => length >= 10), {
      deadlineMs: DEADLINE_MS,
      what: 'packets at all readers',
    });
    // Who is on this machine may read metrics, over TLS too.
    const metrics = `https://127.0.0.1:${product.ports.metrics}`;
    expect(await getText(`${metrics}/metrics`)).toContain('paths{name="dumped",state="ready"} 1');
    expect(await getOverHttp2(metrics, '/metrics')).toContain('paths{name="dumped",state="ready"} 1');
    expect(await getText(`https://127.0.0.1:${product.ports.hls}/dumped/`)).toContain('<html');

    expect(Object.keys(captures(product)).toSorted()).toEqual([
      'api_server_conn',
      'hlss_server_conn',
      'metrics_server_conn',
      'rtmp_server_conn',
      'rtsp_server_conn',
      'rtsp_server_packet_conn',
      'rtsp_source_conn',
      'rtsp_source_packet_conn',
      'rtsps_server_conn',
      'rtsps_server_packet_conn',
    ]);
    const shown = (prefix: string, what: string): Promise<unknown> =>
      waitFor(() => captures(product)[prefix]!.some((file) => file.includes(what)), {
        deadlineMs: DEADLINE_MS,
        what: `${what} in ${prefix}`,
      });
    await shown('rtsp_server_conn', 'ANNOUNCE rtsp://');
    await shown('rtsp_source_conn', 'PLAY rtsp://');
    await shown('api_server_conn', 'POST /v3/config/paths/add/pulled');
    await shown('rtsps_server_conn', 'SERVER_TRAFFIC_SECRET_0');
    await shown('metrics_server_conn', 'CLIENT_TRAFFIC_SECRET_0');
    for (const file of Object.values(captures(product)).flat()) expect(file.readUInt32LE(0)).toBe(SECTION_HEADER);

    // Off again: what is opened from now on is not dumped.
    await fetch(product.apiUrl('/v3/config/global/patch'), { method: 'PATCH', body: JSON.stringify({ dumpPackets: false }) });
    await product.log.waitForLine(/\[API\] started with/, { count: 2 });
    await product.log.waitForLine(/\[RTSP\] started with/, { count: 2 });
    const before = readdirSync(product.folder.path);
    during.own(publishWithFfmpeg({ url: product.rtspUrl('quiet'), clip }));
    await product.log.waitForLine(/is publishing to path 'quiet'/);
    expect(readdirSync(product.folder.path)).toEqual(before);
  });
});

/** Contents of the files so far, by prefix. */
function captures(product: Product): Readonly<Record<string, readonly Buffer[]>> {
  const byPrefix: Record<string, Buffer[]> = {};
  for (const name of readdirSync(product.folder.path).filter((file) => file.endsWith('.pcapng'))) {
    const prefix = NAME.exec(name)?.[1] ?? name;
    (byPrefix[prefix] ??= []).push(readFileSync(product.folder.file(name)));
  }
  return byPrefix;
}

async function getText(url: string): Promise<string> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    getSecurely(url, { rejectUnauthorized: false }, resolve).on('error', reject);
  });
  return text(response);
}

async function getOverHttp2(origin: string, path: string): Promise<string> {
  const session = connectHttp2(origin, { rejectUnauthorized: false });
  try {
    return await text(session.request({ ':path': path }));
  } finally {
    session.close();
  }
}

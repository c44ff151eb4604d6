import {
  CLIPS,
  Lifetime,
  Program,
  TemporaryFolder,
  ffmpegFile,
  prepareClip,
  schemathesisFolder,
  standalone,
  systemFile,
  waitFor,
} from '@mediamesh/testkit';
import type { Clip, Product } from '@mediamesh/testkit';
import { testLifetime } from '@mediamesh/e2e';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/** It computes all the time: for 24 and 39 s where five others computed too. */
const RUN_DEADLINE_MS = 150_000;
const TEST_DEADLINE_MS = 200_000;
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
];

/** What random values must not reach: listeners, credentials, files, commands, servers elsewhere, the level of the log. */
const EXCLUDED_KEYS = [
  /^(api|metrics|pprof|playback|rtsp|rtmp|hls|webrtc|srt|moq)$/u,
  /^(api|auth|run|log|dump|publish(User|Pass|IPs)|read(User|Pass|IPs)|externalAuth)/u,
  /(Address|Addresses|Encryption|Cert|Key|Disable|Port|IPRange|File|Directory|URL|UDPReadBufferSize|Transports)$/u,
  /^(encryption|protocols|udpReadBufferSize|source|forward)$/u,
];

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly requestBody?: Body }>>>>;
  readonly components: { readonly schemas: Record<string, { readonly properties: Readonly<Record<string, unknown>> }> };
}
interface Body {
  readonly content: { readonly 'application/json': { readonly schema: { $ref: string } } };
}

/** The document with bodies that a test may send: answers keep all of their keys. */
function harmless(document: OpenApi): OpenApi {
  const { schemas } = document.components;
  for (const name of ['GlobalConf', 'PathConf']) {
    const properties = Object.entries(schemas[name]!.properties).filter(([key]) => !EXCLUDED_KEYS.some((pattern) => pattern.test(key)));
    expect(properties.length).toBeGreaterThan(40);
    schemas[`${name}Change`] = { ...schemas[name]!, properties: Object.fromEntries(properties) };
  }
  for (const operation of Object.values(document.paths).flatMap((path) => Object.values(path))) {
    if (operation.requestBody !== undefined) operation.requestBody.content['application/json'].schema.$ref += 'Change';
  }
  return document;
}

describe('the OpenAPI document holds', { timeout: TEST_DEADLINE_MS }, () => {
  const lifetime = new Lifetime();
  const folder = lifetime.own(new TemporaryFolder());
  let product: Product;
  let clip: Clip;
  let file: string;

  beforeAll(async () => {
    clip = await prepareClip(CLIPS.h264BFramesAac);
    product = lifetime.own(
      await standalone.start({
        rtmp: true,
        hls: true,
        webrtc: true,
        srt: false,
        moq: true,
        moqQUICAddress: '127.0.0.1:0',
        apiAllowCommands: false,
        stateDirectory: './state',
      }),
    );
    const document = harmless((await (await fetch(product.apiUrl('/v3/openapi.json'))).json()) as OpenApi);
    file = folder.write('openapi.json', JSON.stringify(document));
  });
  afterAll(() => lifetime.end());

  /** Errors: with what schemathesis found. */
  const tryOut = async (...options: readonly string[]): Promise<void> => {
    // A stream of events has no end. The same cases in every run: only a change makes it fail.
    const always = ['--exclude-path', '/v3/events', '--generation-deterministic'];
    const args = ['-m', 'schemathesis.cli', 'run', file, '--url', product.apiUrl(''), '--phases', 'coverage,fuzzing', '--no-color'];
    const run = new Program({
      name: 'schemathesis',
      command: systemFile('python3'),
      args: [...args, ...always, '--checks', CHECKS.join(), '--continue-on-failure', '--warnings', 'off', ...options],
      cwd: folder.path,
      lifetimeMs: TEST_DEADLINE_MS,
      env: { PYTHONPATH: schemathesisFolder(), PYTHONDONTWRITEBYTECODE: '1' },
    });
    testLifetime(product).own(run);
    const { code } = await run.waitForEnd(RUN_DEADLINE_MS);
    expect([code, code === 0 ? '' : run.stdout.tail(200)]).toEqual([0, '']);
    expect(run.stdout.tail(20)).toMatch(/[1-9]\d* passed/u);
  };

  const play = (args: readonly string[]): Program =>
    new Program({ name: 'ffmpeg', command: ffmpegFile('debian'), args: ['-nostdin', '-v', 'error', ...args] });

  const isListed = async (list: string): Promise<boolean> => {
    const { itemCount } = (await (await fetch(product.apiUrl(`/v3/${list}/list`))).json()) as { itemCount: number };
    return itemCount > 0;
  };

  test('for what is read, while there are sessions', async () => {
    const during = testLifetime(product);
    const source = ['-re', '-stream_loop', '-1', '-i', clip.file, '-c', 'copy'];
    during.own(play([...source, '-f', 'rtsp', '-rtsp_transport', 'tcp', product.rtspUrl('camera')]));
    await product.log.waitForLine(/is publishing to path 'camera'/u);
    for (const url of [product.rtspUrl('camera'), product.rtmpUrl('camera'), product.hlsUrl('/camera/index.m3u8')]) {
      during.own(play(['-i', url, '-c', 'copy', '-f', 'null', '-']));
    }
    for (const list of ['rtspconns', 'rtspsessions', 'rtmpconns', 'hlssessions', 'hlsmuxers', 'paths']) {
      await waitFor(() => isListed(list), { deadlineMs: 20_000, what: `a row of ${list}` });
    }
    await tryOut('--include-method', 'GET', '--max-examples', '10');
    expect(await isListed('rtmpconns')).toBe(true);
  });

  test('for what is changed', async () => {
    await tryOut('--exclude-method', 'GET', '--max-examples', '10');
    // Some changes were taken.
    expect(product.log.lines.some((line) => line.includes('reloading configuration (API request)'))).toBe(true);
  });
});

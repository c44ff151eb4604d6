import { afterEach, describe, expect, test } from 'vitest';
import { Lifetime } from '@mediamesh/testkit';
import { NumberedReader, NumberedStream, areConsecutive } from '../testing/numbered-stream.cases.ts';
import { TestServer } from '../testing/test-server.cases.ts';

let lifetime = new Lifetime();

afterEach(async () => {
  await lifetime.end();
  lifetime = new Lifetime();
});

const FINGERPRINT = 'd84c2cec32f93bdb3a45295 3b832c3f9cf75f97c7ec6e1e8a0a58e362e9ae751'.replace(' ', '');

/** A server with a stream on `cam`, and one that pulls it on `x`. */
async function pull(
  source: (from: TestServer) => string,
  keys: Record<string, unknown> = {},
  config: Record<string, unknown> = {},
): Promise<{ from: TestServer; to: TestServer }> {
  const from = lifetime.own(await TestServer.open(config));
  lifetime.own(await NumberedStream.open(from, 'cam'));
  const to = lifetime.own(await TestServer.open({ paths: { x: { source: source(from), ...keys } } }));
  return { from, to };
}

async function expectFrames(to: TestServer): Promise<void> {
  await to.logged('[path x] stream is available and online, 1 track (Opus)');
  const reader = lifetime.own(await NumberedReader.open(to, 'x'));
  expect(areConsecutive(await reader.frames(100))).toBe(true);
}

describe('every frame arrives', () => {
  test.each([
    ['over TCP', 'tcp', 'with TCP'],
    ['over UDP', 'udp', 'with UDP'],
    ['automatically over UDP', 'automatic', 'with UDP'],
  ])('%s', async (_name, rtspTransport, expected) => {
    const { from, to } = await pull(({ ports }) => `rtsp://127.0.0.1:${ports.rtsp}/cam?a=b`, { rtspTransport });
    await expectFrames(to);
    expect(from.log).toContain(`is reading from path 'cam', ${expected}, 1 track (Opus)`);
    expect(to.log).toContain('[path x] [RTSP source] started');
    expect(to.log).not.toContain('WAR');
  });
  test('x', async () => {
    expect(FINGERPRINT.length).toBe(64);
  });
});

import { readFileSync } from 'node:fs';
import { X509Certificate } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { Lifetime, waitFor } from '@mediamesh/testkit';
import { NumberedReader, NumberedStream, areConsecutive } from '../testing/numbered-stream.cases.ts';
import { CERTIFICATE_FILE, TestServer } from '../testing/test-server.cases.ts';

const DEADLINE_MS = 10_000;
const FINGERPRINT = new X509Certificate(readFileSync(CERTIFICATE_FILE)).fingerprint256.replaceAll(':', '');
const WRONG_FINGERPRINT = `00${FINGERPRINT.substring(2)}`.toLowerCase();
const DIGEST_USERS = {
  rtspAuthMethods: ['digest'],
  authInternalUsers: [
    { user: 'any', permissions: [{ action: 'publish' }] },
    { user: 'camera', pass: 'p@ss.word#1', permissions: [{ action: 'read' }] },
  ],
};
const UDP_OFF = { rtspTransports: ['tcp'] };
const SRTP = { rtspEncryption: 'optional' };
const TLS = { rtspEncryption: 'optional', ...UDP_OFF };

let lifetime = new Lifetime();

afterEach(async () => {
  await lifetime.end();
  lifetime = new Lifetime();
});

type Address = (from: TestServer) => string;
const plain: Address = ({ ports }) => `rtsp://127.0.0.1:${ports.rtsp}/cam`;
const secure: Address = ({ ports }) => `rtsps://127.0.0.1:${ports.rtsps}/cam`;
const withUser: Address = ({ ports }) => `rtsp://camera:p%40ss.word%231@127.0.0.1:${ports.rtsp}/cam`;

/** A server with a stream on `cam`, and one that pulls it on `x`. */
async function pull(
  source: Address,
  keys: Record<string, unknown> = {},
  config: Record<string, unknown> = {},
): Promise<{ readonly from: TestServer; readonly to: TestServer }> {
  const from = lifetime.own(await TestServer.open(config));
  lifetime.own(await NumberedStream.open(from, 'cam'));
  return { from, to: await pullFrom(from, source, keys) };
}

async function pullFrom(from: TestServer, source: Address, keys: Record<string, unknown>): Promise<TestServer> {
  return lifetime.own(await TestServer.open({ paths: { x: { source: source(from), ...keys } } }));
}

function orderOf(sourceId: string, from: TestServer): Parameters<TestServer['service']['startSource']>[0] {
  const options = { rtspTransport: 'tcp' };
  return { sourceId, path: 'x', sourceType: 'rtspSource', url: plain(from), onDemand: false, feed: 0, silenceTimeoutMs: 0, options };
}

async function expectFrames(to: TestServer): Promise<void> {
  const reader = lifetime.own(await NumberedReader.open(to, 'x'));
  expect(areConsecutive(await reader.frames(30))).toBe(true);
}

describe('every frame arrives', () => {
  test.each<[name: string, source: Address, keys: Record<string, unknown>, config: Record<string, unknown>, expected: string]>([
    ['over TCP', plain, { rtspTransport: 'tcp' }, {}, 'with TCP'],
    ['over UDP', plain, { rtspTransport: 'udp' }, {}, 'with UDP'],
    ['over UDP, from any port', plain, { rtspTransport: 'udp', rtspAnyPort: true }, {}, 'with UDP'],
    ['automatically over UDP', plain, {}, {}, 'with UDP'],
    ['with Basic', withUser, { rtspTransport: 'tcp' }, { ...DIGEST_USERS, rtspAuthMethods: ['basic'] }, 'with TCP'],
    ['with Digest', withUser, { rtspTransport: 'tcp' }, DIGEST_USERS, 'with TCP'],
    ['over SRTP', secure, { sourceFingerprint: FINGERPRINT }, SRTP, 'with UDP'],
    ['over SRTP inside of TLS', secure, { sourceFingerprint: FINGERPRINT, rtspTransport: 'tcp' }, SRTP, 'with TCP'],
    ['over TLS', secure, { sourceFingerprint: FINGERPRINT, rtspTransport: 'tcp' }, TLS, 'with TCP'],
  ])('%s', async (_name, source, keys, config, expected) => {
    const { from, to } = await pull(source, keys, config);
    await to.logged('[path x] stream is available and online, 1 track (Opus)');
    await expectFrames(to);
    expect(from.log).toContain(`is reading from path 'cam', ${expected}, 1 track (Opus)`);
    expect(to.log).toContain('[path x] [RTSP source] started');
    expect(to.log).not.toMatch(/ (WAR|ERR) /);
  });

  test.each([
    ['HTTP', 'rtsp+http', 'rtsp'],
    ['HTTPS', 'rtsps+http', 'rtsps'],
    ['a WebSocket', 'rtsp+ws', 'rtsp'],
    ['a secure WebSocket', 'rtsps+ws', 'rtsps'],
  ] as const)('through %s', async (_name, scheme, listener) => {
    const { from, to } = await pull(
      ({ ports }) => `${scheme}://127.0.0.1:${ports[listener]}/cam?a=b`,
      { sourceFingerprint: FINGERPRINT },
      TLS,
    );
    await to.logged('[path x] stream is available and online, 1 track (Opus)');
    await expectFrames(to);
    await to.close();
    await from.logged(/\[session \w+\] destroyed/);
    expect(to.log).not.toMatch(/ (WAR|ERR) /);
  });

  test('over TCP, where the server has no UDP, with a warning', async () => {
    const { to } = await pull(plain, {}, UDP_OFF);
    await to.logged(/WAR \[path x\] \[RTSP source\] .*switching to TCP/);
    await to.logged('[path x] stream is available and online');
    await expectFrames(to);
  });
});

describe('what goes wrong is one line', () => {
  test.each<[name: string, source: Address, keys: Record<string, unknown>, config: Record<string, unknown>, reason: RegExp]>([
    ['nobody listens', () => 'rtsp://127.0.0.1:1/cam', {}, {}, /connection refused/],
    ['a path without stream', ({ ports }) => `rtsp://127.0.0.1:${ports.rtsp}/other`, {}, {}, /bad status code: 404/],
    ['no password', plain, {}, DIGEST_USERS, /credentials/],
    ['another certificate', secure, { sourceFingerprint: WRONG_FINGERPRINT }, TLS, /source fingerprint does not match: expected 00.*, got/],
    ['a certificate that nobody vouches for', secure, {}, TLS, /certificate is not trusted/],
  ])('%s', async (_name, source, keys, config, reason) => {
    const { to } = await pull(source, keys, config);
    await to.logged(new RegExp(`ERR \\[path x\\] \\[RTSP source\\] .*${reason.source}`));
    expect(to.log.match(/ERR/g)).toHaveLength(1);
    expect(to.log).not.toMatch(/p@ss|internal error/);
  });
});

describe('on demand', () => {
  const ON_DEMAND = { sourceOnDemand: true, sourceOnDemandCloseAfter: '100ms', rtspTransport: 'tcp' };

  test('it starts once for many, and lets go when nobody reads', async () => {
    const { from, to } = await pull(plain, ON_DEMAND);
    expect(to.log).not.toContain('[RTSP source]');
    const readers = await Promise.all(Array.from({ length: 5 }, () => NumberedReader.open(to, 'x')));
    for (const reader of readers) expect(areConsecutive(await reader.frames(20))).toBe(true);
    expect(to.log.match(/\[RTSP source\] started on demand/g)).toHaveLength(1);
    expect(from.log.match(/is reading from path/g)).toHaveLength(1);
    for (const reader of readers) await reader.close();
    await to.logged('[path x] [RTSP source] stopped: not needed by anyone');
    await from.logged(/\[session \w+\] destroyed/);
    expect(await readers[0]!.untilEnd()).not.toBe('');
    expect(to.gateway.held.publishers.size).toBe(0);
    expect(to.log).not.toContain('ERR');
  });

  test('it starts again for the next reader, as a new epoch', async () => {
    const { to } = await pull(plain, ON_DEMAND);
    const first = await NumberedReader.open(to, 'x');
    await first.frames(5);
    await first.close();
    await first.untilEnd();
    const second = await NumberedReader.open(to, 'x');
    expect(second.epoch).toBeGreaterThan(first.epoch);
    expect(areConsecutive(await second.frames(20))).toBe(true);
    await second.close();
  });

  test('a reader of a source that cannot be reached is refused when the time is over', async () => {
    const to = lifetime.own(
      await TestServer.open({ paths: { x: { source: 'rtsp://127.0.0.1:1/cam', ...ON_DEMAND, sourceOnDemandStartTimeout: '500ms' } } }),
    );
    await expect(NumberedReader.open(to, 'x')).rejects.toThrow("source of path 'x' has timed out");
  });
});

describe('its life', () => {
  test('a source that dies is pulled again when it is back', async () => {
    const { from, to } = await pull(plain, { rtspTransport: 'tcp' });
    await to.logged('[path x] stream is available and online');
    const first = await NumberedReader.open(to, 'x');
    await first.frames(5);
    const { ports } = from;
    await from.close();
    await first.untilEnd();
    await to.logged(/ERR \[path x\] \[RTSP source\] EOF/);
    const again = lifetime.own(await TestServer.open({}, ports));
    lifetime.own(await NumberedStream.open(again, 'cam'));
    const before = to.log.length;
    await to.logged('[path x] stream is available and online', before);
    const second = lifetime.own(await NumberedReader.open(to, 'x'));
    expect(second.epoch).toBeGreaterThan(first.epoch);
    expect(areConsecutive(await second.frames(20))).toBe(true);
  });

  test('an order that comes twice runs once, and another one for its path takes its place', async () => {
    const from = lifetime.own(await TestServer.open({}));
    lifetime.own(await NumberedStream.open(from, 'cam'));
    const to = lifetime.own(await TestServer.open({}));
    to.service.startSource(orderOf('one', from));
    to.service.startSource(orderOf('one', from));
    await to.logged('[path x] stream is available and online');
    expect(from.log.match(/is reading from path/g)).toHaveLength(1);
    const before = to.log.length;
    to.service.startSource(orderOf('two', from));
    await to.logged('[path x] stream is available and online', before);
    await from.logged(/\[session \w+\] destroyed/);
    to.service.stopSource('two', 'not needed by anyone');
    to.service.stopSource('unknown', 'not needed by anyone');
    await waitFor(() => to.gateway.held.publishers.size === 0, { deadlineMs: DEADLINE_MS, what: 'no publishers' });
    expect(to.log).not.toContain('ERR');
  });

  test('a path that is not its own any more ends it, which is nobody’s error', async () => {
    const from = lifetime.own(await TestServer.open({}));
    lifetime.own(await NumberedStream.open(from, 'cam'));
    const to = lifetime.own(await TestServer.open({ paths: { x: { source: 'rtsp://127.0.0.1:1/cam', sourceOnDemand: true } } }));
    to.service.startSource(orderOf('of a former leader', from));
    await from.logged(/\[session \w+\] destroyed/);
    expect(to.log).not.toContain('ERR');
  });

  test('while control is away it streams on, and its end is told later', async () => {
    const { from, to } = await pull(plain, { rtspTransport: 'tcp' });
    await to.logged('[path x] stream is available and online');
    const reader = await NumberedReader.open(to, 'x');
    await to.setControlPresent(false);
    expect(areConsecutive(await reader.frames(30))).toBe(true);
    await from.close();
    await reader.untilEnd();
    expect(to.log).not.toContain('ERR');
    await to.setControlPresent(true);
    await to.logged(/ERR \[path x\] \[RTSP source\] EOF/);
  });

  test('while control is away it stays connected, and publishes when control is back', async () => {
    const from = lifetime.own(await TestServer.open({}));
    lifetime.own(await NumberedStream.open(from, 'cam'));
    const to = lifetime.own(await TestServer.open({}));
    await to.setControlPresent(false);
    to.service.startSource(orderOf('one', from));
    await to.logged('WAR [path x] [RTSP source] cannot publish yet, trying again: ');
    await to.setControlPresent(true);
    await to.logged('[path x] stream is available and online');
    await expectFrames(to);
    expect(from.log.match(/is reading from path/g)).toHaveLength(1);
    expect(to.log.match(/cannot publish yet/g)).toHaveLength(1);
  });

  test('the end of the service takes leave of the server', async () => {
    const { from, to } = await pull(plain, { rtspTransport: 'tcp' });
    await to.logged('[path x] stream is available and online');
    await to.close();
    await from.logged(/\[session \w+\] destroyed: (?!EOF)/);
    await waitFor(() => from.gateway.held.readers.size === 0, { deadlineMs: DEADLINE_MS, what: 'no readers' });
    expect(to.log).not.toContain('ERR');
  });
});

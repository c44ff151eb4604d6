import { X509Certificate } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { ForwardStatus } from '@mediamesh/contracts';
import type { Track } from '@mediamesh/media';
import { RTP_HEADER_BYTES } from '@mediamesh/rtp';
import { Lifetime, PortBlock, waitFor } from '@mediamesh/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { NumberedReader, NumberedStream, areConsecutive } from '../testing/numbered-stream.cases.ts';
import { OK, ScriptedRtspServer } from '../testing/scripted-rtsp-server.cases.ts';
import type { Answer, ScriptedRequest } from '../testing/scripted-rtsp-server.cases.ts';
import { CERTIFICATE_FILE, TestServer } from '../testing/test-server.cases.ts';

const DEADLINE_MS = 15_000;
const FINGERPRINT = new X509Certificate(readFileSync(CERTIFICATE_FILE)).fingerprint256.replaceAll(':', '');
const WRONG_FINGERPRINT = `00${FINGERPRINT.substring(2)}`.toLowerCase();
const DIGEST = {
  rtspAuthMethods: ['digest'],
  authInternalUsers: [
    { user: 'any', permissions: [{ action: 'read' }] },
    { user: 'camera', pass: 'p@ss.word#1', permissions: [{ action: 'publish' }] },
  ],
};
const BASIC = { ...DIGEST, rtspAuthMethods: ['basic'] };
/** A stream with it is no continuation of one of Opus. */
const G711: Track = {
  id: 1,
  kind: 'audio',
  clockRateHz: 8_000,
  codec: 'G711',
  parameters: { muLaw: true, sampleRateHz: 8_000, channelCount: 1 },
};
const UDP_OFF = { rtspTransports: ['tcp'] };
const TLS = { rtspEncryption: 'optional' };

let lifetime = new Lifetime();

afterEach(async () => {
  await lifetime.end();
  lifetime = new Lifetime();
});

type Address = (to: TestServer) => string;
const plain: Address = ({ ports }) => `rtsp://127.0.0.1:${ports.rtsp}/out`;
const secure: Address = ({ ports }) => `rtsps://127.0.0.1:${ports.rtsps}/out`;
const withUser: Address = ({ ports }) => `rtsp://camera:p%40ss.word%231@127.0.0.1:${ports.rtsp}/out`;
const wrongUser: Address = ({ ports }) => `rtsp://camera:s3cret@127.0.0.1:${ports.rtsp}/out`;

/** A server with a stream on `x` that it pushes. */
async function push(dest: string, destFingerprint = '', readTimeout = '10s'): Promise<TestServer> {
  const from = lifetime.own(await TestServer.open({ readTimeout, paths: { x: { forward: [{ dest, destFingerprint }] } } }));
  lifetime.own(await NumberedStream.open(from, 'x'));
  return from;
}

async function statusIs(from: TestServer, state: ForwardStatus['state']): Promise<ForwardStatus> {
  return waitFor(() => from.service.forwards!.list().find((forward) => forward.state === state), {
    deadlineMs: DEADLINE_MS,
    what: `the state ${state}`,
  });
}

describe('every frame arrives', () => {
  test.each<[name: string, dest: Address, config: Record<string, unknown>, fingerprint: string, transport: string, warnings: number]>([
    ['over UDP', plain, {}, '', 'UDP', 0],
    ['over TCP, where the server has no UDP', plain, UDP_OFF, '', 'TCP', 1],
    ['with Basic', withUser, BASIC, '', 'UDP', 0],
    ['with Digest', withUser, DIGEST, '', 'UDP', 0],
    ['over TLS', secure, TLS, FINGERPRINT, 'TCP', 1],
  ])('%s', async (_name, dest, config, fingerprint, transport, warnings) => {
    const to = lifetime.own(await TestServer.open(config));
    const from = await push(dest(to), fingerprint);
    await to.logged('[path out] stream is available and online, 1 track (Opus)');
    const reader = lifetime.own(await NumberedReader.open(to, 'out'));
    expect(areConsecutive(await reader.frames(30))).toBe(true);
    const sessions = to.gateway.sessions.list(new Set(['rtspSession', 'rtspsSession']), 0, 10).map((session) => session.row());
    expect(sessions).toMatchObject([{ state: 'publish', transport }]);
    const [status] = from.service.forwards!.list();
    expect(status).toMatchObject({ path: 'x', dest: dest(to), state: 'forwarding', lastError: '' });
    expect(status!.outboundBytes).toBeGreaterThan(0);
    expect(from.log.match(/ WAR .*TCP/g) ?? []).toHaveLength(warnings);
    expect(from.log).not.toMatch(/ERR|p@ss|p%40/);
  });
});

/** What a server says that takes a stream whose transport is `transport` (`{client}` is what was asked for). */
function takes({ method, header }: ScriptedRequest, transport = '{client};server_port=6000-6001'): string {
  const agreed = method === 'SETUP' ? `Transport: ${transport.replace('{client}', header('Transport') ?? '')}\r\n` : '';
  return `${OK}Session: 1\r\n${agreed}\r\n`;
}

const answers = (method: string, answer: string): Answer => {
  return (request) => (request.method === method ? answer : takes(request));
};

describe('what goes wrong is one line, and in the status', () => {
  const REFUSALS: readonly (readonly [name: string, dest: Address, config: Record<string, unknown>, fingerprint: string, error: RegExp])[] =
    [
      ['nobody listens', () => 'rtsp://127.0.0.1:1/out', {}, '', /connection refused/],
      ['no credentials', plain, DIGEST, '', /credentials/],
      ['a wrong password', wrongUser, DIGEST, '', /the credentials are wrong/],
      ['another certificate', secure, TLS, WRONG_FINGERPRINT, /fingerprint does not match: expected 00.*, got/],
      ['a certificate that nobody vouches for', secure, TLS, '', /certificate is not trusted/],
    ];

  const expectError = async (from: TestServer, error: RegExp): Promise<void> => {
    expect((await statusIs(from, 'error')).lastError).toMatch(error);
    await from.logged(new RegExp(`ERR \\[path x\\] \\[RTSPS? dest 1 [0-9a-f]{8}\\] .*(${error.source})`));
    expect(from.log.match(/ERR/g)).toHaveLength(1);
    expect(from.log).not.toMatch(/s3cret|internal error/);
  };

  test.each(REFUSALS)('%s', async (_name, dest, config, fingerprint, error) => {
    const to = lifetime.own(await TestServer.open(config));
    await expectError(await push(dest(to), fingerprint), error);
  });

  test.each<[name: string, answer: Answer, error: RegExp]>([
    ['says nothing', () => undefined, /request timed out/],
    ['closes at once', ({ socket }) => void socket.destroy(), /EOF|closed|reset/],
    ['takes no announcement', answers('ANNOUNCE', 'RTSP/1.0 400 Bad Request\r\nCSeq: {n}\r\n\r\n'), /bad status code: 400/],
    ['sends us elsewhere', answers('ANNOUNCE', 'RTSP/1.0 302 Found\r\nCSeq: {n}\r\nLocation: /b\r\n\r\n'), /bad status code: 302/],
    ['has no transport', (request) => takes(request, ''), /Transport/],
    ['names no ports', (request) => takes(request, '{client}'), /has no ports/],
    ['names a group', (request) => takes(request, 'RTP/AVP;multicast;destination=224.1.1.1;port=6000-6001'), /unicast was asked for/],
    ['does not record', answers('RECORD', 'RTSP/1.0 404 Not Found\r\nCSeq: {n}\r\n\r\n'), /bad status code: 404/],
    ['speaks HTTP', () => 'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n', /timed out|status line|request line/],
  ])('a server that %s', async (_name, answer, error) => {
    const server = lifetime.own(await ScriptedRtspServer.open(answer));
    await expectError(await push(server.url, '', '1s'), error);
  });

  test('a server that wants TCP after all gets another connection', async () => {
    const server = lifetime.own(await ScriptedRtspServer.open((request) => takes(request, 'RTP/AVP/TCP;unicast;interleaved=0-1')));
    const from = await push(server.url);
    await waitFor(() => server.methods.includes('RECORD'), { deadlineMs: DEADLINE_MS, what: 'RECORD' });
    expect(server.connections).toBe(2);
    expect(await statusIs(from, 'forwarding')).toMatchObject({ lastError: '' });
  });

  test('packets go to the server itself, whatever it says where it sends from', async () => {
    const port = await lifetime.own(await PortBlock.reserve()).takePair();
    const rtp = lifetime.own(createSocket('udp4').bind(port, '127.0.0.1'));
    await once(rtp, 'listening');
    const transport = `{client};server_port=${port}-${port + 1};source=127.0.0.9`;
    const server = lifetime.own(await ScriptedRtspServer.open((request) => takes(request, transport)));
    await push(server.url);
    const [packet] = (await once(rtp, 'message')) as [Uint8Array];
    // Not one without payload, as clients send to open firewalls: a server would count it.
    expect(packet.length).toBe(RTP_HEADER_BYTES + 4);
  });
});

describe('its life', () => {
  test('a server that is gone is tried again, and the stream goes on when it is back', async () => {
    const to = lifetime.own(await TestServer.open({}));
    const from = await push(plain(to));
    await to.logged('[path out] stream is available and online');
    const { ports } = to;
    await to.close();
    expect((await statusIs(from, 'error')).lastError).not.toBe('');
    const again = lifetime.own(await TestServer.open({}, ports));
    await again.logged('[path out] stream is available and online');
    const reader = lifetime.own(await NumberedReader.open(again, 'out'));
    expect(areConsecutive(await reader.frames(20))).toBe(true);
    expect((await statusIs(from, 'forwarding')).lastError).toBe('');
  });

  test('the end of the stream takes leave of the server', async () => {
    const to = lifetime.own(await TestServer.open({}));
    const from = lifetime.own(await TestServer.open({ paths: { x: { forward: [{ dest: plain(to) }] } } }));
    const stream = await NumberedStream.open(from, 'x');
    await to.logged('[path out] stream is available and online');
    await stream.close();
    await to.logged(/\[session \w+\] destroyed: (?!EOF)/);
    expect(from.service.forwards!.list()).toEqual([]);
    expect(from.log).not.toContain('ERR');
  });

  test('one that still connects when another stream takes the path begins again with that', async () => {
    const server = lifetime.own(
      await ScriptedRtspServer.open((request, { connections }) => (connections === 1 ? undefined : takes(request))),
    );
    const from = await push(server.url, '', '100s');
    await waitFor(() => server.methods.includes('OPTIONS'), { deadlineMs: DEADLINE_MS, what: 'OPTIONS' });
    lifetime.own(await NumberedStream.open(from, 'x', G711));
    await waitFor(() => server.methods.includes('RECORD'), { deadlineMs: DEADLINE_MS, what: 'RECORD' });
    expect(server.connections).toBe(2);
  });

  test('a stop ends one that still connects', async () => {
    const server = lifetime.own(await ScriptedRtspServer.open(() => undefined));
    const from = lifetime.own(await TestServer.open({ readTimeout: '100s', paths: { x: { forward: [{ dest: server.url }] } } }));
    const stream = await NumberedStream.open(from, 'x');
    await waitFor(() => server.methods.includes('OPTIONS'), { deadlineMs: DEADLINE_MS, what: 'OPTIONS' });
    await stream.close();
    await waitFor(() => from.service.forwards!.list().length === 0, { deadlineMs: DEADLINE_MS, what: 'its end' });
    await from.close(); // waits for all of them
    expect(from.log).not.toContain('ERR');
  });
});

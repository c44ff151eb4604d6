import { createSocket } from 'node:dgram';
import type { Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { MAX_BODY_BYTES, MAX_REDIRECTS } from '@mediamesh/rtsp';
import { Lifetime, PortBlock, waitFor } from '@mediamesh/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { NumberedReader } from '../testing/numbered-stream.cases.ts';
import {
  OK,
  OPUS_SDP,
  ScriptedRtspServer,
  cameraAnswer,
  interleaved,
  opusPacket,
  sdpAnswer,
} from '../testing/scripted-rtsp-server.cases.ts';
import type { Answer } from '../testing/scripted-rtsp-server.cases.ts';
import { TestServer } from '../testing/test-server.cases.ts';

const DEADLINE_MS = 10_000;
const TCP = { rtspTransport: 'tcp' };
const UDP = { rtspTransport: 'udp' };

let lifetime = new Lifetime();

afterEach(async () => {
  await lifetime.end();
  lifetime = new Lifetime();
});

async function pull(server: ScriptedRtspServer, keys: Record<string, unknown>): Promise<TestServer> {
  return lifetime.own(await TestServer.open({ readTimeout: '1s', paths: { x: { source: server.url, ...keys } } }));
}

async function serve(answer: Answer): Promise<ScriptedRtspServer> {
  return lifetime.own(await ScriptedRtspServer.open(answer));
}

/** Headers without end, as fast as they are taken. */
const endlessHeaders: Answer = ({ socket }) => {
  const line = 'X-Padding: 0123456789012345678901234567890123456789\r\n'.repeat(1000);
  const more = (): void => {
    while (!socket.destroyed && socket.write(line));
    socket.once('drain', more);
  };
  socket.write(`RTSP/1.0 200 OK\r\n`);
  more();
  return undefined;
};

const malformed = (method: string, answer: string): Answer => {
  return (request) => (request.method === method ? answer : cameraAnswer(request));
};

/** Answer, keys, and what the log says. */
const HOSTILE: readonly (readonly [name: string, answer: Answer, keys: Record<string, unknown>, reason: RegExp])[] = [
  ['says nothing', () => undefined, TCP, /request timed out/],
  ['closes at once', ({ socket }) => void socket.destroy(), TCP, /EOF|closed|reset/],
  ['speaks HTTP', () => 'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n', TCP, /timed out|status line|request line/],
  ['sends headers without end', endlessHeaders, TCP, /RtspMessage|RtspHeaders/],
  [
    'announces a huge SDP',
    malformed('DESCRIBE', `${OK}Content-Type: application/sdp\r\nContent-Length: ${MAX_BODY_BYTES + 1}\r\n\r\n`),
    TCP,
    /has a body of/,
  ],
  [
    'sends an SDP of another kind',
    malformed('DESCRIBE', `${OK}Content-Type: text/html\r\nContent-Length: 1\r\n\r\nx`),
    TCP,
    /application\/sdp/,
  ],
  ['describes no media', malformed('DESCRIBE', sdpAnswer('v=0\r\ns=x\r\n')), TCP, /no medias have been setupped/],
  ['describes a clock without ticks', malformed('DESCRIBE', sdpAnswer(OPUS_SDP.replace('48000', '0'))), TCP, /clock/],
  ['has no transport', malformed('SETUP', `${OK}Session: 1\r\n\r\n`), TCP, /Transport/],
  [
    'wants the same channels twice',
    (request) =>
      cameraAnswer(
        request,
        'RTP/AVP/TCP;interleaved=0-1',
        `${OPUS_SDP}m=audio 0 RTP/AVP 96\r\na=rtpmap:96 opus/48000/2\r\na=control:track2\r\n`,
      ),
    TCP,
    /channels that are in use/,
  ],
  ['has UDP ports of zero', (request) => cameraAnswer(request, '{client};server_port=0-0'), UDP, /rtspAnyPort/],
  [
    'calls itself a group',
    (request) => cameraAnswer(request, 'RTP/AVP;multicast;destination=127.0.0.1;port=6000-6001'),
    { rtspTransport: 'multicast' },
    /multicast group/,
  ],
  [
    'asks for credentials that there are not',
    malformed('DESCRIBE', 'RTSP/1.0 401 Unauthorized\r\nCSeq: {n}\r\nWWW-Authenticate: Basic realm="x"\r\n\r\n'),
    TCP,
    /credentials/,
  ],
  ['streams nothing over TCP', (request) => cameraAnswer(request), TCP, /TCP timeout/],
  ['streams nothing over UDP', (request) => cameraAnswer(request, '{client};server_port=6000-6001'), UDP, /UDP timeout/],
];

describe('a server that', () => {
  test.each(HOSTILE)('%s', async (_name, answer, keys, reason) => {
    const server = await serve(answer);
    const to = await pull(server, keys);
    await to.logged(new RegExp(`ERR \\[path x\\] \\[RTSP source\\] .*(${reason.source})`));
    expect(to.log.match(/ERR/g)).toHaveLength(1);
    expect(to.log).not.toContain('internal error');
    await waitFor(() => to.gateway.held.publishers.size === 0, { deadlineMs: DEADLINE_MS, what: 'no publishers' });
  });

  test('redirects to itself is left', async () => {
    const server = await serve(({ method }, { url }) => {
      return method === 'DESCRIBE' ? `RTSP/1.0 302 Found\r\nCSeq: {n}\r\nLocation: ${url}\r\n\r\n` : `${OK}\r\n`;
    });
    const to = await pull(server, TCP);
    await to.logged(/ERR \[path x\] \[RTSP source\] .*redirects/);
    expect(server.connections).toBe(MAX_REDIRECTS + 1);
  });

  test('redirects is followed', async () => {
    const camera = await serve((request) => cameraAnswer(request));
    const server = await serve(({ method }) => {
      return method === 'DESCRIBE' ? `RTSP/1.0 301 Moved\r\nCSeq: {n}\r\nLocation: ${camera.url}\r\n\r\n` : `${OK}\r\n`;
    });
    const to = await pull(server, TCP);
    await to.logged('[path x] stream is available and online, 1 track (Opus)');
    expect(camera.methods).toEqual(['OPTIONS', 'DESCRIBE', 'SETUP', 'PLAY']);
    expect(to.log).not.toMatch(/ (WAR|ERR) /);
  });

  test('sends no UDP packet is asked again over TCP', async () => {
    const server = await serve((request) => {
      const overTcp = request.header('Transport')?.includes('TCP') === true;
      return cameraAnswer(request, overTcp ? '{client}' : '{client};server_port=6000-6001');
    });
    const to = lifetime.own(await TestServer.open({ paths: { x: { source: server.url } } }));
    await to.logged(/WAR \[path x\] \[RTSP source\] .*switching to TCP/);
    await to.logged('[path x] stream is available and online');
    expect(to.log.match(/is available and online/g)).toHaveLength(1);
    expect(server.methods).toEqual(['OPTIONS', 'DESCRIBE', 'SETUP', 'PLAY', 'TEARDOWN', 'OPTIONS', 'DESCRIBE', 'SETUP', 'PLAY']);
    expect(server.connections).toBe(2);
  });
});

describe('what is asked for', () => {
  test.each<[keys: Record<string, unknown>, header: string, value: string]>([
    [{ rtspRangeType: 'clock', rtspRangeStart: '20230812T120000Z' }, 'Range', 'clock=20230812T120000Z-'],
    [{ rtspRangeType: 'npt', rtspRangeStart: '300ms' }, 'Range', 'npt=0.3-'],
    [{ rtspRangeType: 'smpte', rtspRangeStart: '1h5m2s' }, 'Range', 'smpte=1:05:02-'],
    [{ rtspScale: '-2.0' }, 'Scale', '-2.0'],
  ])('%j', async (keys, header, value) => {
    const server = await serve((request) => cameraAnswer(request));
    const to = await pull(server, { ...TCP, ...keys });
    await to.logged('[path x] stream is available and online');
    expect(server.requestOf('PLAY')?.header(header)).toBe(value);
  });

  test('no back channels; and a goodbye at the end', async () => {
    const back = 'm=audio 0 RTP/AVP 0\r\na=control:back\r\na=sendonly\r\n';
    const server = await serve((request) => cameraAnswer(request, '{client}', back + OPUS_SDP.substring(OPUS_SDP.indexOf('m='))));
    const to = await pull(server, TCP);
    await to.logged('[path x] stream is available and online, 1 track (Opus)');
    await to.close();
    expect(server.methods).toEqual(['OPTIONS', 'DESCRIBE', 'SETUP', 'PLAY', 'TEARDOWN']);
    expect(server.requestOf('SETUP')?.url).toContain('/track1');
  });
});

describe('packets', () => {
  test('that come before the path is ready are not lost', async () => {
    const server = await serve((request) => {
      const { method, socket, cseq } = request;
      if (method !== 'PLAY') return cameraAnswer(request);
      socket.write(interleaved(0, opusPacket(0)));
      socket.write(cameraAnswer(request).replace('{n}', cseq));
      for (let number = 1; number < 20; number++) socket.write(interleaved(0, opusPacket(number)));
      return undefined;
    });
    const to = await pull(server, TCP);
    await to.logged('[path x] stream is available and online');
    const reader = lifetime.own(await NumberedReader.open(to, 'x'));
    await waitFor(() => reader.numbers.length === 20, { deadlineMs: DEADLINE_MS, what: '20 frames' });
    expect(reader.numbers).toEqual(Array.from({ length: 20 }, (_, index) => index));
  });

  test('that are lost or make no sense are one line a second', async () => {
    const server = await serve((request) => {
      const { method, socket, cseq } = request;
      if (method !== 'PLAY') return cameraAnswer(request);
      socket.write(cameraAnswer(request).replace('{n}', cseq));
      for (const number of [0, 1, 5, 6, 10]) socket.write(interleaved(0, opusPacket(number)));
      for (let i = 0; i < 50; i++) socket.write(interleaved(0, Uint8Array.of(1, 2, 3)));
      socket.write(interleaved(1, Uint8Array.of(1)));
      socket.write(interleaved(77, Uint8Array.of(1)));
      return undefined;
    });
    const to = await pull(server, { ...TCP, sourceOnDemand: true });
    const reader = lifetime.own(await NumberedReader.open(to, 'x'));
    await to.logged('WAR [path x] [RTSP source] 6 RTP packets lost');
    await to.logged(/WAR \[path x\] \[RTSP source\] 51 decode errors, last was: /);
    expect(reader.numbers).toEqual([0, 1, 5, 6, 10]);
  });

  test.each([
    ['are taken from the server’s ports only', false, [0, 2]],
    ['are taken from any port with rtspAnyPort', true, [0, 1, 2]],
  ])('%s, after a packet that opens the firewall', async (_name, rtspAnyPort, expected) => {
    const block = lifetime.own(await PortBlock.reserve());
    const port = await block.takePair();
    const [rtp, rtcp, stranger] = await Promise.all([bind(port), bind(port + 1), bind(0)]);
    const punched = Promise.all([once(rtp, 'message'), once(rtcp, 'message')]);
    const server = await serve((request) => cameraAnswer(request, `{client};server_port=${port}-${port + 1}`));
    const to = await pull(server, { ...UDP, rtspAnyPort });
    await to.logged('[path x] stream is available and online');
    const [[, from]] = await punched;
    const client = /client_port=(\d+)-/.exec(server.requestOf('SETUP')!.header('Transport')!)![1];
    expect(from.port).toBe(Number(client));
    const reader = lifetime.own(await NumberedReader.open(to, 'x'));
    rtp.send(opusPacket(0), from.port, '127.0.0.1');
    await waitFor(() => reader.numbers.length === 1, { deadlineMs: DEADLINE_MS, what: 'the first frame' });
    stranger.send(opusPacket(1), from.port, '127.0.0.1');
    if (rtspAnyPort) await waitFor(() => reader.numbers.length === 2, { deadlineMs: DEADLINE_MS, what: 'the second frame' });
    rtp.send(opusPacket(2), from.port, '127.0.0.1');
    // Without the second packet, the third waits for it as long as a gap may last.
    rtp.send(opusPacket(3), from.port, '127.0.0.1');
    const flush = setInterval(() => rtp.send(opusPacket(3), from.port, '127.0.0.1'), 50);
    lifetime.own({ close: () => clearInterval(flush) });
    await waitFor(() => reader.numbers.includes(2), { deadlineMs: DEADLINE_MS, what: 'the third frame' });
    expect(reader.numbers.filter((number) => number < 3)).toEqual(expected);
  });
});

async function bind(port: number): Promise<UdpSocket> {
  const socket = createSocket('udp4');
  socket.bind(port, '127.0.0.1');
  await once(socket, 'listening');
  return lifetime.own(socket);
}

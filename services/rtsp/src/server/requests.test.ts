import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Lifetime } from '@mediamesh/testkit';
import { authorizationValue, chooseChallenge } from '@mediamesh/rtsp';
import { NodeCrypto } from '@mediamesh/platform';
import { NumberedStream } from '../testing/numbered-stream.cases.ts';
import { OPUS_SDP, SDP_TYPE, TWO_OPUS_SDP, publishOpus } from '../testing/opus-publisher.cases.ts';
import { RawRtspClient } from '../testing/raw-rtsp-client.cases.ts';
import { TestServer } from '../testing/test-server.cases.ts';

const TCP = 'Transport: RTP/AVP/TCP;unicast;interleaved=0-1';
const RECORD_TCP = `${TCP};mode=record`;
const BACK_CHANNEL_SDP = TWO_OPUS_SDP.replace('a=control', 'a=sendonly\r\na=control');
const H264_MODE_0_SDP = OPUS_SDP.replace('m=audio', 'm=video').replace('opus/48000/2', 'H264/90000');

let server: TestServer;
let lifetime = new Lifetime();
const whole = new Lifetime();

beforeAll(async () => {
  server = whole.own(
    await TestServer.open({
      rtspTransports: ['tcp'],
      paths: {
        all_others: null,
        moved: { source: 'redirect', sourceRedirect: 'rtsp://127.0.0.1:1/elsewhere' },
        turned: { source: 'redirect', sourceRedirect: '/other' },
        one: { maxReaders: 1 },
      },
    }),
  );
  whole.own(await NumberedStream.open(server, 'cam'));
  whole.own(await NumberedStream.open(server, 'one'));
});

afterEach(async () => {
  await lifetime.end();
  lifetime = new Lifetime();
});

afterAll(() => whole.end());

async function open(): Promise<RawRtspClient> {
  return lifetime.own(await RawRtspClient.open(server.ports.rtsp));
}

const url = (path: string): string => `rtsp://127.0.0.1:${server.ports.rtsp}/${path}`;

describe('one request of a new connection', () => {
  test.each<[name: string, line: string, headers: readonly string[], body: string, status: number, closes: boolean]>([
    ['OPTIONS', 'OPTIONS /cam', [], '', 200, false],
    ['DESCRIBE', 'DESCRIBE /cam', [], '', 200, false],
    ['DESCRIBE of a path without stream', 'DESCRIBE /nothing', [], '', 404, true],
    ['DESCRIBE of an invalid path', 'DESCRIBE /a/../b', [], '', 400, true],
    ['DESCRIBE of a redirect', 'DESCRIBE /moved', [], '', 302, false],
    ['SETUP of a redirect', 'SETUP /moved/trackID=0', [TCP], '', 404, true],
    ['SETUP', 'SETUP /cam/trackID=0', [TCP], '', 200, false],
    ['SETUP of a path without stream', 'SETUP /nothing/trackID=0', [TCP], '', 404, true],
    ['SETUP of a track that is not there', 'SETUP /cam/trackID=7', [TCP], '', 400, true],
    ['SETUP without transport', 'SETUP /cam/trackID=0', [], '', 400, true],
    ['SETUP with UDP, which is off', 'SETUP /cam/trackID=0', ['Transport: RTP/AVP;unicast;client_port=5000-5001'], '', 461, false],
    ['SETUP with multicast, which is off', 'SETUP /cam/trackID=0', ['Transport: RTP/AVP;multicast'], '', 461, false],
    ['SETUP with SRTP, on a plain listener', 'SETUP /cam/trackID=0', ['Transport: RTP/SAVP;unicast;client_port=5000-5001'], '', 461, false],
    ['SETUP with channels that are no pair', 'SETUP /cam/trackID=0', ['Transport: RTP/AVP/TCP;interleaved=0-5'], '', 400, true],
    ['SETUP to record, of a reader', 'SETUP /cam/trackID=0', [RECORD_TCP], '', 400, true],
    ['ANNOUNCE', 'ANNOUNCE /new', [SDP_TYPE], OPUS_SDP, 200, false],
    ['ANNOUNCE without content type', 'ANNOUNCE /new', [], OPUS_SDP, 400, true],
    ['ANNOUNCE of nonsense', 'ANNOUNCE /new', [SDP_TYPE], 'hello', 400, true],
    ['ANNOUNCE with a back channel', 'ANNOUNCE /new', [SDP_TYPE], BACK_CHANNEL_SDP, 400, true],
    ['ANNOUNCE with packetization-mode 0', 'ANNOUNCE /new', [SDP_TYPE], H264_MODE_0_SDP, 400, true],
    ['PLAY without session', 'PLAY /cam', [], '', 501, false],
    ['RECORD without session', 'RECORD /cam', [], '', 501, false],
    ['PAUSE without session', 'PAUSE /cam', [], '', 501, false],
    ['TEARDOWN without session', 'TEARDOWN /cam', [], '', 501, false],
    ['PLAY with an unknown session', 'PLAY /cam', ['Session: 12345'], '', 454, true],
    ['TEARDOWN with an unknown session', 'TEARDOWN /cam', ['Session: 12345'], '', 454, true],
    ['another method', 'REDIRECT /cam', [], '', 501, false],
  ])('%s', async (_name, line, headers, body, status, closes) => {
    const client = await open();
    expect(await client.status(line.replace('/', url('')), headers, body)).toBe(status);
    if (closes) await client.closed();
    else expect(await client.status(`OPTIONS ${url('cam')}`)).toBe(200);
  });

  test('DESCRIBE says where the tracks are, and what they are', async () => {
    const { headers, body } = await (await open()).request(`DESCRIBE ${url('cam?a=b')}`);
    expect(headers.get('Content-Base')).toBe(`${url('cam?a=b')}/`);
    expect(headers.get('Content-Type')).toBe('application/sdp');
    expect(headers.get('Server')).toBe('gortsplib');
    const sdp = Buffer.from(body).toString();
    for (const text of ['c=IN IP4 0.0.0.0', 'm=audio 0 RTP/AVP 96', 'a=rtpmap:96 opus/48000', 'a=control:trackID=0'])
      expect(sdp).toContain(text);
  });

  test.each([
    ['moved', 'rtsp://127.0.0.1:1/elsewhere'],
    ['turned', 'other'],
  ])('a redirect of %s goes to %s', async (path, to) => {
    const { status, headers } = await (await open()).request(`DESCRIBE ${url(path)}`);
    expect([status, headers.get('Location')]).toEqual([302, to.startsWith('rtsp') ? to : url(to)]);
  });
});

describe('exchanges', () => {
  type Step = readonly [line: string, headers: readonly string[], body: string, status: number];
  const setup = (track: number, header = TCP): Step => [`SETUP /cam/trackID=${track}`, [header], '', 200];

  test.each<[name: string, steps: readonly Step[]]>([
    ['a reader, twice', [setup(0), ['PLAY /cam', [], '', 200], ['TEARDOWN /cam', [], '', 200], setup(0), ['PLAY /cam', [], '', 200]]],
    ['PLAY is repeated', [setup(0), ['PLAY /cam', [], '', 200], ['PLAY /cam', [], '', 200]]],
    [
      'PAUSE and PLAY',
      [setup(0), ['PLAY /cam', [], '', 200], ['PAUSE /cam', [], '', 200], ['PAUSE /cam', [], '', 200], ['PLAY /cam', [], '', 200]],
    ],
    ['one track twice', [setup(0), ['SETUP /cam/trackID=0', ['Transport: RTP/AVP/TCP;interleaved=2-3'], '', 400]]],
    ['PLAY of another path', [setup(0), ['PLAY /other', [], '', 400]]],
    ['RECORD by a reader', [setup(0), ['RECORD /cam', [], '', 400]]],
    ['GET_PARAMETER in a session', [setup(0), ['GET_PARAMETER /cam', [], '', 200]]],
    ['461, then a transport that is there', [['SETUP /cam/trackID=0', ['Transport: RTP/AVP;client_port=5000-5001'], '', 461], setup(0)]],
    [
      'RECORD without all tracks',
      [
        ['ANNOUNCE /two', [SDP_TYPE], TWO_OPUS_SDP, 200],
        ['SETUP /two/trackID=0', [RECORD_TCP], '', 200],
        ['RECORD /two', [], '', 400],
      ],
    ],
    [
      'a publisher that plays',
      [
        ['ANNOUNCE /new', [SDP_TYPE], OPUS_SDP, 200],
        ['SETUP /new/trackID=0', [TCP], '', 400],
      ],
    ],
    [
      'ANNOUNCE twice',
      [
        ['ANNOUNCE /new', [SDP_TYPE], OPUS_SDP, 200],
        ['ANNOUNCE /new', [SDP_TYPE], OPUS_SDP, 400],
      ],
    ],
  ])('%s', async (_name, steps) => {
    const client = await open();
    for (const [line, headers, body, status] of steps) {
      expect([line, await client.status(line.replace('/', url('')), headers, body)]).toEqual([line, status]);
      if (line.startsWith('TEARDOWN')) client.session = undefined;
    }
  });

  test('a path that is full', async () => {
    const first = await open();
    expect(await first.status(`SETUP ${url('one/trackID=0')}`, [TCP])).toBe(200);
    const second = await open();
    expect(await second.status(`SETUP ${url('one/trackID=0')}`, [TCP])).toBe(400);
    expect(await first.status(`PLAY ${url('one')}`)).toBe(200);
  });

  test('a publisher that pauses takes its stream off, and publishes again', async () => {
    const client = await open();
    await publishOpus(client, url('paused'), 'RTP/AVP/TCP;interleaved=0-1');
    expect(await (await open()).status(`DESCRIBE ${url('paused')}`)).toBe(200);
    expect(await client.status(`PAUSE ${url('paused')}`)).toBe(200);
    expect(await (await open()).status(`DESCRIBE ${url('paused')}`)).toBe(404);
    expect(await client.status(`RECORD ${url('paused')}`)).toBe(200);
    expect(await (await open()).status(`DESCRIBE ${url('paused')}`)).toBe(200);
  });

  test('a reader that was set up learns that the publisher left, playing or not', async () => {
    const publisher = await open();
    await publishOpus(publisher, url('short'), 'RTP/AVP/TCP;interleaved=0-1');
    const idle = await open();
    const playing = await open();
    for (const reader of [idle, playing]) expect(await reader.status(`SETUP ${url('short/trackID=0')}`, [TCP])).toBe(200);
    expect(await playing.status(`PLAY ${url('short')}`)).toBe(200);
    expect(await publisher.status(`TEARDOWN ${url('short')}`)).toBe(200);
    await Promise.all([idle.closed(), playing.closed()]);
  });

  test('log lines', async () => {
    const from = server.log.length;
    const client = await open();
    await client.request(`SETUP ${url('cam/trackID=0')}`, [TCP]);
    await client.request(`PLAY ${url('cam')}`);
    await client.request(`TEARDOWN ${url('cam')}`);
    client.close();
    await server.logged(`[RTSP] [conn 127.0.0.1:${client.localPort}] closed: EOF`, from);
    const peer = `127.0.0.1:${client.localPort}`;
    const late = server.log.substring(from);
    const session = /session ([0-9a-f]{8})\] created by \S+:(\d+)/.exec(late)![1]!;
    expect(late).toMatch(/DEB \[RTSP\] \[conn \S+\] \[c->s\] PLAY rtsp:\S+ RTSP\/1\.0\\r\\nCSeq: \d+/);
    expect(late).toMatch(/DEB \[RTSP\] \[conn \S+\] \[s->c\] RTSP\/1\.0 200 OK\\r\\n/);
    const lines = late
      .split('\n')
      .filter((line) => !line.includes(' DEB ') && (line.includes(`[conn ${peer}]`) || line.includes(`[session ${session}]`)))
      .map((line) =>
        line
          .replace(/^.*?(?=INF|WAR|ERR)/, '')
          .replaceAll(peer, 'PEER')
          .replace(session, 'ID'),
      );
    expect(lines).toEqual([
      'INF [RTSP] [conn PEER] opened',
      'INF [RTSP] [session ID] created by PEER',
      "INF [RTSP] [session ID] is reading from path 'cam', with TCP, 1 track (Opus)",
      'INF [RTSP] [session ID] destroyed: torn down by PEER',
      'INF [RTSP] [conn PEER] closed: EOF',
    ]);
  });
});

describe('credentials', () => {
  const USERS = [
    { user: 'any', permissions: [{ action: 'publish' }] },
    { user: 'ann', pass: 'p@ss', permissions: [{ action: 'read' }] },
  ];

  async function protectedServer(rtspAuthMethods: readonly string[]): Promise<(header?: string) => Promise<RawRtspClient>> {
    const other = lifetime.own(await TestServer.open({ rtspTransports: ['tcp'], rtspAuthMethods, authInternalUsers: USERS }));
    lifetime.own(await NumberedStream.open(other, 'cam'));
    return async () => lifetime.own(await RawRtspClient.open(other.ports.rtsp));
  }

  test.each<[methods: readonly string[], password: string, statuses: readonly [asked: number, answered: number]]>([
    [['basic'], 'p@ss', [401, 200]],
    [['basic'], 'wrong', [401, 401]],
    [['digest'], 'p@ss', [401, 200]],
    [['digest'], 'wrong', [401, 401]],
    [['basic', 'digest'], 'p@ss', [401, 200]],
  ])('%s with the password %s', async (methods, password, statuses) => {
    const client = await (await protectedServer(methods))();
    const asked = await client.request('DESCRIBE rtsp://h/cam');
    const challenges = asked.headers.all('WWW-Authenticate');
    expect(challenges).toHaveLength(methods.length);
    expect(challenges.every((value) => value.includes('realm="ipcam"'))).toBe(true);
    const challenge = chooseChallenge(challenges)!;
    const request = { method: 'DESCRIBE', url: 'rtsp://h/cam' };
    const value = authorizationValue(new NodeCrypto(), challenge, { user: 'ann', password }, request);
    const answered = await client.request('DESCRIBE rtsp://h/cam', [`Authorization: ${value}`]);
    expect([asked.status, answered.status]).toEqual(statuses);
    if (answered.status === 401) await client.closed();
  });

  test('each SETUP of a new session is asked too', async () => {
    const client = await (await protectedServer(['basic']))();
    const basic = `Authorization: Basic ${Buffer.from('ann:p@ss').toString('base64')}`;
    expect(await client.status('SETUP rtsp://h/cam/trackID=0', [TCP])).toBe(401);
    expect(await client.status('SETUP rtsp://h/cam/trackID=0', [TCP, basic])).toBe(200);
  });
});

import { base64FromBytes } from '@mediamesh/bytes';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseKeyMgmt } from '../header/key-mgmt.ts';
import { parseMikeyMessage, serializeMikeyMessage } from '../mikey/mikey-message.ts';
import { mikeyFromSrtpKeys, srtpKeysFromMikey, type SrtpKeys } from '../mikey/srtp-keys.ts';
import { countingCrypto } from '../node-crypto.cases.ts';
import { FIRST_PACKET_TIMEOUT_MS, MAX_REDIRECTS } from './connection.ts';
import {
  CAMERA_SDP,
  NOW_MS,
  OK,
  OPTIONS,
  ScriptedServer,
  WALL_CLOCK_MS,
  describeOk,
  setupOk,
  type Script,
} from './scripted-server.cases.ts';
import { mediaUrl, redirectUrl } from './urls.ts';
import { parseRtspUrl } from '../message/url.ts';

const DESCRIBE: Script[number] = ['DESCRIBE', describeOk(CAMERA_SDP)];
const PLAY: Script[number] = ['PLAY', `${OK}RTP-Info: url=rtsp://h/cam/track1;seq=1;rtptime=2\r\n\r\n`];
const UDP: Script = [
  OPTIONS,
  DESCRIBE,
  setupOk('RTP/AVP;unicast;client_port=5000-5001;server_port=6000-6001;ssrc=A'),
  setupOk('RTP/AVP;server_port=6002-6003;source=10.0.0.7'),
  PLAY,
];
const TCP: Script = [OPTIONS, DESCRIBE, setupOk('RTP/AVP/TCP;unicast;interleaved=0-1'), setupOk('RTP/AVP/TCP;interleaved=4-5'), PLAY];
const STREAMING = 'streaming [{"url":"rtsp://h/cam/track1","sequenceNumber":1,"timestamp":2}]';

function played(script: Script, options: ConstructorParameters<typeof ScriptedServer>[1] = {}): ScriptedServer {
  const server = new ScriptedServer(script, options);
  server.client.play();
  return server.run();
}

describe('playing', () => {
  test('a camera over UDP, without its back channel', () => {
    const server = played(UDP);
    expect(server.events).toEqual([
      'OPTIONS rtsp://h:8554/cam?q=1',
      'DESCRIBE rtsp://h:8554/cam?q=1',
      'described cam',
      'SETUP rtsp://h:8554/cam?q=1/track1 RTP/AVP;unicast;client_port=5000-5001',
      'SETUP rtsp://h:8554/cam/track2 RTP/AVP;unicast;client_port=5002-5003 [abc]',
      'PLAY rtsp://h:8554/cam?q=1 [abc]',
      STREAMING,
    ]);
    expect(server.medias).toMatchObject([
      { mediaIndex: 0, ssrc: 0xa, transport: { protocol: 'udp', clientPorts: [5000, 5001], serverPorts: [6000, 6001] } },
      { mediaIndex: 1, transport: { protocol: 'udp', clientPorts: [5002, 5003], serverPorts: [6002, 6003], source: '10.0.0.7' } },
    ]);
    expect(server.requests.at(-1)!.headers.get('Range')).toBe('npt=0-');
    expect(server.requests[0]!.headers.get('User-Agent')).toBe('test');
  });

  test('over TCP, with a range, a scale and channels of the server', () => {
    const server = new ScriptedServer(TCP, { transport: 'tcp' });
    server.client.play({ range: { type: 'clock', utc: '20230812T120000Z' }, scale: '2.0' });
    server.run();
    expect(server.requests.at(-1)!.headers.serialize()).toContain('Range: clock=20230812T120000Z-\r\nScale: 2.0\r\n');
    server.say('$\x00\x00\x01a$\x05\x00\x01b$\x02\x00\x01c');
    expect(server.events.slice(-2)).toEqual(['0 rtp a', '1 rtcp b']);
  });

  test('media that comes before the answer to PLAY is taken', () => {
    const server = played(TCP.slice(0, -1), { transport: 'tcp' });
    server.say('$\x00\x00\x01a');
    expect(server.events.at(-1)).toBe('0 rtp a');
  });

  test('by multicast', () => {
    const server = played(
      [
        OPTIONS,
        ['DESCRIBE', describeOk('m=audio 0 RTP/AVP 0\r\n')],
        setupOk('RTP/AVP;multicast;destination=239.0.0.1;port=7000-7001;ttl=5'),
        PLAY,
      ],
      { transport: 'multicast' },
    );
    expect(server.medias[0]!.transport).toEqual({ protocol: 'multicast', address: '239.0.0.1', ports: [7000, 7001] });
    expect(server.events).toContain('SETUP rtsp://h:8554/cam?q=1 RTP/AVP;multicast');
  });

  test('controls are relative to Content-Base, or to the control of the session', () => {
    const sdp = 'm=audio 0 RTP/AVP 0\r\na=control:t\r\n';
    const setup = (headers: string, session = ''): string | undefined =>
      played([OPTIONS, ['DESCRIBE', describeOk(session + sdp, headers)]], { transport: 'tcp' }).requests.at(-1)?.url;
    expect(setup('')).toBe('rtsp://h:8554/cam?q=1/t');
    expect(setup('Content-Base: rtsp://h:8554/base/\r\n')).toBe('rtsp://h:8554/base/t');
    expect(setup('Content-Base: /base\r\n')).toBe('rtsp://h:8554/base/t');
    expect(setup('Content-Base: /base\r\n', 'a=control:rtsp://u:p@other/x\r\n')).toBe('rtsp://other/x/t');
  });

  test('an unknown OPTIONS is tolerated', () => {
    const server = played([['OPTIONS', 'RTSP/1.0 404 Not Found\r\nCSeq: {n}\r\n\r\n'], ...UDP.slice(1)]);
    expect(server.events.at(-1)).toBe(STREAMING);
    server.client.packetReceived(NOW_MS);
    for (const at of [5000, 10_000, 15_000]) {
      server.client.packetReceived(NOW_MS + at);
      server.client.tick(NOW_MS + at);
    }
    expect(server.events.at(-1)).toBe('OPTIONS rtsp://h:8554/cam?q=1 [abc]');
  });

  test('a server that asks is answered', () => {
    const server = played(UDP);
    server.say('OPTIONS * RTSP/1.0\r\nCSeq: 9\r\n\r\nGET_PARAMETER * RTSP/1.0\r\nCSeq: 10\r\n\r\n');
    expect(server.closedWith).toBeUndefined();
  });

  test('any chunking of the answers gives the same', () => {
    const expected = played(TCP, { transport: 'tcp' }).events;
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), (size) => {
        const server = new ScriptedServer(TCP, { transport: 'tcp' });
        const say = server.say.bind(server);
        server.say = (text, nowMs) => {
          for (let at = 0; at < text.length; at += size) say(text.substring(at, at + size), nowMs);
        };
        server.client.play();
        expect(server.run().events).toEqual(expected);
      }),
    );
  });
});

describe('credentials', () => {
  const unauthorized = 'RTSP/1.0 401 Unauthorized\r\nCSeq: {n}\r\nWWW-Authenticate: Digest realm="r", nonce="n"\r\n\r\n';

  test('are sent when they are asked for, once a connection', () => {
    const server = played([OPTIONS, ['DESCRIBE', unauthorized], ...UDP.slice(1)], { url: 'rtsp://u:p%40@h:8554/cam?q=1' });
    expect(server.events.at(-1)).toBe(STREAMING);
    expect(server.requests.map((request) => request.headers.get('Authorization')?.split(' ')[0])).toEqual([
      undefined,
      undefined,
      'Digest',
      'Digest',
      'Digest',
      'Digest',
    ]);
    expect(server.requests.some((request) => request.url.includes('@'))).toBe(false);
  });

  test.each([
    [
      'wrong ones',
      'rtsp://u:p@h/cam',
      [
        ['OPTIONS', unauthorized],
        ['OPTIONS', unauthorized],
      ] as Script,
      /wrong/,
    ],
    ['none', 'rtsp://h/cam', [['OPTIONS', unauthorized]] as Script, /the URL has none/],
    [
      'a user without password is tried',
      'rtsp://u@h/cam',
      [
        ['OPTIONS', unauthorized],
        ['OPTIONS', unauthorized],
      ] as Script,
      /wrong/,
    ],
    ['an unknown scheme', 'rtsp://u:p@h/cam', [['OPTIONS', unauthorized.replace('Digest', 'Negotiate')]] as Script, /no known way/],
  ])('%s', (_name, url, script, reason) => expect(played(script, { url }).closedWith).toMatch(reason));
});

describe('redirects', () => {
  const redirected = (status: number, location: string): Script => [
    OPTIONS,
    ['DESCRIBE', `RTSP/1.0 ${status} x\r\nCSeq: {n}\r\nLocation: ${location}\r\n\r\n`],
  ];

  test.each([301, 302, 303, 304, 305])('%d goes to another connection, with the credentials', (status) => {
    const server = played(redirected(status, 'rtsp://other/x?y'), { url: 'rtsp://u%3A:p@h/cam', redirects: 2 });
    expect(server.reconnected).toEqual({ url: 'rtsp://u%3A:p@other/x?y', transport: 'automatic', redirects: 3, reason: 'redirected' });
    expect(server.closedWith).toBeUndefined();
  });

  test('never out of TLS, never without end', () => {
    expect(played(redirected(302, 'rtsp://other/x'), { url: 'rtsps://h/cam' }).closedWith).toMatch(/leave TLS/);
    expect(played(redirected(302, 'rtsp://other/x'), { redirects: MAX_REDIRECTS }).closedWith).toMatch(/redirects/);
    expect(played(redirected(302, 'rtsp://other/x'), { redirects: MAX_REDIRECTS - 1 }).reconnected?.redirects).toBe(MAX_REDIRECTS);
    expect(redirectUrl(parseRtspUrl('rtsp://h/cam'), '/other')).toBe('rtsp://h/other');
  });
});

describe('from UDP to TCP', () => {
  test('the server has no UDP', () => {
    const server = played([OPTIONS, DESCRIBE, ['SETUP', 'RTSP/1.0 461 Unsupported\r\nCSeq: {n}\r\n\r\n'], ...TCP.slice(2)]);
    expect(server.events).toContain('switched: the server has no UDP, switching to TCP');
    expect(server.events.at(-1)).toBe(STREAMING);
  });

  test('the server answers TCP', () => {
    const server = played([OPTIONS, DESCRIBE, setupOk('RTP/AVP/TCP;interleaved=0-1')]);
    expect(server.reconnected).toMatchObject({ transport: 'tcp', url: 'rtsp://h:8554/cam?q=1' });
    expect(server.events.at(-1)).toBe('TEARDOWN rtsp://h:8554/cam?q=1 [abc]');
  });

  test('no packet in the first seconds', () => {
    const server = played(UDP);
    server.client.tick(NOW_MS + FIRST_PACKET_TIMEOUT_MS - 1);
    expect(server.reconnected).toBeUndefined();
    server.client.tick(NOW_MS + FIRST_PACKET_TIMEOUT_MS);
    expect(server.reconnected).toMatchObject({ transport: 'tcp', reason: 'no UDP packets have come, switching to TCP' });
  });

  const mode0: Script[number] = ['DESCRIBE', describeOk('m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n')];
  test.each([
    ['H264 in mode 0', [OPTIONS, mode0] as Script, {}],
    ['TLS without a secure profile', [OPTIONS, DESCRIBE] as Script, { url: 'rtsps://h/cam' }],
    ['a tunnel', [OPTIONS, DESCRIBE] as Script, { tunnelled: true }],
  ])('%s', (_name, script, options) =>
    expect(played(script, options).requests.at(-1)!.headers.get('Transport')).toBe('RTP/AVP/TCP;unicast;interleaved=0-1'),
  );

  test('what the user has ordered is not changed', () => {
    const unsupported: Script = [OPTIONS, DESCRIBE, ['SETUP', 'RTSP/1.0 461 x\r\nCSeq: {n}\r\n\r\n']];
    expect(played(unsupported, { transport: 'udp' }).closedWith).toMatch(/461/);
    expect(played([OPTIONS, mode0], { transport: 'udp' }).closedWith).toMatch(/needs TCP/);
    expect(played([OPTIONS, DESCRIBE], { transport: 'udp', url: 'rtsps://h/cam' }).closedWith).toMatch(/not be encrypted/);
    const server = played(UDP, { transport: 'udp' });
    server.client.tick(NOW_MS + 9_999);
    expect(server.closedWith).toBeUndefined();
    server.client.tick(NOW_MS + 10_000);
    expect(server.closedWith).toBe('UDP timeout');
  });
});

describe('time', () => {
  test('keep-alives follow the timeout of the session', () => {
    const server = played(TCP, { transport: 'tcp' });
    server.say('$\x00\x00\x01a', NOW_MS + 8_000);
    server.client.tick(NOW_MS + 14_999);
    expect(server.events.filter((event) => event.startsWith('GET_PARAMETER'))).toEqual([]);
    server.client.tick(NOW_MS + 15_000);
    expect(server.events.at(-1)).toBe('GET_PARAMETER rtsp://h:8554/cam?q=1 [abc]');
    server.say('RTSP/1.0 454 Session Not Found\r\nCSeq: 6\r\n\r\n', NOW_MS + 15_000);
    expect(server.closedWith).toBeUndefined();
  });

  test('a silent server', () => {
    const waiting = played([]);
    waiting.client.tick(NOW_MS + 9_999);
    expect(waiting.closedWith).toBeUndefined();
    waiting.client.tick(NOW_MS + 10_000);
    expect(waiting.closedWith).toBe('request timed out');
    const tcp = played(TCP, { transport: 'tcp' });
    tcp.client.tick(NOW_MS + 10_000);
    expect(tcp.closedWith).toBe('TCP timeout');
    const udp = played(UDP);
    udp.client.packetReceived(NOW_MS + 2_000);
    udp.client.tick(NOW_MS + 11_999);
    expect(udp.closedWith).toBeUndefined();
    udp.client.tick(NOW_MS + 12_000);
    expect(udp.closedWith).toBe('UDP timeout');
  });
});

describe('secure profile', () => {
  const theirs: SrtpKeys = { keyAndSalt: new Uint8Array(30).fill(9), streams: [{ ssrc: 5, rolloverCounter: 0 }] };
  const mikey = base64FromBytes(serializeMikeyMessage(mikeyFromSrtpKeys(theirs, countingCrypto(), WALL_CLOCK_MS)));
  const sdp = (attribute: string): Script[number] => ['DESCRIBE', describeOk(`m=audio 0 RTP/SAVP 0\r\n${attribute}`)];
  const options = { url: 'rtsps://h/cam' };
  const offered = (server: ScriptedServer): SrtpKeys =>
    srtpKeysFromMikey(
      parseMikeyMessage(parseKeyMgmt(server.requests.findLast((request) => request.method === 'SETUP')!.headers.get('KeyMgmt')!).data),
      WALL_CLOCK_MS,
    );

  test('keys of the description, and of the response', () => {
    const transport = 'RTP/SAVP;server_port=1-2';
    const described = played([OPTIONS, sdp(`a=key-mgmt:mikey ${mikey}\r\n`), setupOk(transport), PLAY], options);
    const answered = played([OPTIONS, sdp(''), setupOk(`${transport}\r\nKeyMgmt: prot=mikey;uri="x";data="${mikey}"`), PLAY], options);
    for (const server of [described, answered]) {
      expect(server.medias[0]!.keys).toEqual({ client: offered(server), server: theirs });
      expect(server.events.some((event) => event.includes('RTP/SAVP;unicast;client_port'))).toBe(true);
    }
    expect(played([OPTIONS, sdp(''), setupOk(transport)], options).closedWith).toMatch(/no keys/);
  });

  test('a camera that wants the client to manage the keys', () => {
    const failure: Script[number] = ['SETUP', 'RTSP/1.0 463 Key Management Failure\r\nCSeq: {n}\r\n\r\n'];
    const server = played([OPTIONS, sdp(''), failure, setupOk('RTP/SAVP;server_port=1-2'), PLAY], options);
    expect(server.medias[0]!.keys).toEqual({ client: offered(server), server: offered(server) });
    expect(offered(server).mki).toHaveLength(4);
    expect(played([OPTIONS, sdp(''), failure, failure], options).closedWith).toMatch(/463/);
  });
});

describe('servers that are refused', () => {
  const CASES: readonly (readonly [name: string, script: Script, options: object, reason: RegExp])[] = [
    ['OPTIONS fails', [['OPTIONS', 'RTSP/1.0 500 x\r\nCSeq: {n}\r\n\r\n']], {}, /500/],
    ['no stream', [OPTIONS, ['DESCRIBE', 'RTSP/1.0 404 Not Found\r\nCSeq: {n}\r\n\r\n']], {}, /404/],
    ['no SDP', [OPTIONS, ['DESCRIBE', `${OK}\r\n`]], {}, /application\/sdp/],
    ['malformed SDP', [OPTIONS, ['DESCRIBE', describeOk('x')]], {}, /invalid line/],
    ['no media', [OPTIONS, ['DESCRIBE', describeOk('v=0\r\n')]], {}, /no medias/],
    ['no transport', [OPTIONS, DESCRIBE, ['SETUP', `${OK}\r\n`]], {}, /profile/],
    ['no server ports', [OPTIONS, DESCRIBE, setupOk('RTP/AVP;unicast')], {}, /rtspAnyPort/],
    ['multicast instead of unicast', [OPTIONS, DESCRIBE, setupOk('RTP/AVP;multicast')], {}, /multicast/],
    ['UDP instead of TCP', [OPTIONS, DESCRIBE, setupOk('RTP/AVP')], { transport: 'tcp' }, /UDP/],
    [
      'channels twice',
      [OPTIONS, DESCRIBE, setupOk('RTP/AVP/TCP;interleaved=0-1'), setupOk('RTP/AVP/TCP;interleaved=1-2')],
      { transport: 'tcp' },
      /in use/,
    ],
    ['channels that are no pair', [OPTIONS, DESCRIBE, setupOk('RTP/AVP/TCP;interleaved=0-2')], { transport: 'tcp' }, /not a pair/],
    ['multicast without group', [OPTIONS, DESCRIBE, setupOk('RTP/AVP;multicast')], { transport: 'multicast' }, /group/],
    ['PLAY fails', [...UDP.slice(0, -1), ['PLAY', 'RTSP/1.0 400 x\r\nCSeq: {n}\r\n\r\n']], {}, /400/],
    ['nonsense', [['OPTIONS', 'RTSP/1.0 nonsense\r\n\r\n']], {}, /status line/],
  ];
  test.each(CASES)('%s', (_name, script, options, reason) => expect(played(script, options).closedWith).toMatch(reason));

  test('servers without ports are accepted when the user says so', () => {
    const server = played([OPTIONS, DESCRIBE, setupOk('RTP/AVP;unicast;server_port=0-0'), setupOk('RTP/AVP'), PLAY], { anyPort: true });
    expect(server.medias.map((media) => media.transport)).toEqual([
      { protocol: 'udp', clientPorts: [5000, 5001] },
      { protocol: 'udp', clientPorts: [5002, 5003] },
    ]);
  });

  test('misuse by the owner throws', () => {
    const server = played(UDP);
    expect(() => server.client.play()).toThrow(/in use/);
    expect(() => server.client.portsBound([1, 2])).toThrow(/waits/);
    server.client.end('EOF');
    server.client.portsBound([1, 2]);
    server.client.end('EOF');
    expect(server.events.at(-1)).toBe(STREAMING);
  });
});

test('URLs of medias', () => {
  const CASES: readonly (readonly [base: string, control: string | undefined, url: string])[] = [
    ['rtsp://h/p', undefined, 'rtsp://h/p'],
    ['rtsp://h/p', '*', 'rtsp://h/p'],
    ['rtsp://h/p', 't', 'rtsp://h/p/t'],
    ['rtsp://h/p/', 't', 'rtsp://h/p/t'],
    ['rtsp://h/p?q', 't', 'rtsp://h/p?q/t'],
    ['rtsp://h/p', '?t=1', 'rtsp://h/p?t=1'],
    ['rtsp://h/p', '/t', 'rtsp://h/p/t'],
    ['rtsp://h:1/p', 'rtsp://u:p@10.0.0.1/x?y', 'rtsp://h:1/x?y'],
  ];
  for (const [base, control, url] of CASES) expect(mediaUrl(base, control)).toBe(url);
});

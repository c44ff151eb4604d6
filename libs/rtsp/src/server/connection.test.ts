import { bytesFromUtf8, utf8FromBytes } from '@mediamesh/bytes';
import { describe, expect, test } from 'vitest';
import { authorizationValue, chooseChallenge } from '../auth/client-auth.ts';
import { parseKeyMgmt, serializeKeyMgmt } from '../header/key-mgmt.ts';
import { parseMikeyMessage, serializeMikeyMessage } from '../mikey/mikey-message.ts';
import { mikeyFromSrtpKeys, srtpKeysFromMikey, type SrtpKeys } from '../mikey/srtp-keys.ts';
import { countingCrypto } from '../node-crypto.cases.ts';
import { MAX_WAITING_REQUESTS } from './connection.ts';
import { AGREEABLE, Dialogue, NOW_MS, SDP, WALL_CLOCK_MS, summary } from './dialogue.cases.ts';
import { MAX_SETUP_MEDIAS } from './session.ts';
import type { AnnounceRequest, SetupRequest } from './handler.ts';
import { announcedTracks } from './announcement.ts';

const TCP = 'Transport: RTP/AVP/TCP;unicast;interleaved=0-1;mode=record';
const SESSION = `Session: ${'02'.repeat(16)};timeout=55`;
const IN_SESSION = `Session: ${'02'.repeat(16)}`;

/** A publisher over TCP with both medias, recording. */
function recording(): Dialogue {
  const dialogue = new Dialogue();
  dialogue.publish();
  dialogue.request('SETUP rtsp://h/cam/streamid=0', ['Transport: RTP/AVP/TCP;interleaved=0-1;mode=record']);
  dialogue.request('SETUP rtsp://h/cam/streamid=1', ['Transport: RTP/AVP/TCP;interleaved=2-3;mode=record']);
  expect(summary(dialogue.request('RECORD rtsp://h/cam', [IN_SESSION]))).toBe(`200 | ${SESSION}`);
  return dialogue;
}

function playing(transport: string): Dialogue {
  const dialogue = new Dialogue();
  dialogue.request('SETUP rtsp://h/cam/trackID=0', [`Transport: ${transport}`]);
  expect(dialogue.request('PLAY rtsp://h/cam/', [IN_SESSION])?.status).toBe(200);
  return dialogue;
}

describe('exchanges', () => {
  test('ffmpeg publishes over TCP', () => {
    const dialogue = new Dialogue();
    expect(summary(dialogue.request('OPTIONS rtsp://h:8554/cam?user=a', ['User-Agent: Lavf59.27.100']))).toBe(
      '200 | Public: DESCRIBE, ANNOUNCE, SETUP, PLAY, RECORD, PAUSE, GET_PARAMETER, TEARDOWN',
    );
    expect(summary(dialogue.publish('rtsp://h:8554/cam?user=a'))).toBe('200');
    expect(dialogue.responses[1]!.headers.serialize()).toBe('CSeq: 2\r\nServer: gortsplib\r\n');
    expect(summary(dialogue.request('SETUP rtsp://h:8554/cam?user=a/streamid=0', [TCP]))).toBe(
      `200 | ${SESSION} | Transport: RTP/AVP/TCP;unicast;interleaved=0-1;ssrc=0000ABCD`,
    );
    expect(
      dialogue.request('SETUP rtsp://h:8554/cam?user=a/streamid=1', [
        'Transport: RTP/AVP/TCP;unicast;interleaved=2-3;mode=record',
        IN_SESSION,
      ])?.status,
    ).toBe(200);
    expect(summary(dialogue.request('RECORD rtsp://h:8554/cam?user=a', ['Range: npt=0.000-', IN_SESSION]))).toBe(`200 | ${SESSION}`);
    dialogue.say('$\x00\x00\x01a$\x03\x00\x01b$\x04\x00\x01c');
    expect(summary(dialogue.request('TEARDOWN rtsp://h:8554/cam?user=a', [IN_SESSION]))).toBe('200');
    expect(dialogue.events).toEqual([
      'opened',
      'announce cam?user=a',
      'setup cam?user=a',
      'setup cam?user=a',
      'record cam?user=a',
      '0 rtp a',
      '1 rtcp b',
      'closed session: torn down',
    ]);
    expect(announcedTracks((dialogue.asked[0] as AnnounceRequest).description)).toMatchObject([
      { id: 1, mediaIndex: 0, kind: 'video', format: { description: { codec: 'H264' } } },
      { id: 2, mediaIndex: 1, kind: 'audio', format: { description: { codec: 'G711' } } },
    ]);
    expect(dialogue.closedWith).toBeUndefined();
  });

  test('GStreamer publishes over UDP, with its tracks behind the path', () => {
    const dialogue = new Dialogue();
    dialogue.publish('rtsp://h/cam?k=v', SDP.replaceAll('streamid', 'stream'));
    expect(
      summary(
        dialogue.request('SETUP rtsp://h/cam/stream=0?k=v', [
          'Transport: RTP/AVP;unicast;client_port=5000-5001;mode="RECORD"',
          'User-Agent: GStreamer/1.22.0',
        ]),
      ),
    ).toBe(`200 | ${SESSION} | Transport: RTP/AVP;unicast;client_port=5000-5001;server_port=8000-8001;ssrc=0000ABCD`);
    expect(dialogue.asked[1]).toMatchObject({
      userAgent: 'GStreamer/1.22.0',
      mediaIndex: 0,
      first: false,
      transport: { protocol: 'udp', secure: false, clientPorts: [5000, 5001] },
    });
  });

  test('ffmpeg reads over TCP, with its track behind the query', () => {
    const dialogue = new Dialogue();
    expect(summary(dialogue.request('DESCRIBE rtsp://h/cam?token=t', ['Accept: application/sdp']))).toBe(
      '200 | Content-Base: rtsp://h/cam?token=t/ | Content-Type: application/sdp | Content-Length: 5 | v=0\r\n',
    );
    expect(summary(dialogue.request('SETUP rtsp://h/cam?token=t/trackID=0', ['Transport: RTP/AVP/TCP;unicast;interleaved=0-1']))).toBe(
      `200 | ${SESSION} | Transport: RTP/AVP/TCP;unicast;interleaved=0-1;ssrc=0000ABCD`,
    );
    dialogue.request('SETUP rtsp://h/cam?token=t/trackID=1', ['Transport: RTP/AVP/TCP;unicast;interleaved=2-3', IN_SESSION]);
    expect(summary(dialogue.request('PLAY rtsp://h/cam?token=t/', ['Range: npt=0.000-', IN_SESSION]))).toBe(
      `200 | ${SESSION} | RTP-Info: url=rtsp://h/cam/trackID=0;seq=7;rtptime=9000,url=rtsp://h/cam/trackID=1`,
    );
    expect(summary(dialogue.request('GET_PARAMETER rtsp://h/cam?token=t/', [IN_SESSION]))).toBe(
      `200 | ${SESSION} | Content-Type: text/parameters`,
    );
    expect(dialogue.request('PLAY rtsp://h/cam?token=t/', [IN_SESSION])?.status).toBe(200);
    expect(summary(dialogue.request('PAUSE rtsp://h/cam?token=t/', [IN_SESSION]))).toBe(`200 | ${SESSION}`);
    expect(dialogue.connection.session?.state).toBe('prePlay');
    expect(dialogue.request('PLAY rtsp://h/cam?token=t/', [IN_SESSION])?.status).toBe(200);
    expect(dialogue.asked.map((request) => request.credentials.token)).toEqual(new Array(7).fill('t'));
    expect(dialogue.asked[1]).toMatchObject({ first: true });
    expect(dialogue.asked[2]).toMatchObject({ first: false });
  });

  test('VLC reads by multicast', () => {
    const dialogue = new Dialogue();
    dialogue.request('DESCRIBE rtsp://h/cam?vlcmulticast');
    expect(dialogue.asked[0]).toMatchObject({ multicastRequested: true });
    expect(summary(dialogue.request('SETUP rtsp://h/cam/trackID=0', ['Transport: RTP/AVP;multicast;port=1-2']))).toBe(
      `200 | ${SESSION} | Transport: RTP/AVP;multicast;destination=224.1.0.1;port=8002-8003;ttl=127;ssrc=0000ABCD`,
    );
  });

  test('GStreamer reads with a query: it tries a URL without path first, and appends the track when that is refused', () => {
    const dialogue = new Dialogue();
    const setUp = (url: string): number | undefined => dialogue.request(`SETUP ${url}`, ['Transport: RTP/AVP/TCP'])?.status;
    expect([
      setUp('rtsp://h/trackID=0'),
      setUp('rtsp://h/cam?q/trackID=0'),
      setUp('rtsp://h/trackID=1'),
      setUp('rtsp://h/cam?q/trackID=1'),
    ]).toEqual([400, 200, 400, 200]);
    expect([setUp('rtsp://h/cam'), setUp('rtsp://h/other/trackID=2')]).toEqual([400, 400]);
    expect(dialogue.closedWith).toBeUndefined();
    expect(dialogue.connection.session?.medias).toHaveLength(2);
  });

  test('channels are chosen by the server when the client names none', () => {
    const dialogue = new Dialogue();
    const channels = (track: number, transport: string): string =>
      /interleaved=(\S+?);/.exec(
        dialogue.request(`SETUP rtsp://h/cam/trackID=${track}`, [`Transport: ${transport}`])?.headers.get('Transport') ?? '',
      )?.[1] ?? '';
    expect(channels(0, 'RTP/AVP/TCP')).toBe('0-1');
    expect(channels(1, 'RTP/AVP/TCP;interleaved=3-4')).toBe('3-4');
    expect(channels(2, 'RTP/AVP/TCP')).toBe('6-7');
  });

  test('a media without track is the first one', () => {
    for (const url of ['rtsp://h/cam/', 'rtsp://h/cam?q/', 'rtsp://h/cam/trackID=']) {
      const dialogue = new Dialogue();
      expect(dialogue.request(`SETUP ${url}`, ['Transport: RTP/AVP/TCP'])?.status).toBe(200);
      expect(dialogue.asked[0]).toMatchObject({ mediaIndex: 0, path: 'cam' });
    }
  });

  test('a new session after TEARDOWN, and late packets of the old one are ignored', () => {
    const dialogue = recording();
    dialogue.request('TEARDOWN rtsp://h/cam', [IN_SESSION]);
    dialogue.say('$\x00\x00\x01a');
    expect(dialogue.publish()?.status).toBe(200);
    expect(dialogue.connection.session?.secret).toBe('03'.repeat(16));
    expect(dialogue.closedWith).toBeUndefined();
  });

  test('redirects', () => {
    for (const [location, expected] of [
      ['/other', 'rtsp://h:1/other'],
      ['rtsp://x/y', 'rtsp://x/y'],
    ] as const) {
      const dialogue = new Dialogue({}, { describe: { kind: 'redirect', location } });
      expect(summary(dialogue.request('DESCRIBE rtsp://h:1/cam?q=1'))).toBe(`302 | Location: ${expected}`);
      expect(dialogue.closedWith).toBeUndefined();
    }
  });
});

describe('transports', () => {
  const all = { tcp: true, udp: true, multicast: true };
  const CASES: readonly (readonly [name: string, options: object, offers: string, answer: RegExp])[] = [
    [
      'the first that the server has, in the order of the client',
      { transports: { ...all, udp: false } },
      'RTP/AVP;client_port=1-2,RTP/AVP/TCP,RTP/AVP;multicast',
      /^200 .*AVP\/TCP/,
    ],
    ['none', { transports: { tcp: false, udp: true, multicast: true } }, 'RTP/AVP/TCP', /^461$/],
    ['no multicast', { transports: { ...all, multicast: false } }, 'RTP/AVP;multicast', /^461$/],
    ['no UDP in a tunnel', { tunnelled: true }, 'RTP/AVP;client_port=1-2', /^461$/],
    ['no plain UDP beside TLS', { secure: true }, 'RTP/AVP;client_port=1-2', /^461$/],
    ['TCP inside of TLS', { secure: true }, 'RTP/AVP/TCP', /^200/],
    ['no keys in clear text', {}, 'RTP/SAVP;client_port=1-2,RTP/SAVP/TCP', /^461$/],
  ];
  test.each(CASES)('%s', (_name, options, offers, answer) => {
    const dialogue = new Dialogue(options);
    expect(summary(dialogue.request('SETUP rtsp://h/cam/trackID=0', [`Transport: ${offers}`]))).toMatch(answer);
    expect(dialogue.closedWith).toBeUndefined();
  });

  test('a publisher gets no multicast', () => {
    const dialogue = new Dialogue();
    dialogue.publish();
    expect(dialogue.request('SETUP rtsp://h/cam/streamid=0', ['Transport: RTP/AVP;multicast;mode=record'])?.status).toBe(461);
  });

  test('the limit of medias', () => {
    const dialogue = new Dialogue();
    const setUp = (track: number): number | undefined =>
      dialogue.request(`SETUP rtsp://h/cam/trackID=${track}`, ['Transport: RTP/AVP;client_port=1-2'])?.status;
    for (let track = 0; track < MAX_SETUP_MEDIAS; track++) expect(setUp(track)).toBe(200);
    expect(setUp(MAX_SETUP_MEDIAS)).toBe(400);
    expect(dialogue.closedWith).toMatch(/too many medias/);
  });

  test('the owner can refuse a transport too', () => {
    const dialogue = new Dialogue({}, { ...AGREEABLE, setup: { kind: 'unsupportedTransport' } });
    expect(dialogue.request('SETUP rtsp://h/cam/trackID=0', ['Transport: RTP/AVP/TCP'])?.status).toBe(461);
    dialogue.answers = AGREEABLE;
    expect(dialogue.request('SETUP rtsp://h/cam/trackID=0', ['Transport: RTP/AVP/TCP'])?.status).toBe(200);
  });

  test('secure UDP: keys go both ways', () => {
    const client: SrtpKeys = { keyAndSalt: new Uint8Array(30).fill(1), streams: [{ ssrc: 5, rolloverCounter: 0 }] };
    const server: SrtpKeys = { keyAndSalt: new Uint8Array(30).fill(2), streams: [{ ssrc: 6, rolloverCounter: 1 }] };
    const dialogue = new Dialogue({ secure: true }, { ...AGREEABLE, setup: { kind: 'ok', serverPorts: [8004, 8005], serverKeys: server } });
    const data = serializeMikeyMessage(mikeyFromSrtpKeys(client, countingCrypto(), WALL_CLOCK_MS));
    const response = dialogue.request('SETUP rtsps://h/cam/trackID=0', [
      'Transport: RTP/SAVP;unicast;client_port=5000-5001',
      `KeyMgmt: ${serializeKeyMgmt({ uri: 'rtsps://h/cam', data })}`,
    ]);
    expect((dialogue.asked[0] as SetupRequest).clientKeys).toEqual(client);
    expect(response?.headers.get('Transport')).toBe('RTP/SAVP;unicast;client_port=5000-5001;server_port=8004-8005');
    expect(srtpKeysFromMikey(parseMikeyMessage(parseKeyMgmt(response!.headers.get('KeyMgmt')!).data), WALL_CLOCK_MS)).toEqual(server);
    expect(new Dialogue({ secure: true }).request('SETUP rtsps://h/cam/trackID=0', ['Transport: RTP/SAVP;client_port=1-2'])?.status).toBe(
      400,
    );
  });
});

describe('requests that are refused, and close the connection', () => {
  const setUp = (dialogue: Dialogue): void =>
    void dialogue.request('SETUP rtsp://h/cam/trackID=0', ['Transport: RTP/AVP/TCP;interleaved=0-1']);
  const publish = (dialogue: Dialogue): void => void dialogue.publish();
  const none = (): void => {};
  const sdp = ['Content-Type: application/sdp'];
  const CASES: readonly (readonly [
    name: string,
    before: (dialogue: Dialogue) => void,
    line: string,
    headers: readonly string[],
    status: number,
    reason: RegExp,
    body?: string,
  ])[] = [
    ['no URL', none, 'DESCRIBE *', [], 400, /no URL/],
    ['another scheme', none, 'DESCRIBE http://h/p', [], 400, /not an RTSP URL/],
    ['no path', none, 'DESCRIBE rtsp://h', [], 400, /invalid path/],
    ['an unknown session', none, 'SETUP rtsp://h/cam/trackID=0', ['Session: stranger'], 454, /session not found/],
    ['the session of somebody else', setUp, 'PLAY rtsp://h/cam', ['Session: stranger'], 454, /session not found/],
    ['two sessions', setUp, 'PLAY rtsp://h/cam', [IN_SESSION, 'Session: other'], 454, /session not found/],
    ['ANNOUNCE without content type', none, 'ANNOUNCE rtsp://h/cam', [], 400, /Content-Type/, SDP],
    ['ANNOUNCE without body', none, 'ANNOUNCE rtsp://h/cam', sdp, 400, /no media/],
    ['ANNOUNCE of nonsense', none, 'ANNOUNCE rtsp://h/cam', sdp, 400, /invalid line/, 'hello'],
    ['ANNOUNCE of back channels', none, 'ANNOUNCE rtsp://h/cam', sdp, 400, /back channels/, `${SDP}m=audio 0 RTP/AVP 0\r\na=sendonly\r\n`],
    ['ANNOUNCE of H264 in mode 0', none, 'ANNOUNCE rtsp://h/cam', sdp, 400, /packetization-mode 0/, SDP.replace('mode=1', 'mode=0')],
    ['ANNOUNCE twice', publish, 'ANNOUNCE rtsp://h/cam', sdp, 400, /state preRecord/, SDP],
    ['ANNOUNCE by a reader', setUp, 'ANNOUNCE rtsp://h/cam', sdp, 400, /state prePlay/, SDP],
    ['SETUP without transport', none, 'SETUP rtsp://h/cam/trackID=0', [], 400, /Transport header/],
    ['SETUP with a malformed transport', none, 'SETUP rtsp://h/cam/trackID=0', ['Transport: x'], 400, /profile/],
    ['SETUP of a reader that records', none, 'SETUP rtsp://h/cam/trackID=0', [TCP], 400, /mode/],
    ['SETUP of a publisher that plays', publish, 'SETUP rtsp://h/cam/streamid=0', ['Transport: RTP/AVP/TCP'], 400, /mode/],
    ['SETUP of UDP without ports', none, 'SETUP rtsp://h/cam/trackID=0', ['Transport: RTP/AVP'], 400, /client_port/],
    ['SETUP of a track that is no number', none, 'SETUP rtsp://h/cam/trackID=x', ['Transport: RTP/AVP/TCP'], 400, /not found/],
    ['SETUP of a media that was not announced', publish, 'SETUP rtsp://h/cam/streamid=2', [TCP], 400, /not announced/],
    ['SETUP of a track twice', setUp, 'SETUP rtsp://h/cam/trackID=0', ['Transport: RTP/AVP/TCP'], 400, /already set up/],
    ['SETUP with another transport', setUp, 'SETUP rtsp://h/cam/trackID=1', ['Transport: RTP/AVP;client_port=1-2'], 400, /same transport/],
    [
      'SETUP with channels that are taken',
      setUp,
      'SETUP rtsp://h/cam/trackID=1',
      ['Transport: RTP/AVP/TCP;interleaved=1-2'],
      400,
      /in use/,
    ],
    [
      'SETUP with channels that are no pair',
      none,
      'SETUP rtsp://h/cam/trackID=1',
      ['Transport: RTP/AVP/TCP;interleaved=1-3'],
      400,
      /not a pair/,
    ],
    ['PLAY of another path', setUp, 'PLAY rtsp://h/other', [IN_SESSION], 400, /path has changed/],
    ['PLAY of a publisher', publish, 'PLAY rtsp://h/cam', [IN_SESSION], 400, /state preRecord/],
    ['RECORD of a reader', setUp, 'RECORD rtsp://h/cam', [IN_SESSION], 400, /state prePlay/],
    ['RECORD without all medias', publish, 'RECORD rtsp://h/cam', [IN_SESSION], 400, /not all announced medias/],
  ];
  CASES.forEach(([name, before, line, headers, status, reason, body]) =>
    test(name, () => {
      const dialogue = new Dialogue();
      before(dialogue);
      expect(summary(dialogue.request(line, headers, body))).toBe(String(status));
      expect(dialogue.closedWith).toMatch(reason);
      const count = dialogue.responses.length;
      dialogue.request('OPTIONS *');
      expect(dialogue.responses).toHaveLength(count);
    }),
  );

  test('no CSeq, or two', () => {
    for (const headers of ['', 'CSeq: 1\r\nCSeq: 2\r\n']) {
      const dialogue = new Dialogue();
      dialogue.say(`OPTIONS * RTSP/1.0\r\n${headers}\r\n`);
      expect(dialogue.responses.map((response) => response.headers.serialize())).toEqual(['Server: gortsplib\r\n']);
      expect(dialogue.responses[0]!.status).toBe(400);
      expect(dialogue.closedWith).toMatch(/CSeq/);
    }
  });

  test('a response, a frame out of place, malformed bytes: closed without a word', () => {
    for (const [bytes, reason] of [
      ['RTSP/1.0 200 OK\r\n\r\n', /unexpected response/],
      ['$\x00\x00\x00', /unexpected interleaved/],
      ['OPTIONS * HTTP/1.1\r\n\r\n', /request line/],
    ] as const) {
      const dialogue = new Dialogue();
      dialogue.say(bytes);
      expect(dialogue.responses).toEqual([]);
      expect(dialogue.closedWith).toMatch(reason);
    }
  });

  test('what the owner refuses', () => {
    const refused = { kind: 'refused', status: 404, reason: "no stream is available on path 'cam'" } as const;
    const dialogue = new Dialogue({}, { describe: refused });
    expect(summary(dialogue.request('DESCRIBE rtsp://h/cam'))).toBe('404');
    expect(dialogue.closedWith).toBe(refused.reason);
    const publisher = new Dialogue({}, { announce: { ...refused, status: 503 } });
    expect(publisher.publish()?.status).toBe(503);
    expect(publisher.events).toEqual(['opened', 'announce cam', `closed session: ${refused.reason}`]);
  });
});

describe('methods outside of a session, and unknown ones', () => {
  test.each(['PLAY', 'RECORD', 'PAUSE', 'TEARDOWN', 'GET_PARAMETER', 'SET_PARAMETER', 'REDIRECT'])(
    '%s: 501, and the connection stays',
    (method) => {
      const dialogue = new Dialogue();
      expect(summary(dialogue.request(`${method} rtsp://h/cam`))).toBe('501');
      expect(dialogue.closedWith).toBeUndefined();
    },
  );

  test('a session that the connection owns need not be named', () => {
    const dialogue = new Dialogue();
    dialogue.request('SETUP rtsp://h/cam/trackID=0', ['Transport: RTP/AVP/TCP']);
    expect(dialogue.request('PLAY rtsp://h/cam')?.status).toBe(200);
  });
});

describe('credentials', () => {
  test('none: a challenge, and the same connection tries again with Digest', () => {
    const dialogue = new Dialogue({}, { ...AGREEABLE, describe: { kind: 'challenge' } });
    const challenged = dialogue.request('DESCRIBE rtsp://h/cam');
    expect(summary(challenged)).toBe(
      `401 | WWW-Authenticate: Basic realm="ipcam" | WWW-Authenticate: Digest realm="ipcam", nonce="${'01'.repeat(16)}", algorithm="MD5"`,
    );
    const challenge = chooseChallenge(challenged!.headers.all('WWW-Authenticate'))!;
    const value = authorizationValue(
      countingCrypto(),
      challenge,
      { user: 'u', password: 'p' },
      { method: 'DESCRIBE', url: 'rtsp://h/cam' },
    );
    dialogue.answers = AGREEABLE;
    expect(dialogue.request('DESCRIBE rtsp://h/cam', [`Authorization: ${value}`])?.status).toBe(200);
    const [first, second] = dialogue.asked;
    expect(first!.credentials).toEqual({ user: '', password: '', token: '' });
    expect(dialogue.connection.verifyDigest(first!, '', '')).toBe(false);
    expect(second!.credentials).toMatchObject({ user: 'u', password: '', digest: { user: 'u' } });
    expect(dialogue.connection.verifyDigest(second!, 'u', 'p')).toBe(true);
    expect(dialogue.connection.verifyDigest(second!, 'u', 'q')).toBe(false);
  });

  const CASES: readonly (readonly [url: string, header: string, methods: readonly ('basic' | 'digest-md5')[], credentials: object])[] = [
    ['rtsp://h/cam', 'Basic dTpw', ['basic'], { user: 'u', password: 'p', token: 'p' }],
    ['rtsp://h/cam?token=t', 'Basic dTpw', ['basic'], { user: 'u', password: 'p', token: 'p' }],
    ['rtsp://h/cam?token=t', 'Basic dTo=', ['basic'], { user: 'u', password: '', token: 't' }],
    ['rtsp://h/cam?jwt=j', 'nonsense', ['basic'], { user: '', password: '', token: 'j' }],
    ['rtsp://h/cam?token=t&token=u&jwt=j', '', ['basic'], { user: '', password: '', token: 'j' }],
    ['rtsp://h/cam', 'Basic dTpw', ['digest-md5'], { user: '', password: '', token: '' }],
    ['rtsp://h/cam', 'Digest username="u", realm="r", nonce="n", uri="x", response="y"', ['basic'], { user: '', password: '', token: '' }],
    ['rtsp://h/cam?token=%', '', ['basic'], { user: '', password: '', token: '' }],
  ];
  test.each(CASES)('%s with %j by %j', (url, header, authMethods, credentials) => {
    const dialogue = new Dialogue({ authMethods });
    dialogue.request(`DESCRIBE ${url}`, header === '' ? [] : [`Authorization: ${header}`]);
    expect(dialogue.asked[0]!.credentials).toEqual(credentials);
  });
});

describe('waiting for answers', () => {
  test('requests wait, packets do not', () => {
    const dialogue = recording();
    const { pause: _pause, ...answers } = AGREEABLE;
    dialogue.answers = answers;
    expect(dialogue.request('PAUSE rtsp://h/cam', [IN_SESSION])).toBeUndefined();
    expect(dialogue.request('OPTIONS *')).toBeUndefined();
    dialogue.say('$\x00\x00\x01a');
    expect(dialogue.events.at(-1)).toBe('0 rtp a');
    const before = dialogue.responses.length;
    dialogue.connection.pause({ kind: 'ok' });
    expect(dialogue.responses.slice(before).map((response) => response.headers.get('Public') !== undefined)).toEqual([false, true]);
  });

  test('the queue is bounded', () => {
    const dialogue = new Dialogue({}, {});
    for (let i = 0; i <= MAX_WAITING_REQUESTS; i++) dialogue.request('DESCRIBE rtsp://h/cam');
    expect(dialogue.closedWith).toBeUndefined();
    dialogue.request('DESCRIBE rtsp://h/cam');
    expect(dialogue.closedWith).toMatch(/too many/);
  });

  test('an answer after the end is ignored, one that nobody waits for throws', () => {
    const dialogue = new Dialogue({}, {});
    expect(() => dialogue.connection.describe({ kind: 'challenge' })).toThrow(/waits/);
    dialogue.request('DESCRIBE rtsp://h/cam');
    expect(() => dialogue.connection.play({ kind: 'refused', status: 400, reason: '' })).toThrow(/waits/);
    dialogue.connection.end('EOF');
    dialogue.connection.describe({ kind: 'ok', sdp: '' });
    expect(dialogue.events).toEqual(['describe cam']);
    expect(dialogue.closedWith).toBe('EOF');
  });

  test('the client is not silent while it waits', () => {
    const dialogue = new Dialogue({}, {});
    dialogue.request('DESCRIBE rtsp://h/cam');
    dialogue.connection.tick(NOW_MS + 120_000);
    expect(dialogue.closedWith).toBeUndefined();
    dialogue.connection.describe({ kind: 'challenge' });
    dialogue.connection.tick(NOW_MS + 120_000);
    expect(dialogue.closedWith).toBeUndefined();
  });

  test('bytes in any chunking', () => {
    const requests = bytesFromUtf8('OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\nDESCRIBE rtsp://h/cam RTSP/1.0\r\nCSeq: 2\r\n\r\n');
    for (let at = 0; at <= requests.length; at++) {
      const dialogue = new Dialogue();
      dialogue.connection.receive(requests.subarray(0, at), NOW_MS);
      dialogue.connection.receive(requests.subarray(at), NOW_MS);
      expect(dialogue.responses.map((response) => response.status)).toEqual([200, 200]);
      expect(utf8FromBytes(dialogue.responses[1]!.body)).toBe('v=0\r\n');
    }
  });
});

describe('timeouts', () => {
  /** Who is closed after which silence; `null` is never. */
  const CASES: readonly (readonly [name: string, make: () => Dialogue, limitMs: number, reason: string])[] = [
    ['an idle connection', () => new Dialogue(), 60_000, 'i/o timeout'],
    ['a publisher over TCP', recording, 10_000, 'i/o timeout'],
    ['a reader over TCP', () => playing('RTP/AVP/TCP'), 60_000, 'i/o timeout'],
    ['a reader over UDP', () => playing('RTP/AVP;client_port=1-2'), 60_000, 'session timed out'],
  ];
  test.each(CASES)('%s', (_name, make, limitMs, reason) => {
    const dialogue = make();
    dialogue.connection.tick(NOW_MS + limitMs - 1);
    expect(dialogue.closedWith).toBeUndefined();
    dialogue.connection.tick(NOW_MS + limitMs);
    expect(dialogue.closedWith).toBe(reason);
  });

  test('packets over TCP keep a publisher alive', () => {
    const dialogue = recording();
    dialogue.say('$\x00\x00\x01a', NOW_MS + 9_000);
    dialogue.connection.tick(NOW_MS + 18_999);
    expect(dialogue.closedWith).toBeUndefined();
    dialogue.connection.tick(NOW_MS + 19_000);
    expect(dialogue.closedWith).toBe('i/o timeout');
  });

  test('packets over UDP keep a publisher and a reader alive, requests only the reader', () => {
    const publisher = new Dialogue();
    publisher.publish('rtsp://h/cam', 'm=audio 0 RTP/AVP 0\r\na=control:a\r\n');
    publisher.request('SETUP rtsp://h/cam/a', ['Transport: RTP/AVP;client_port=1-2;mode=record']);
    publisher.request('RECORD rtsp://h/cam', [IN_SESSION]);
    publisher.connection.packetReceived(NOW_MS + 5_000);
    publisher.say(`OPTIONS * RTSP/1.0\r\nCSeq: 9\r\n\r\n`, NOW_MS + 14_000);
    publisher.connection.tick(NOW_MS + 14_999);
    expect(publisher.closedWith).toBeUndefined();
    publisher.connection.tick(NOW_MS + 15_000);
    expect(publisher.closedWith).toBe('session timed out');

    const reader = playing('RTP/AVP;client_port=1-2');
    reader.connection.packetReceived(NOW_MS + 50_000);
    reader.connection.tick(NOW_MS + 100_000);
    reader.say(`OPTIONS * RTSP/1.0\r\nCSeq: 9\r\n\r\n`, NOW_MS + 100_000);
    reader.connection.tick(NOW_MS + 159_999);
    expect(reader.closedWith).toBeUndefined();
    reader.connection.tick(NOW_MS + 160_000);
    expect(reader.events.at(-1)).toBe('closed session: session timed out');
  });
});

import { ParseError } from '@mediamesh/bytes';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAuthorization, serializeAuthorization, type AuthorizationHeader } from './authorization.ts';
import { parseKeyMgmt, serializeKeyMgmt } from './key-mgmt.ts';
import { MAX_KEY_VALUES, parseKeyValues } from './key-values.ts';
import { serializeRange } from './range.ts';
import { MAX_RTP_INFO_ENTRIES, parseRtpInfo, serializeRtpInfo } from './rtp-info.ts';
import { parseSession, serializeSession } from './session.ts';
import { MAX_TRANSPORTS, parseTransports, serializeTransport, type TransportHeader } from './transport.ts';
import { parseChallenge, serializeChallenge } from './www-authenticate.ts';

const TRANSPORTS: readonly (readonly [text: string, parsed: readonly TransportHeader[], written?: string])[] = [
  [
    'RTP/AVP;unicast;client_port=3456-3457;mode="PLAY"',
    [{ protocol: 'udp', secure: false, delivery: 'unicast', clientPort: [3456, 3457], mode: 'play' }],
    'RTP/AVP;unicast;client_port=3456-3457;mode=play',
  ],
  [
    'RTP/AVP/UDP;unicast;client_port=14186;mode=receive',
    [{ protocol: 'udp', secure: false, delivery: 'unicast', clientPort: [14186, 14187], mode: 'record' }],
    'RTP/AVP;unicast;client_port=14186-14187;mode=record',
  ],
  ['RTP/AVP/TCP;interleaved=0-1', [{ protocol: 'tcp', secure: false, interleaved: [0, 1] }]],
  [
    'RTP/AVP;multicast;destination=225.219.201.15;port=7000-7001;ttl=127',
    [{ protocol: 'udp', secure: false, delivery: 'multicast', destination: '225.219.201.15', port: [7000, 7001], ttl: 127 }],
  ],
  [
    'RTP/AVP;unicast;source=10.0.0.1;client_port=1-2;server_port=3-4;ssrc= A1',
    [{ protocol: 'udp', secure: false, delivery: 'unicast', source: '10.0.0.1', clientPort: [1, 2], serverPort: [3, 4], ssrc: 0xa1 }],
    'RTP/AVP;unicast;source=10.0.0.1;client_port=1-2;server_port=3-4;ssrc=000000A1',
  ],
  [
    'RTP/AVP/TCP;unicast;ssrc=D93FF12345;destination=;x-dynamic',
    [{ protocol: 'tcp', secure: false, delivery: 'unicast' }],
    'RTP/AVP/TCP;unicast',
  ],
  [
    'RTP/SAVP;unicast;client_port=1-2, RTP/SAVP/TCP;unicast',
    [
      { protocol: 'udp', secure: true, delivery: 'unicast', clientPort: [1, 2] },
      { protocol: 'tcp', secure: true, delivery: 'unicast' },
    ],
  ],
];

describe('Transport', () => {
  TRANSPORTS.forEach(([text, parsed, written]) =>
    test(text, () => {
      expect(parseTransports(text)).toEqual(parsed);
      const again = parsed.map((one) => serializeTransport(one)).join(', ');
      expect(again).toBe(written ?? text);
      expect(parseTransports(again)).toEqual(parsed);
    }),
  );

  test.each([
    '',
    'unicast',
    'RTP/AVP;client_port=1-2-3',
    'RTP/AVP;client_port=x',
    'RTP/AVP;client_port=65535',
    'RTP/AVP/TCP;interleaved=255',
    'RTP/AVP;mode=watch',
    'RTP/AVP;ttl=-1',
    'RTP/AVP;mode="play',
    'RTP/AVP,',
  ])('refuses %j', (text) => expect(() => parseTransports(text)).toThrow(ParseError));

  test('the limit of alternatives', () => {
    const many = (count: number): string => Array.from({ length: count }, () => 'RTP/AVP').join(',');
    expect(parseTransports(many(MAX_TRANSPORTS))).toHaveLength(MAX_TRANSPORTS);
    expect(() => parseTransports(many(MAX_TRANSPORTS + 1))).toThrow(ParseError);
  });
});

describe('Authorization', () => {
  const digest: AuthorizationHeader = { scheme: 'digest', user: 'a', realm: 'b', nonce: 'c', uri: 'rtsp://h/', response: 'd' };
  const CASES: readonly (readonly [text: string, parsed: AuthorizationHeader])[] = [
    ['Basic bXk6cGE6c3M=', { scheme: 'basic', user: 'my', password: 'pa:ss' }],
    ['Digest username="a", realm="b", nonce="c", uri="rtsp://h/", response="d"', digest],
    [
      'Digest username="a", realm="b", nonce="c", uri="rtsp://h/", response="d", opaque="e", algorithm="SHA-256"',
      { ...digest, opaque: 'e', algorithm: 'SHA-256' },
    ],
  ];
  test.each(CASES)('%s', (text, parsed) => {
    expect(parseAuthorization(text)).toEqual(parsed);
    expect(serializeAuthorization(parsed)).toBe(text);
  });

  test('parameters without quotes or blanks', () =>
    expect(parseAuthorization('digest username=a,realm="b,=",nonce=c,uri="rtsp://h/",response=d,algorithm=md5')).toEqual({
      ...digest,
      realm: 'b,=',
      algorithm: 'MD5',
    }));

  test.each(['', 'Basic', 'Basic !', 'Basic bXk=', 'Bearer x', 'Digest username="a"', 'Digest username="a'])('refuses %j', (text) =>
    expect(() => parseAuthorization(text)).toThrow(ParseError),
  );
});

describe('WWW-Authenticate', () => {
  test.each(['Basic realm="a b"', 'Digest realm="a", nonce="b"', 'Digest realm="a", nonce="b", opaque="c", algorithm="SHA-256"'])(
    '%s',
    (text) => expect(serializeChallenge(parseChallenge(text))).toBe(text),
  );
  test.each(['Basic', 'Digest realm="a"', 'Negotiate realm="a", nonce="b"', 'Digest realm="a", nonce="b", algorithm="SHA-512"'])(
    'refuses %j',
    (text) => expect(() => parseChallenge(text)).toThrow(ParseError),
  );
});

describe('the other headers', () => {
  test('Session', () => {
    expect(parseSession('A3eqwsafq3rFASqew')).toEqual({ id: 'A3eqwsafq3rFASqew' });
    expect(parseSession('abc; timeout=60')).toEqual({ id: 'abc', timeoutSeconds: 60 });
    expect(serializeSession({ id: 'abc', timeoutSeconds: 55 })).toBe('abc;timeout=55');
    expect(() => parseSession('abc;timeout=soon')).toThrow(ParseError);
  });

  test('RTP-Info', () => {
    const text = 'url=rtsp://127.0.0.1/test.mkv/track1;seq=35243;rtptime=717574556,url=rtsp://127.0.0.1/track2';
    expect(parseRtpInfo(text)).toEqual([
      { url: 'rtsp://127.0.0.1/test.mkv/track1', sequenceNumber: 35243, timestamp: 717574556 },
      { url: 'rtsp://127.0.0.1/track2' },
    ]);
    expect(serializeRtpInfo(parseRtpInfo(text))).toBe(text);
    for (const malformed of ['', 'seq=1', 'url=a;seq=65536', 'url=a;rtptime=4294967296', 'url=a,'.repeat(MAX_RTP_INFO_ENTRIES) + 'url=a'])
      expect(() => parseRtpInfo(malformed)).toThrow(ParseError);
  });

  test('Range', () => {
    expect(serializeRange({ type: 'clock', utc: '20230812T120000Z' })).toBe('clock=20230812T120000Z-');
    expect(serializeRange({ type: 'npt', seconds: 0.5 })).toBe('npt=0.5-');
    expect(serializeRange({ type: 'smpte', seconds: 36_305.9 })).toBe('smpte=10:05:05-');
  });

  test('KeyMgmt', () => {
    const text = 'prot=mikey;uri="rtsp://h/p";data="AQID"';
    expect(parseKeyMgmt(text)).toEqual({ uri: 'rtsp://h/p', data: Uint8Array.of(1, 2, 3) });
    expect(serializeKeyMgmt(parseKeyMgmt(text))).toBe(text);
    for (const malformed of [
      '',
      'prot=sdes;uri="a";data=""',
      'prot=mikey;data="AQID"',
      'prot=mikey;uri="a"',
      'prot=mikey;uri="a";data="!"',
    ])
      expect(() => parseKeyMgmt(malformed)).toThrow(ParseError);
  });

  test('the limit of parameters', () => {
    const many = (count: number): string => Array.from({ length: count }, (_, i) => `k${i}=v`).join(';');
    expect(parseKeyValues(many(MAX_KEY_VALUES), ';').size).toBe(MAX_KEY_VALUES);
    expect(() => parseKeyValues(many(MAX_KEY_VALUES + 1), ';')).toThrow(ParseError);
  });

  test('any text is read or refused', () => {
    const parsers = [parseTransports, parseAuthorization, parseChallenge, parseSession, parseRtpInfo, parseKeyMgmt];
    const pieces = fc.constantFrom(
      'RTP/AVP',
      ';',
      ',',
      '=',
      '"',
      ' ',
      'Basic ',
      'Digest ',
      'realm',
      'nonce',
      'url',
      'seq',
      '1',
      '-',
      'interleaved',
      'prot=mikey',
      'uri',
      'data',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(pieces, { maxLength: 20 }).map((parts) => parts.join('')),
        ),
        fc.constantFrom(...parsers),
        (text, parse) => {
          try {
            parse(text);
          } catch (error) {
            expect(error).toBeInstanceOf(ParseError);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});

import { ParseError, bytesFromLatin1, concatBytes, latin1FromBytes } from '@mediamesh/bytes';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countingCrypto } from '../node-crypto.cases.ts';
import { Base64StreamDecoder, encodeBase64Message } from './base64-stream.ts';
import { MAX_HTTP_HEAD_BYTES } from './http-head.ts';
import {
  HttpTunnelAnswer,
  HttpTunnelPairs,
  MAX_COOKIE_CHARS,
  MAX_WAITING_TUNNELS,
  acceptHttpTunnel,
  httpTunnelRequests,
} from './http-tunnel.ts';
import { TunnelDetector, type Detected } from './tunnel-detector.ts';
import { WebSocketClientHandshake } from './websocket-handshake.ts';
import { MAX_WEBSOCKET_FRAME_BYTES, WebSocketStream, serializeWebSocketHeader } from './websocket.ts';

const crypto = countingCrypto();
const TUNNELLED = 'application/x-rtsp-tunnelled';

function detect(text: string, chunkBytes = text.length): Detected | undefined {
  const detector = new TunnelDetector(crypto);
  const bytes = bytesFromLatin1(text);
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    const detected = detector.push(bytes.subarray(at, at + chunkBytes));
    if (detected === undefined) continue;
    if (!('rest' in detected)) return detected;
    return { ...detected, rest: concatBytes([detected.rest, bytes.subarray(at + chunkBytes)]) };
  }
  return undefined;
}

function outcome(detected: Detected | undefined): string {
  if (detected === undefined) return 'more';
  const rest = 'rest' in detected ? ` ${JSON.stringify(latin1FromBytes(detected.rest))}` : '';
  return `${detected.kind}${detected.kind === 'http' ? ` ${detected.half} ${detected.cookie}` : ''}${rest}`;
}

const UPGRADE =
  'Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
const DETECTED: readonly (readonly [name: string, text: string, outcome: string])[] = [
  ['RTSP', 'OPTIONS * RTSP/1.0\r\n\r\n', 'rtsp "OPTIONS * RTSP/1.0\\r\\n\\r\\n"'],
  ['RTSP that begins like GET', 'GET_PARAMETER * RTSP/1.0\r\n', 'rtsp "GET_PARAMETER * RTSP/1.0\\r\\n"'],
  ['RTSP that begins like POST', 'POSITION', 'rtsp "POSITION"'],
  ['too few bytes', 'GET', 'more'],
  ['an open head', 'GET / HTTP/1.1\r\nAccept: x\r\n', 'more'],
  ['the GET side', `GET /p HTTP/1.1\r\nAccept: ${TUNNELLED}\r\nx-sessioncookie: c\r\n\r\nrest`, 'http get c "rest"'],
  [
    'the POST side',
    `POST /p HTTP/1.0\r\nContent-Type: ${TUNNELLED}\r\nX-Sessioncookie: c\r\nContent-Length: 30000\r\n\r\nREVT`,
    'http post c "REVT"',
  ],
  ['no cookie', `GET /p HTTP/1.1\r\nAccept: ${TUNNELLED}\r\n\r\n`, 'refused'],
  [
    'a cookie above the limit',
    `GET /p HTTP/1.1\r\nAccept: ${TUNNELLED}\r\nX-Sessioncookie: ${'c'.repeat(MAX_COOKIE_CHARS + 1)}\r\n\r\n`,
    'refused',
  ],
  ['a WebSocket', `GET / HTTP/1.1\r\n${UPGRADE}Sec-WebSocket-Protocol: other, rtsp.onvif.org\r\n\r\nx`, 'websocket "x"'],
  ['a WebSocket for something else', `GET / HTTP/1.1\r\n${UPGRADE}\r\n`, 'refused'],
  [
    'a WebSocket with a short key',
    `GET / HTTP/1.1\r\n${UPGRADE.replace('dGhl', '')}Sec-WebSocket-Protocol: rtsp.onvif.org\r\n\r\n`,
    'refused',
  ],
  ['a browser', 'GET / HTTP/1.1\r\nHost: h\r\n\r\n', 'refused'],
  ['malformed HTTP', 'GET \r\nx\r\n\r\n', 'refused'],
];

describe('TunnelDetector', () => {
  test.each(DETECTED)('%s', (_name, text, expected) => {
    for (const chunkBytes of [text.length, 1, 2, 3, 7])
      expect(outcome(detect(text, chunkBytes))).toBe(expected.startsWith('refused') ? 'refused' : expected);
  });

  test('the answers', () => {
    const get = detect(`GET /p HTTP/1.0\r\nAccept: ${TUNNELLED}\r\nX-Sessioncookie: c\r\n\r\n`) as Detected & { kind: 'http' };
    expect(latin1FromBytes(get.answer)).toBe(
      `HTTP/1.0 200 OK\r\nCache-Control: no-cache\r\nConnection: close\r\nContent-Type: ${TUNNELLED}\r\nPragma: no-cache\r\n\r\n`,
    );
    const socket = detect(`GET / HTTP/1.1\r\n${UPGRADE}Sec-WebSocket-Protocol: rtsp.onvif.org\r\n\r\n`) as Detected & { kind: 'websocket' };
    // The key and its answer are RFC 6455's example.
    expect(latin1FromBytes(socket.answer)).toContain('Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n');
    expect(latin1FromBytes((detect('GET / HTTP/1.1\r\n\r\n') as Detected & { kind: 'refused' }).answer)).toMatch(
      /^HTTP\/1.1 400 Bad Request\r\n/,
    );
  });

  test('the limit of a head', () => {
    const head = (size: number): string => {
      const start = `GET / HTTP/1.1\r\n${`A: ${'b'.repeat(1000)}\r\n`.repeat(15)}A: `;
      return `${start}${'b'.repeat(size - start.length - 4)}\r\n\r\n`;
    };
    expect(outcome(detect(head(MAX_HTTP_HEAD_BYTES).substring(0, MAX_HTTP_HEAD_BYTES - 1)))).toBe('more');
    expect(outcome(detect(`GET ${'x'.repeat(MAX_HTTP_HEAD_BYTES)}`))).toBe('refused');
  });
});

describe('HTTP tunnels', () => {
  test('what the client sends, the server takes', () => {
    const requests = httpTunnelRequests('h:554', '/p?q', crypto);
    const get = detect(latin1FromBytes(requests.get)) as Detected & { kind: 'http' };
    const post = detect(latin1FromBytes(requests.post)) as Detected & { kind: 'http' };
    expect([get.half, post.half]).toEqual(['get', 'post']);
    expect(get.cookie).toBe(post.cookie);
    const answer = new HttpTunnelAnswer();
    expect(answer.push(get.answer.subarray(0, 10))).toBeUndefined();
    expect(latin1FromBytes(answer.push(concatBytes([get.answer.subarray(10), bytesFromLatin1('$')]))!)).toBe('$');
  });

  test('another status is refused', () => {
    expect(() => new HttpTunnelAnswer().push(bytesFromLatin1('HTTP/1.1 404 Not Found\r\n\r\n'))).toThrow(/404/);
    expect(() => new HttpTunnelAnswer().push(bytesFromLatin1('RTSP/1.0 200 OK\r\n\r\n'))).toThrow(ParseError);
    expect(latin1FromBytes(acceptHttpTunnel(1))).toMatch(/^HTTP\/1.1 200 OK/);
  });

  test('halves find each other, in either order', () => {
    const pairs = new HttpTunnelPairs<string>();
    expect(pairs.offer('a', 'get', 'g')).toBe('waiting');
    expect(pairs.offer('b', 'post', 'p')).toBe('waiting');
    expect(pairs.offer('a', 'get', 'again')).toBe('refused');
    expect(pairs.offer('a', 'post', 'p2')).toEqual({ get: 'g', post: 'p2' });
    expect(pairs.offer('b', 'get', 'g2')).toEqual({ get: 'g2', post: 'p' });
    expect(pairs.size).toBe(0);
    pairs.offer('c', 'get', 'g');
    pairs.withdraw('c', 'somebody else');
    expect(pairs.size).toBe(1);
    pairs.withdraw('c', 'g');
    expect(pairs.size).toBe(0);
  });

  test('the limit of waiting halves', () => {
    const pairs = new HttpTunnelPairs<number>();
    for (let i = 0; i < MAX_WAITING_TUNNELS; i++) expect(pairs.offer(String(i), 'get', i)).toBe('waiting');
    expect(pairs.offer('one more', 'get', 0)).toBe('refused');
    expect(pairs.offer('0', 'post', 0)).toEqual({ get: 0, post: 0 });
  });
});

describe('base64 streams', () => {
  test('messages that are encoded one by one, in any chunking', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 10 }), { maxLength: 5 }), fc.integer({ min: 1, max: 9 }), (messages, chunkBytes) => {
        const encoded = concatBytes(messages.flatMap((message) => [encodeBase64Message(message), bytesFromLatin1('\r\n')]));
        const decoder = new Base64StreamDecoder();
        const decoded: Uint8Array[] = [];
        for (let at = 0; at < encoded.length; at += chunkBytes) decoded.push(decoder.push(encoded.subarray(at, at + chunkBytes)));
        expect(concatBytes(decoded)).toEqual(concatBytes(messages));
      }),
    );
  });

  test.each(['!', '=', 'A=', 'AA=A', 'AA=\xff'])('refuses %j', (text) =>
    expect(() => new Base64StreamDecoder().push(bytesFromLatin1(text))).toThrow(ParseError),
  );
});

/** Both ends of a WebSocket and what passes between them. */
class SocketPair {
  readonly toServer: Uint8Array[] = [];
  readonly toClient: Uint8Array[] = [];
  readonly atServer: Uint8Array[] = [];
  readonly atClient: Uint8Array[] = [];
  readonly closed: string[] = [];
  readonly server = new WebSocketStream('server', crypto, {
    send: (bytes) => this.toClient.push(bytes),
    data: (bytes) => this.atServer.push(bytes),
    closed: () => this.closed.push('server'),
  });
  readonly client = new WebSocketStream('client', crypto, {
    send: (bytes) => this.toServer.push(bytes),
    data: (bytes) => this.atClient.push(bytes),
    closed: () => this.closed.push('client'),
  });

  deliver(chunkBytes: number): void {
    while (this.toServer.length + this.toClient.length > 0) {
      const toServer = concatBytes(this.toServer.splice(0));
      const toClient = concatBytes(this.toClient.splice(0));
      for (let at = 0; at < toServer.length; at += chunkBytes) this.server.receive(toServer.subarray(at, at + chunkBytes));
      for (let at = 0; at < toClient.length; at += chunkBytes) this.client.receive(toClient.subarray(at, at + chunkBytes));
    }
  }
}

describe('WebSocket', () => {
  test('the handshake', () => {
    const handshake = new WebSocketClientHandshake('h:554', crypto);
    const accepted = detect(latin1FromBytes(handshake.request)) as Detected & { kind: 'websocket' };
    expect(latin1FromBytes(handshake.push(concatBytes([accepted.answer, bytesFromLatin1('x')]))!)).toBe('x');
    for (const answer of ['HTTP/1.1 200 OK\r\n\r\n', 'HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: x\r\n\r\n'])
      expect(() => new WebSocketClientHandshake('h', crypto).push(bytesFromLatin1(answer))).toThrow(ParseError);
  });

  test('bytes both ways, in any chunking', () => {
    for (const chunkBytes of [1, 2, 5, 1000, 1_000_000]) {
      const pair = new SocketPair();
      const sizes = [0, 1, 125, 126, 127, 65_535, 65_536];
      const messages = sizes.map((size, index) => new Uint8Array(size).fill(index + 1));
      for (const message of messages) {
        pair.client.write(message);
        pair.server.write(message);
      }
      pair.deliver(chunkBytes);
      // toEqual walks big arrays slowly
      expect(latin1FromBytes(concatBytes(pair.atServer)) === latin1FromBytes(concatBytes(messages))).toBe(true);
      expect(latin1FromBytes(concatBytes(pair.atClient)) === latin1FromBytes(concatBytes(messages))).toBe(true);
    }
  });

  test('pings are answered, also between fragments, and closes end both sides', () => {
    const pair = new SocketPair();
    pair.server.ping();
    pair.deliver(1);
    pair.client.receive(Uint8Array.of(0x02, 1, 0x61, 0x89, 1, 0x70, 0x80, 1, 0x62));
    expect(pair.atClient.map((bytes) => latin1FromBytes(bytes))).toEqual(['a', 'b']);
    expect(pair.toServer).toHaveLength(1);
    pair.client.close();
    pair.client.close();
    pair.deliver(3);
    expect(pair.closed).toEqual(['server']);
    pair.client.receive(Uint8Array.of(0x82, 1, 0x63));
    expect(pair.atClient).toHaveLength(2);
  });

  const LONG = Uint8Array.of(0x82, 127, 0, 0, 0, 0, 1, 0, 0, 1);
  const MALFORMED: readonly (readonly [name: string, role: 'client' | 'server', bytes: Uint8Array])[] = [
    ['text', 'client', Uint8Array.of(0x81, 0)],
    ['reserved bits', 'client', Uint8Array.of(0xc2, 0)],
    ['a reserved opcode', 'client', Uint8Array.of(0x83, 0)],
    ['a reserved control opcode', 'client', Uint8Array.of(0x8b, 0)],
    ['a continuation of nothing', 'client', Uint8Array.of(0x80, 0)],
    ['a message inside of a message', 'client', Uint8Array.of(0x02, 0, 0x82, 0)],
    ['a fragmented ping', 'client', Uint8Array.of(0x09, 0)],
    ['a long ping', 'client', Uint8Array.of(0x89, 126, 0, 126)],
    ['a mask from the server', 'client', Uint8Array.of(0x82, 0x80)],
    ['no mask from the client', 'server', Uint8Array.of(0x82, 0)],
    ['a frame above the limit', 'client', LONG],
  ];
  test.each(MALFORMED)('refuses %s', (_name, role, bytes) => {
    const pair = new SocketPair();
    expect(() => pair[role].receive(bytes)).toThrow(ParseError);
  });

  test('the limit of a frame', () => {
    const pair = new SocketPair();
    pair.client.receive(serializeWebSocketHeader(2, MAX_WEBSOCKET_FRAME_BYTES));
    expect(serializeWebSocketHeader(2, MAX_WEBSOCKET_FRAME_BYTES + 1)).toEqual(LONG);
  });

  test('any bytes are read or refused', () => {
    fc.assert(
      fc.property(fc.constantFrom('client' as const, 'server' as const), fc.uint8Array({ maxLength: 40 }), (role, bytes) => {
        try {
          new SocketPair()[role].receive(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(ParseError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

import { createHash, randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Lifetime, waitFor } from '@mediamesh/testkit';
import { bytesFromUtf8 } from '@mediamesh/bytes';
import { WebSocketStream } from '@mediamesh/rtsp';
import { parseRtpPacket } from '@mediamesh/rtp';
import { CRYPTO } from '../testing/key-exchange.cases.ts';
import { NumberedReader, NumberedStream, areConsecutive } from '../testing/numbered-stream.cases.ts';
import { opusPacket, publishOpus } from '../testing/opus-publisher.cases.ts';
import { HttpTunnelWire, RawRtspClient, openSocket, textOf } from '../testing/raw-rtsp-client.cases.ts';
import type { RawWire } from '../testing/raw-rtsp-client.cases.ts';
import { TestServer } from '../testing/test-server.cases.ts';

const DEADLINE_MS = 10_000;
const TYPE = 'application/x-rtsp-tunnelled';
const TCP = 'Transport: RTP/AVP/TCP;unicast;interleaved=0-1';

let server: TestServer;
let lifetime = new Lifetime();
const whole = new Lifetime();

beforeAll(async () => {
  server = whole.own(await TestServer.open({ rtspEncryption: 'optional' }));
  whole.own(await NumberedStream.open(server, 'cam'));
});

afterEach(async () => {
  await lifetime.end();
  lifetime = new Lifetime();
});

afterAll(() => whole.end());

async function dial(secure = false): Promise<Socket> {
  const socket = await openSocket(secure ? server.ports.rtsps : server.ports.rtsp, secure);
  lifetime.own({ close: () => socket.destroy() });
  return socket;
}

function half(method: 'GET' | 'POST', cookie: string, minorVersion = 1): string {
  const type = method === 'GET' ? 'Accept' : 'Content-Type';
  return `${method} /cam HTTP/1.${minorVersion}\r\nHost: h\r\nX-Sessioncookie: ${cookie}\r\n${type}: ${TYPE}\r\n\r\n`;
}

/** Both halves, paired. */
async function openTunnel(secure = false, order: readonly ['GET' | 'POST', 'GET' | 'POST'] = ['GET', 'POST']): Promise<RawRtspClient> {
  const cookie = randomBytes(8).toString('hex');
  const sockets: Record<'GET' | 'POST', Socket> = { GET: await dial(secure), POST: await dial(secure) };
  for (const method of order) {
    sockets[method].write(half(method, cookie));
    expect(await textOf(sockets[method], /\r\n\r\n/)).toContain('200 OK');
  }
  return lifetime.own(new RawRtspClient(new HttpTunnelWire(sockets.GET, sockets.POST)));
}

const WEB_SOCKET_KEY = 'dGhlIHNhbXBsZSBub25jZQ==';

function upgrade(headers: readonly string[] = []): string {
  const lines = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', `Sec-WebSocket-Key: ${WEB_SOCKET_KEY}`];
  return `GET /cam HTTP/1.1\r\nHost: h\r\n${[...lines, ...headers].join('\r\n')}\r\n\r\n`;
}

const PROTOCOL = 'Sec-WebSocket-Protocol: rtsp.onvif.org';

/** The client's side of a WebSocket, after its handshake. */
class WebSocketWire implements RawWire {
  readonly frames: WebSocketStream;
  private readonly socket: Socket;
  private received: (bytes: Uint8Array) => void = () => {};

  constructor(socket: Socket) {
    this.socket = socket;
    this.frames = new WebSocketStream('client', CRYPTO, {
      send: (bytes) => socket.write(bytes),
      data: (bytes) => this.received(bytes),
      closed: () => socket.end(),
    });
  }

  start(received: (bytes: Uint8Array) => void, ended: () => void): void {
    this.received = received;
    this.socket.on('data', (bytes: Uint8Array) => this.frames.receive(bytes));
    this.socket.once('close', ended);
    this.socket.once('end', ended);
  }

  write(bytes: Uint8Array): void {
    this.frames.write(bytes);
  }

  destroy(): void {
    this.socket.destroy();
  }
}

async function openWebSocket(secure = false): Promise<RawRtspClient> {
  const socket = await dial(secure);
  socket.write(upgrade([PROTOCOL]));
  const answer = await textOf(socket, /\r\n\r\n/);
  expect(answer).toContain('101 Switching Protocols');
  expect(answer).toContain(createHash('sha1').update(`${WEB_SOCKET_KEY}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64'));
  return lifetime.own(new RawRtspClient(new WebSocketWire(socket)));
}

function tunnelsOf(): readonly unknown[] {
  const rows = server.gateway.sessions.list(new Set(['rtspConn', 'rtspsConn']), 0, 100).map((session) => session.row());
  return rows.map((row) => (row as { tunnel?: unknown }).tunnel);
}

describe.each([
  ['HTTP', 'http', false, openTunnel],
  ['HTTPS', 'http', true, openTunnel],
  ['HTTP, POST first', 'http', false, (secure: boolean) => openTunnel(secure, ['POST', 'GET'])],
  ['a WebSocket', 'websocket', false, openWebSocket],
  ['a WebSocket in TLS', 'websocket', true, openWebSocket],
] as const)('through %s', (name, tunnel, secure, open) => {
  test('a client reads', async () => {
    const client = await open(secure);
    expect(await client.status('DESCRIBE rtsp://h/cam')).toBe(200);
    expect(await client.status('SETUP rtsp://h/cam/trackID=0', ['Transport: RTP/AVP;unicast;client_port=5000-5001'])).toBe(461);
    expect(await client.status('SETUP rtsp://h/cam/trackID=0', [TCP])).toBe(200);
    expect(await client.status('PLAY rtsp://h/cam')).toBe(200);
    const numbers = (await client.framesOf(0, 20)).map((frame) => parseRtpPacket(frame).payload[3]!);
    expect(numbers.every((number, index) => index === 0 || number === (numbers[index - 1]! + 1) % 256)).toBe(true);
    expect(tunnelsOf()).toContain(tunnel);
    expect(await client.status('TEARDOWN rtsp://h/cam')).toBe(200);
  });

  test('a client publishes', async () => {
    const path = name.replaceAll(/\W/g, '-');
    const client = await open(secure);
    await publishOpus(client, `rtsp://h/${path}`, 'RTP/AVP/TCP;unicast;interleaved=0-1');
    const reader = lifetime.own(await NumberedReader.open(server, path));
    for (let number = 0; number < 50; number++) client.sendFrame(0, opusPacket(number));
    expect(areConsecutive(await reader.frames(50))).toBe(true);
  });
});

describe('HTTP', () => {
  test('the halves are connections that become one', async () => {
    const from = server.log.length;
    const client = await openTunnel();
    expect(await client.status('OPTIONS rtsp://h/cam')).toBe(200);
    expect(server.log.substring(from).match(/closed: upgraded to HTTP conn/g)).toHaveLength(2);
    client.close();
    await server.logged(/closed: EOF/, from);
  });

  test('the answer is what MediaMTX says, in the version that was asked', async () => {
    const socket = await dial();
    socket.write(half('GET', 'a', 0));
    expect(await textOf(socket, /\r\n\r\n/)).toBe(
      `HTTP/1.0 200 OK\r\nCache-Control: no-cache\r\nConnection: close\r\nContent-Type: ${TYPE}\r\nPragma: no-cache\r\n\r\n`,
    );
  });

  test.each([
    ['another request', 'GET / HTTP/1.1\r\nHost: h\r\n\r\n'],
    ['another type', half('POST', 'a').replace(TYPE, 'text/html')],
    ['no cookie', half('GET', 'a').replace(/X-Sessioncookie.*\r\n/, '')],
    ['an endless cookie', half('GET', 'a'.repeat(1_000))],
    ['a WebSocket of another protocol', upgrade(['Sec-WebSocket-Protocol: chat'])],
    ['a WebSocket without protocol', upgrade()],
    ['a head that does not end', `GET / HTTP/1.1\r\n${'X-A: b\r\n'.repeat(5_000)}`],
    ['no HTTP', 'POST\r\n\r\n'],
  ])('%s gets 400', async (_name, text) => {
    const socket = await dial();
    socket.write(text);
    expect(await textOf(socket, /\r\n\r\n/)).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    await waitFor(() => socket.readableEnded, { deadlineMs: DEADLINE_MS, what: 'the end of the connection' });
  });

  test('two halves of one kind do not meet, and the first one still finds its other', async () => {
    const cookie = 'collision';
    const get = await dial();
    get.write(half('GET', cookie));
    await textOf(get, /200 OK/);
    const again = await dial();
    again.write(half('GET', cookie));
    expect(await textOf(again, /\r\n\r\n/)).toContain('400 Bad Request');
    const post = await dial();
    post.write(half('POST', cookie));
    await textOf(post, /200 OK/);
    const client = lifetime.own(new RawRtspClient(new HttpTunnelWire(get, post)));
    expect(await client.status('OPTIONS rtsp://h/cam')).toBe(200);
  });

  test('a half whose other one does not come is closed', async () => {
    const from = server.log.length;
    for (const method of ['GET', 'POST'] as const) {
      const socket = await dial();
      socket.write(half(method, `alone-${method}`));
      await textOf(socket, /200 OK/);
    }
    await server.logged('closed: the POST of the HTTP tunnel did not come', from);
    await server.logged('closed: the GET of the HTTP tunnel did not come', from);
  });

  test('a half that leaves makes room for another', async () => {
    const from = server.log.length;
    const first = await dial();
    first.write(half('GET', 'leaves'));
    await textOf(first, /200 OK/);
    first.destroy();
    await server.logged(/closed: (EOF|connection reset)/, from);
    const second = await dial();
    second.write(half('GET', 'leaves'));
    expect(await textOf(second, /\r\n\r\n/)).toContain('200 OK');
  });

  test.each(['GET', 'POST'] as const)('when the %s ends, so does the tunnel', async (method) => {
    const cookie = `ends-${method}`;
    const sockets = { GET: await dial(), POST: await dial() };
    for (const each of ['GET', 'POST'] as const) {
      sockets[each].write(half(each, cookie));
      await textOf(sockets[each], /200 OK/);
    }
    const other = sockets[method === 'GET' ? 'POST' : 'GET'];
    sockets[method].destroy();
    await waitFor(() => other.readableEnded, { deadlineMs: DEADLINE_MS, what: 'the end of the other half' });
  });

  test('what is no base64 ends this tunnel only', async () => {
    const cookie = 'garbage';
    const sockets = { GET: await dial(), POST: await dial() };
    for (const each of ['GET', 'POST'] as const) {
      sockets[each].write(half(each, cookie));
      await textOf(sockets[each], /200 OK/);
    }
    const other = await openTunnel();
    const from = server.log.length;
    sockets.POST.write('!!!! not base64 !!!!');
    await server.logged(/closed: .*base64/, from);
    expect(await other.status('OPTIONS rtsp://h/cam')).toBe(200);
  });

  test('requests in pieces, each of its own base64', async () => {
    const cookie = 'pieces';
    const sockets = { GET: await dial(), POST: await dial() };
    for (const each of ['GET', 'POST'] as const) {
      sockets[each].write(half(each, cookie));
      await textOf(sockets[each], /200 OK/);
    }
    for (const piece of ['OPTIONS rtsp', '://h/cam RTSP/1.0\r\nCSe', 'q: 9\r\n\r\n'])
      sockets.POST.write(Buffer.from(piece).toString('base64'));
    expect(await textOf(sockets.GET, /\r\n\r\n/)).toMatch(/CSeq: 9/);
  });
});

describe('WebSocket', () => {
  test('a ping is answered, a close ends the connection', async () => {
    const socket = await dial();
    socket.write(upgrade([PROTOCOL]));
    await textOf(socket, /\r\n\r\n/);
    let bytes = Buffer.alloc(0);
    socket.on('data', (chunk) => (bytes = Buffer.concat([bytes, chunk])));
    socket.write(Uint8Array.of(0x89, 0x82, 0, 0, 0, 0, 0x68, 0x69));
    await waitFor(() => bytes.toString('latin1').includes('\x8a\x02hi'), { deadlineMs: DEADLINE_MS, what: 'the pong' });
    socket.write(Uint8Array.of(0x88, 0x80, 0, 0, 0, 0));
    await waitFor(() => socket.readableEnded, { deadlineMs: DEADLINE_MS, what: 'the end of the connection' });
  });

  test.each([
    ['text', Uint8Array.of(0x81, 0x81, 0, 0, 0, 0, 0x41)],
    ['an unmasked frame', Uint8Array.of(0x82, 0x01, 0x41)],
    ['a frame of 2^60 bytes', Uint8Array.of(0x82, 0xff, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)],
    ['bytes of RTSP', bytesFromUtf8('OPTIONS rtsp://h/cam RTSP/1.0\r\n')],
  ])('%s ends this connection', async (_name, bytes) => {
    const socket = await dial();
    const from = server.log.length;
    socket.write(upgrade([PROTOCOL]));
    await textOf(socket, /\r\n\r\n/);
    socket.write(bytes);
    await server.logged(/closed: .*WebSocketFrame/, from);
  });
});

import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { Logging, MemorySink } from '@mediamesh/platform';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HttpServer } from './http-server.ts';
import { AllowedOrigins } from './origins.ts';

/** More than the buffers of both sockets. */
const BODY = Buffer.alloc(32 * 1024 * 1024);
const WRITE_TIMEOUT_MS = 500;
/** Of at most 64 KiB each: some seconds for the body, several times the timeout. */
const READ_EVERY_MS = 5;

let server: HttpServer;
/** The server is done with the answer. */
let over: PromiseWithResolvers<void>;
beforeEach(async () => {
  over = Promise.withResolvers();
  server = await HttpServer.open({
    address: '127.0.0.1:0',
    addressKey: 'address',
    certificate: undefined,
    allowOrigins: new AllowedOrigins([]),
    allowMethods: 'GET',
    allowHeaders: '',
    trustedProxies: [],
    readTimeoutMs: 10_000,
    writeTimeoutMs: WRITE_TIMEOUT_MS,
    logger: new Logging({ level: 'error', sinks: [new MemorySink()] }).logger,
    handle: (_, response) => {
      response.setHeader('Content-Length', BODY.length);
      response.once('close', over.resolve);
      response.end(BODY);
    },
  });
});
afterEach(() => server.close());

function ask(): Socket {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {}); // reset
  socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  return socket;
}

/** How much came, up to the end of the connection. */
function receivedBy(socket: Socket, receive: (chunk: Buffer) => void): Promise<number> {
  return new Promise((resolve) => {
    let size = 0;
    socket.on('data', (chunk) => {
      size += chunk.length;
      receive(chunk);
    });
    socket.on('close', () => resolve(size));
  });
}

test('a client that takes its answer slowly gets all of it', async () => {
  const socket = ask();
  const size = await receivedBy(socket, () => {
    socket.pause();
    setTimeout(() => socket.resume(), READ_EVERY_MS);
  });
  expect(size).toBeGreaterThan(BODY.length);
});

test('a client that takes nothing of it any more is cut off', async () => {
  const socket = ask();
  let isReading = false;
  const received = receivedBy(socket, () => {
    if (!isReading) socket.pause();
  });
  await over.promise;
  isReading = true;
  socket.resume();
  expect(await received).toBeLessThan(BODY.length);
});

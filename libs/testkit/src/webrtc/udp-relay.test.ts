import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { waitFor } from '../wait-for.ts';
import { UdpRelay } from './udp-relay.ts';

const DEADLINE_MS = 5_000;
const HOST = '127.0.0.1';
const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function socket(): Promise<Socket> {
  const made = createSocket('udp4');
  closers.push(() => made.close());
  made.bind(0, HOST);
  await once(made, 'listening');
  return made;
}

test('each client has an address of its own there, and answers find it; order is kept', async () => {
  const server = await socket();
  server.on('message', (bytes, { port }) => server.send(`${bytes.toString()} at ${port}`, port, HOST));
  const relay = await UdpRelay.open({ port: server.address().port, delayMs: 5 });
  closers.push(() => relay.close());
  const heard: string[][] = [[], []];
  const clients = [await socket(), await socket()];
  clients.forEach((client, index) => client.on('message', (bytes) => heard[index]!.push(bytes.toString())));
  for (let i = 0; i < 20; i++) clients.forEach((client) => client.send(String(i), relay.port, HOST));
  await waitFor(() => heard.every((lines) => lines.length === 20), { deadlineMs: DEADLINE_MS, what: 'all answers' });
  const ports = heard.map((lines) => new Set(lines.map((line) => line.split(' at ')[1])));
  expect(ports.map(({ size }) => size)).toEqual([1, 1]);
  expect(heard[0]![0]).not.toBe(heard[1]![0]);
  for (const lines of heard) expect(lines.map((line) => Number(line.split(' ')[0]))).toEqual(Array.from({ length: 20 }, (_, i) => i));
});

test('loses the share that it is told', async () => {
  const server = await socket();
  let received = 0;
  server.on('message', () => received++);
  const relay = await UdpRelay.open({ port: server.address().port, delayMs: 0 });
  closers.push(() => relay.close());
  relay.loss = 0.1;
  const client = await socket();
  for (let sent = 0; sent < 1_000;) {
    for (const end = sent + 50; sent < end; sent++) client.send(String(sent), relay.port, HOST); // more do not fit a socket's buffer
    await waitFor(() => received + relay.lostDatagrams === sent, { deadlineMs: DEADLINE_MS, what: 'all of them' });
  }
  expect(relay.lostDatagrams).toBeGreaterThan(70);
  expect(relay.lostDatagrams).toBeLessThan(130);
});

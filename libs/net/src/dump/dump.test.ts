import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer, connect as connectTls } from 'node:tls';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { CertificateFiles } from '../certificate-files.ts';
import { Loopback, LogLines, ManualClock, cleanUp, eventually, portOf, pseudoRandomBytes } from '../loopback.cases.ts';
import { openTcpConnection } from '../tcp-connect.ts';
import { openUdpSocket } from '../udp-socket.ts';
import { CaptureFolder } from './capture-reader.cases.ts';
import type { CapturedPacket } from './capture-reader.cases.ts';
import { dumpTarget } from './dump-file.ts';
import type { DumpTarget } from './dump-file.ts';
import { MAX_TCP_PAYLOAD_BYTES } from './network-frames.ts';

const TESTDATA = join(import.meta.dirname, '..', 'testdata');
const NAME = /^rtsp_server_conn_\d{19}_[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\.pcapng$/;
const TIMEOUT_MS = 5_000;

function target(folder: CaptureFolder, prefix = 'rtsp_server_conn', lines = new LogLines()): DumpTarget {
  return { prefix: join(folder.path, prefix), log: lines.log };
}

const shown = ({ from, to, flags, sequence, acknowledged, payload }: CapturedPacket): readonly unknown[] => [
  from,
  to,
  flags,
  sequence,
  acknowledged,
  payload.toString(),
];

describe('a TCP connection in a capture file', () => {
  test('of a listener: a handshake by the client, then both directions', async () => {
    const folder = new CaptureFolder();
    const loopback = await new Loopback().open({ dump: target(folder) });
    const { client, server } = await loopback.pair();
    const { localPort } = client;
    client.write('question');
    await eventually(() => expect(Buffer.concat(server.chunks).toString()).toBe('question'));
    server.connection.write(Buffer.from('answer'));
    expect(String((await once(client, 'data'))[0])).toBe('answer');
    client.end('bye');
    await eventually(() => expect(folder.packets()).toHaveLength(6));

    expect(folder.names).toEqual([expect.stringMatching(NAME)]);
    const there = `::ffff:127.0.0.1:${localPort}`;
    const here = `::ffff:127.0.0.1:${loopback.listener.local.port}`;
    expect(server.connection.remote.text).toBe(`127.0.0.1:${localPort}`);
    expect(folder.packets().map(shown)).toEqual([
      [there, here, 0x02, 2000, 0, ''],
      [here, there, 0x12, 1000, 2001, ''],
      [there, here, 0x10, 2001, 1001, ''],
      [there, here, 0x18, 2001, 1001, 'question'],
      [here, there, 0x18, 1001, 2009, 'answer'],
      [there, here, 0x18, 2009, 1007, 'bye'],
    ]);
    for (const packet of folder.packets()) {
      expect(packet.checksumIsRight).toBe(true);
      expect(Math.abs(packet.timeMs - Date.now())).toBeLessThan(60_000);
    }
    await eventually(() => expect(server.closed).toBe(true));
    expect(server.error).toBeUndefined();
  });

  test('of ours: the handshake is our own', async () => {
    const folder = new CaptureFolder();
    const echo = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
    cleanUp(() => echo.close());
    await once(echo, 'listening');
    const clock = new ManualClock();
    const options = { host: '127.0.0.1', port: portOf(echo), timers: clock.timers, timeoutMs: TIMEOUT_MS };
    const connection = await openTcpConnection({ ...options, dump: target(folder, 'rtsp_source_conn') });
    const chunks: Uint8Array[] = [];
    connection.onData = (bytes) => chunks.push(bytes);
    connection.write(Buffer.from('said'));
    await eventually(() => expect(Buffer.concat(chunks).toString()).toBe('said'));
    connection.destroy();
    const here = `::ffff:${connection.local.text}`;
    const there = `::ffff:${connection.remote.text}`;
    await eventually(() =>
      expect(folder.packets().map(shown)).toEqual([
        [here, there, 0x02, 1000, 0, ''],
        [there, here, 0x12, 2000, 1001, ''],
        [here, there, 0x10, 1001, 2001, ''],
        [here, there, 0x18, 1001, 2001, 'said'],
        [there, here, 0x18, 2001, 1005, 'said'],
      ]),
    );
  });

  test('a server that is not there is the same error as without', async () => {
    const clock = new ManualClock();
    const options = { host: '127.0.0.1', port: 1, timers: clock.timers, timeoutMs: TIMEOUT_MS };
    const folder = new CaptureFolder();
    for (const tls of [undefined, {}]) {
      const opening = openTcpConnection({ ...options, dump: target(folder), ...(tls && { tls }) });
      await expect(opening).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    }
    expect(folder.names).toEqual([]);
  });

  test.each([MAX_TCP_PAYLOAD_BYTES, MAX_TCP_PAYLOAD_BYTES + 1])('a write of %i bytes is one packet, or two', async (size) => {
    const folder = new CaptureFolder();
    const loopback = await new Loopback().open({ dump: target(folder) });
    const { client, server } = await loopback.pair();
    client.resume();
    const bytes = pseudoRandomBytes(size);
    server.connection.write(bytes);
    server.connection.end();
    await once(client, 'end');
    client.end();
    await eventually(() => expect(server.closed).toBe(true));
    await eventually(() => {
      const sent = folder.packets().filter(({ payload }) => payload.length > 0);
      expect(sent.map(({ payload }) => payload.length)).toEqual(size > MAX_TCP_PAYLOAD_BYTES ? [MAX_TCP_PAYLOAD_BYTES, 1] : [size]);
      expect(Buffer.concat(sent.map(({ payload }) => payload)).equals(bytes)).toBe(true);
      expect(sent.every(({ checksumIsRight }) => checksumIsRight)).toBe(true);
    });
  });

  test('a disk that does not take it costs a line of the log, and nothing else', async () => {
    const lines = new LogLines();
    const dump = { prefix: '/nowhere/at/all', log: lines.log };
    const loopback = await new Loopback().open({ dump });
    const { client, server } = await loopback.pair();
    client.write('question');
    await eventually(() => expect(Buffer.concat(server.chunks).toString()).toBe('question'));
    await eventually(() => expect(lines.lines).toEqual([expect.stringMatching(/^error packets are not dumped: ENOENT/)]));
    client.end();
    await eventually(() => expect(server.closed).toBe(true));
  });
});

describe('a TLS connection in a capture file', () => {
  const certificate = { cert: readFileSync(join(TESTDATA, 'first.crt')), key: readFileSync(join(TESTDATA, 'first.key')) };

  /** Secrets, and behind them what was encrypted with them. */
  function expectSecret(folder: CaptureFolder, text: string): void {
    const [first, ...others] = folder.blocks();
    expect(first).toMatchObject({ keyLog: expect.stringMatching(/^(SERVER|CLIENT)_HANDSHAKE_TRAFFIC_SECRET [0-9a-f]{64} /) });
    const log = first !== undefined && 'keyLog' in first ? first.keyLog : '';
    for (const label of ['SERVER_TRAFFIC_SECRET_0', 'CLIENT_TRAFFIC_SECRET_0']) expect(log).toContain(label);
    const packets = others.filter((block): block is CapturedPacket => 'payload' in block);
    expect(packets.length).toBeGreaterThanOrEqual(5);
    expect(packets[3]!.payload[0]).toBe(22); // a handshake record
    expect(packets.some(({ payload }) => payload.includes(text))).toBe(false);
  }

  test('of a listener', async () => {
    const folder = new CaptureFolder();
    const files = new CertificateFiles({
      certificateFile: join(TESTDATA, 'first.crt'),
      keyFile: join(TESTDATA, 'first.key'),
      certificateFileKey: 'rtspServerCert',
      keyFileKey: 'rtspServerKey',
      log: () => {},
    });
    cleanUp(() => files.close());
    const loopback = await new Loopback().open({ dump: target(folder), certificate: files });
    const client = connectTls({ host: '127.0.0.1', port: loopback.listener.local.port, rejectUnauthorized: false });
    cleanUp(() => client.destroy());
    await once(client, 'secureConnect');
    client.write('secret question');
    await eventually(() => expect(Buffer.concat(loopback.received[0]!.chunks).toString()).toBe('secret question'));
    const { connection } = loopback.received[0]!;
    expect([connection.remote.text, connection.secure]).toEqual([`127.0.0.1:${client.localPort}`, true]);
    connection.write(Buffer.from('secret answer'));
    expect(String((await once(client, 'data'))[0])).toBe('secret answer');
    client.end();
    await eventually(() => expect(loopback.received[0]!.closed).toBe(true));
    await eventually(() => expectSecret(folder, 'secret question'));
  });

  test('of ours', async () => {
    const folder = new CaptureFolder();
    const server = createTlsServer(certificate, (socket) => socket.on('error', () => {}).pipe(socket)).listen(0, '127.0.0.1');
    cleanUp(() => server.close());
    await once(server, 'listening');
    const connection = await openTcpConnection({
      host: '127.0.0.1',
      port: portOf(server),
      timers: new ManualClock().timers,
      timeoutMs: TIMEOUT_MS,
      tls: { fingerprint: '00'.repeat(32) },
      dump: target(folder, 'rtsps_source_conn'),
    }).catch((error: unknown) => error);
    expect(connection).toMatchObject({ name: 'FingerprintError' });
    await eventually(() => expectSecret(folder, 'secret'));
  });
});

describe('datagrams in a capture file', () => {
  test('both directions, one by one and in batches', async () => {
    const folder = new CaptureFolder();
    const here = await openUdpSocket({ address: '127.0.0.1:0', log: () => {}, dump: target(folder, 'rtsp_server_packet_conn') });
    const there = await openUdpSocket({ address: '127.0.0.1:0', log: () => {} });
    cleanUp(() => there.close());
    const received: string[] = [];
    there.onMessage = (bytes) => received.push(Buffer.from(bytes).toString());
    here.onMessage = (bytes) => received.push(Buffer.from(bytes).toString());
    there.send(Buffer.from('to us'), there.destination('127.0.0.1', here.local.port));
    await eventually(() => expect(received).toEqual(['to us']));
    const destination = here.destination('127.0.0.1', there.local.port);
    here.send(Buffer.from('to them'), destination);
    const batch = Buffer.from(new ArrayBuffer(6));
    batch.write('onetwo');
    expect(here.sendBatch(batch, [0, 3], [3, 3], 2, destination)).toBe(2);
    await eventually(() => expect(received).toEqual(['to us', 'to them', 'one', 'two']));
    await here.close();

    const [ours, theirs] = [`::ffff:${here.local.text}`, `::ffff:${there.local.text}`];
    await eventually(() =>
      expect(folder.packets().map(({ from, to, payload }) => [from, to, payload.toString()])).toEqual([
        [theirs, ours, 'to us'],
        [ours, theirs, 'to them'],
        [ours, theirs, 'one'],
        [ours, theirs, 'two'],
      ]),
    );
    expect(folder.packets().every(({ protocol, checksumIsRight }) => protocol === 'udp' && checksumIsRight)).toBe(true);
  });
});

test('without the key there is no target', () => {
  expect(dumpTarget(false, 'rtsp_server_conn', () => {})).toBeUndefined();
});

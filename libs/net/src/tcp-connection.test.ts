import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { ConnectionError } from './errors.ts';
import { linuxCalls } from './linux-calls.ts';
import { eventually, Loopback, pseudoRandomBytes, sha256, TCP_MODES, totalBytes } from './loopback.cases.ts';
import { TcpReceivePool } from './tcp-receive-pool.ts';

/** Writes in pieces of changing sizes, as media does. */
async function writePieces(client: Socket, bytes: Uint8Array): Promise<void> {
  for (let offset = 0, piece = 1; offset < bytes.length; piece = ((piece * 7) % 40_000) + 1) {
    const end = Math.min(bytes.length, offset + piece);
    if (!client.write(bytes.subarray(offset, end))) await once(client, 'drain');
    offset = end;
  }
}

describe.each(TCP_MODES.filter((mode) => mode.name === 'events' || linuxCalls() !== undefined))('a connection read by $name', (mode) => {
  const polled = mode.name === 'polled';

  test('receives everything, in order, until the peer closes', async () => {
    const loopback = await new Loopback().open({ pool: mode.pool() });
    const { client, server } = await loopback.pair();
    const sent = pseudoRandomBytes(6_000_000);
    client.write(sent.subarray(0, 1000));
    await eventually(() => expect(server.connection.polled).toBe(polled));
    await writePieces(client, sent.subarray(1000));
    client.end();
    await eventually(() => expect(server.closed).toBe(true));
    expect(server.error).toBeUndefined();
    expect(sha256(server.chunks)).toBe(sha256([sent]));
    expect(server.connection.receivedBytes).toBe(sent.length);
  });

  test('what was received is not overwritten by what comes later', async () => {
    const loopback = await new Loopback().open({ pool: mode.pool() });
    const { client, server } = await loopback.pair();
    const sent = pseudoRandomBytes(1_500_000, 7);
    await writePieces(client, sent);
    await eventually(() => expect(totalBytes(server.chunks)).toBe(sent.length));
    let offset = 0;
    for (const chunk of server.chunks) {
      expect(Buffer.compare(chunk, sent.subarray(offset, offset + chunk.length))).toBe(0);
      offset += chunk.length;
    }
  });

  test('a peer that closes its side still gets what is written in answer', async () => {
    const loopback = await new Loopback().open({ pool: mode.pool() });
    const { client, server } = await loopback.pair();
    const answer = pseudoRandomBytes(300_000);
    server.connection.onData = (bytes) => {
      if (bytes.at(-1) === 2) server.connection.write(answer);
    };
    const got: Uint8Array[] = [];
    client.on('data', (bytes: Uint8Array) => got.push(bytes));
    client.write(Uint8Array.of(1));
    await eventually(() => expect(server.connection.polled).toBe(polled));
    client.end(Uint8Array.of(2));
    await eventually(() => expect(server.closed).toBe(true));
    await eventually(() => expect(sha256(got)).toBe(sha256([answer])));
  });

  test('an abrupt close of the peer is an error with its code', async () => {
    const loopback = await new Loopback().open({ pool: mode.pool() });
    const { client, server } = await loopback.pair();
    client.write(Uint8Array.of(1));
    await eventually(() => expect(server.connection.polled).toBe(polled));
    client.resetAndDestroy();
    await eventually(() => expect(server.closed).toBe(true));
    expect(server.error).toBeInstanceOf(ConnectionError);
    expect(server.error).toMatchObject({ code: 'ECONNRESET', message: 'connection reset by the peer' });
  });

  test('what the receiver throws closes its connection only', async () => {
    const loopback = await new Loopback().open({ pool: mode.pool() });
    const bad = await loopback.pair();
    const good = await loopback.pair();
    bad.client.write(Uint8Array.of(1));
    await eventually(() => expect(bad.server.connection.polled).toBe(polled));
    const failure = new Error('malformed');
    bad.server.connection.onData = () => {
      throw failure;
    };
    bad.client.write(Uint8Array.of(2));
    good.client.write(Uint8Array.of(3));
    await eventually(() => expect(bad.server.closed).toBe(true));
    expect(bad.server.error).toBe(failure);
    await eventually(() => expect(totalBytes(good.server.chunks)).toBe(1));
    expect(good.server.closed).toBe(false);
  });

  test('destroyed by its receiver it delivers nothing more', async () => {
    const loopback = await new Loopback().open({ pool: mode.pool() });
    const { client, server } = await loopback.pair();
    client.write(Uint8Array.of(1));
    await eventually(() => expect(server.connection.polled).toBe(polled));
    let calls = 0;
    server.connection.onData = () => {
      calls++;
      server.connection.destroy();
    };
    client.write(new Uint8Array(2_000_000));
    await eventually(() => expect(server.closed).toBe(true));
    expect(calls).toBe(1);
    expect(server.error).toBeUndefined();
    expect(server.connection.write(Uint8Array.of(1))).toBe(false);
  });

  test('paused it receives nothing, resumed it receives all', async () => {
    const loopback = await new Loopback().open({ pool: mode.pool() });
    const { client, server } = await loopback.pair();
    client.write(Uint8Array.of(9));
    await eventually(() => expect(totalBytes(server.chunks)).toBe(1));
    await eventually(() => expect(server.connection.polled).toBe(polled));
    server.connection.pause();
    const sent = pseudoRandomBytes(4_000_000, 3);
    const written = writePieces(client, sent);
    await eventually(() => expect(client.writableLength).toBeGreaterThan(0));
    expect(totalBytes(server.chunks)).toBe(1);
    server.connection.resume();
    await written;
    client.end();
    await eventually(() => expect(server.closed).toBe(true));
    expect(sha256(server.chunks)).toBe(sha256([Uint8Array.of(9), sent]));
  });

  test('a write with no progress for the write timeout destroys it', async () => {
    const loopback = await new Loopback().open({ pool: mode.pool(), writeTimeoutMs: 4_000 });
    const { client, server } = await loopback.pair();
    client.write(Uint8Array.of(1));
    await eventually(() => expect(server.connection.polled).toBe(polled));
    client.pause();
    while (server.connection.queuedBytes === 0) server.connection.write(new Uint8Array(1_000_000));
    await eventually(() => {
      loopback.clock.advance(500);
      expect(server.closed).toBe(true);
    });
    expect(server.error).toMatchObject({ code: 'WRITE_TIMEOUT', message: 'the peer took nothing for 4 s' });
  });
});

describe('writing', () => {
  test('one past the cap of queued bytes is refused, and nothing of it is sent', async () => {
    const loopback = await new Loopback().open({ maxQueuedBytes: 3_000_000 });
    const { client, server } = await loopback.pair();
    const { connection } = server;
    client.pause();
    while (connection.queuedBytes === 0) expect(connection.write(new Uint8Array(500_000))).toBe(true);
    const room = 3_000_000 - connection.queuedBytes;
    const before = connection.sentBytes;
    expect(connection.write(new Uint8Array(room + 1))).toBe(false);
    expect(connection.sentBytes).toBe(before);
    expect(connection.write(new Uint8Array(room))).toBe(true);
    expect(connection.write(new Uint8Array(1))).toBe(false);
    let drained = 0;
    connection.onDrain = () => drained++;
    let got = 0;
    client.on('data', (bytes: Uint8Array) => (got += bytes.length));
    client.resume();
    await eventually(() => expect(got).toBe(connection.sentBytes));
    expect(drained).toBe(1);
    expect(connection.queuedBytes).toBe(0);
  });

  test('a slow peer that takes something now and then is kept', async () => {
    const loopback = await new Loopback().open({ writeTimeoutMs: 4_000 });
    const { client, server } = await loopback.pair();
    client.pause();
    let taken = 0;
    let allowed = 0;
    client.on('data', (bytes: Uint8Array) => {
      taken += bytes.length;
      if (taken >= allowed) client.pause();
    });
    client.pause();
    server.connection.write(new Uint8Array(16_000_000)); // one write: its progress shows in the system's queue only
    for (let turn = 1; turn <= 6; turn++) {
      allowed = turn * 1_500_000;
      client.resume();
      await eventually(() => expect(taken).toBeGreaterThanOrEqual(allowed));
      expect(server.connection.queuedBytes).toBeGreaterThan(0);
      loopback.clock.advance(1_000);
    }
    expect(server.closed).toBe(false);
  });

  test('end sends what is queued, and destroys when the peer does not close its side', async () => {
    const loopback = await new Loopback().open({ writeTimeoutMs: 4_000 });
    const { client, server } = await loopback.pair();
    client.allowHalfOpen = true;
    const sent = pseudoRandomBytes(3_000_000);
    const got: Uint8Array[] = [];
    let ended = false;
    client.on('data', (bytes: Uint8Array) => got.push(bytes));
    client.on('end', () => (ended = true));
    server.connection.write(sent);
    server.connection.end();
    expect(server.connection.write(Uint8Array.of(1))).toBe(false);
    await eventually(() => expect(ended).toBe(true));
    expect(sha256(got)).toBe(sha256([sent]));
    expect(server.closed).toBe(false);
    await eventually(() => {
      loopback.clock.advance(500);
      expect(server.closed).toBe(true);
    });
    expect(server.error).toBeUndefined();
  });
});

describe.runIf(linuxCalls() !== undefined)('switching between events and polling', () => {
  test('loses and reorders nothing', async () => {
    const pool = new TcpReceivePool({ pollAboveConnections: 1, pollUntilConnections: 2 });
    const loopback = await new Loopback().open({ pool });
    const { client, server } = await loopback.pair();
    const other = await loopback.pair();
    const sent = pseudoRandomBytes(12_000_000, 5);
    const keep = server.connection.onData;
    const modes = new Set<boolean>();
    let switches = 0;
    let chunks = 0;
    server.connection.onData = (bytes) => {
      keep(bytes);
      modes.add(server.connection.polled);
      if (++chunks % 5 === 0) {
        other.server.connection.setBulk(switches++ % 2 === 1);
        expect(pool.polling).toBe(switches % 2 === 0);
      }
    };
    await writePieces(client, sent);
    client.end();
    await eventually(() => expect(server.closed).toBe(true));
    expect(sha256(server.chunks)).toBe(sha256([sent]));
    expect(modes.size).toBe(2);
    expect(switches).toBeGreaterThan(4);
  });

  test('happens above 16 bulk connections, and back below 8', async () => {
    const pool = new TcpReceivePool();
    const loopback = await new Loopback().open({ pool });
    const clients: Socket[] = [];
    for (let i = 0; i < 16; i++) clients.push((await loopback.pair()).client);
    for (const client of clients) client.write(Uint8Array.of(1));
    await eventually(() => expect(loopback.received.every((received) => received.chunks.length === 1)).toBe(true));
    expect(loopback.received.some((received) => received.connection.polled)).toBe(false);
    clients.push((await loopback.pair()).client);
    for (const client of clients) client.write(Uint8Array.of(2));
    await eventually(() => expect(loopback.received.every((received) => received.connection.polled)).toBe(true));
    expect(pool.poller!.size).toBe(17);
    for (const client of clients.splice(7)) client.destroy();
    await eventually(() => expect(pool.size).toBe(7));
    expect(pool.poller!.size).toBe(0);
    for (const client of clients) client.write(Uint8Array.of(3));
    await eventually(() => expect(loopback.received.filter((received) => totalBytes(received.chunks) === 3).length).toBe(7));
    expect(loopback.received.some((received) => received.connection.polled)).toBe(false);
  });

  test('a connection that is destroyed in the same poll as it has data gets nothing', async () => {
    const pool = TCP_MODES[1].pool();
    const loopback = await new Loopback().open({ pool });
    const first = await loopback.pair();
    const second = await loopback.pair();
    for (const { client } of [first, second]) client.write(Uint8Array.of(1));
    await eventually(() => expect(pool.poller!.size).toBe(2));
    const delivered: string[] = [];
    first.server.connection.onData = () => {
      delivered.push('first');
      second.server.connection.destroy();
    };
    second.server.connection.onData = () => {
      delivered.push('second');
      first.server.connection.destroy();
    };
    for (const { client } of [first, second]) client.write(Uint8Array.of(2));
    await eventually(() => expect(first.server.closed || second.server.closed).toBe(true));
    expect(delivered.length).toBe(1);
  });
});
